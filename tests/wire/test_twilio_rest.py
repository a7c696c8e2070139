"""What we ask Twilio: look-ups, backfill, senders, files."""

import json
from datetime import datetime, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.rest.messaging.v2.channels_sender import ChannelsSenderList
from twilio_kit import SID, TOKEN, URL, make_account
from twilio_sdk import on_the_wire, sdk

from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    ForbiddenHost,
    HttpClient,
    HttpResponse,
)
from odoo.addons.whatsapp_connector.wire.items import (
    InboundMessage,
    Location,
    Media,
    Person,
    StatusUpdate,
)
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMessage
from odoo.addons.whatsapp_connector_twilio.wire import rest

ACCOUNT = make_account()
OURS = "whatsapp:+34931234567"
THEIRS = "whatsapp:+34600111222"
SENDER = "XE" + "c" * 32
SERVICE = "MG" + "a" * 32
API = f"https://api.twilio.com/2010-04-01/Accounts/{SID}"
SINCE = datetime(2026, 9, 1, 10, 0, tzinfo=timezone.utc)


class Twilio(HttpClient):
    """Answers from a list, in order, and keeps what it was asked."""

    def __init__(self, *answers):
        super().__init__()
        self.answers = list(answers)
        self.asked = []

    def _send(self, request, limit):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, HttpResponse):
            return answer
        return HttpResponse(status=200, body=json.dumps(answer).encode())

    @property
    def wire(self):
        return [on_the_wire(request) for request in self.asked]


def error(status, code=None):
    body = {"code": code, "message": "Words", "status": status}
    return HttpResponse(status=status, body=json.dumps(body).encode())


def record(number=1, **values):
    return {
        "sid": f"SM{number:032x}",
        "account_sid": SID,
        "from": OURS,
        "to": THEIRS,
        "body": "Bon dia",
        "status": "delivered",
        "direction": "outbound-api",
        "num_media": "0",
        "error_code": None,
        "error_message": None,
        "date_created": "Tue, 01 Sep 2026 10:00:01 +0000",
        "date_updated": "Tue, 01 Sep 2026 10:00:05 +0000",
        "date_sent": "Tue, 01 Sep 2026 10:00:02 +0000",
        **values,
    }


def inbound_record(number=1, **values):
    inbound = {"from": THEIRS, "to": OURS, "direction": "inbound", "status": "received"}
    return record(number, **{**inbound, **values})


# -- the SDK asks the same ------------------------------------------------------------


@pytest.mark.parametrize(
    "ask, do",
    [
        (
            lambda client: rest.fetch_account(client, ACCOUNT),
            lambda client: client.api.v2010.accounts(SID).fetch(),
        ),
        (
            lambda client: rest.probe_messages(client, ACCOUNT),
            lambda client: client.messages.page(page_size=1),
        ),
        (
            lambda client: rest.fetch_status(client, ACCOUNT, "SM1"),
            lambda client: client.messages("SM1").fetch(),
        ),
        (
            lambda client: rest.list_inbound(client, ACCOUNT, OURS, SINCE),
            lambda client: client.messages.page(
                to=OURS, date_sent_after=SINCE, page_size=1000
            ),
        ),
        (
            lambda client: rest.find_sender(client, ACCOUNT, OURS),
            lambda client: client.messaging.v2.channels_senders.page(
                channel="whatsapp", page_size=50
            ),
        ),
        (
            lambda client: rest.fetch_service(client, ACCOUNT, SERVICE),
            lambda client: client.messaging.v1.services(SERVICE).fetch(),
        ),
        (
            lambda client: rest.mark_read(client, ACCOUNT, "SM1"),
            lambda client: client.messaging.v2.typing_indicator.create(
                channel="whatsapp", message_id="SM1"
            ),
        ),
        (
            lambda client: rest.set_service_webhook(client, ACCOUNT, SERVICE, URL),
            lambda client: client.messaging.v1.services(SERVICE).update(
                inbound_request_url=URL,
                inbound_method="POST",
                status_callback=URL,
                use_inbound_webhook_on_number=False,
            ),
        ),
    ],
)
def test_question_is_the_sdks(ask, do):
    client = Twilio({"sid": "x"})
    ask(client)
    [ours], [theirs] = client.wire, sdk(do)
    assert _comparable(ours) == _comparable(theirs)


def _comparable(request):
    """The SDK writes a boolean as ``False``, Twilio's documentation as ``false``."""
    *head, content = request
    return [*head, [(name, value.lower()) for name, value in content]]


def test_webhook_of_a_sender_is_set_as_the_sdk_does():
    webhook = ChannelsSenderList.MessagingV2ChannelsSenderWebhook(
        {
            "callback_url": URL,
            "callback_method": "POST",
            "status_callback_url": URL,
            "status_callback_method": "POST",
        }
    )
    update = ChannelsSenderList.MessagingV2ChannelsSenderRequestsUpdate(
        {"webhook": webhook}
    )
    [theirs] = sdk(lambda c: c.messaging.v2.channels_senders(SENDER).update(update))
    client = Twilio({"sid": SENDER})
    rest.set_sender_webhook(client, ACCOUNT, SENDER, URL)
    [ours] = client.wire
    assert ours[:-1] == theirs[:-1]
    asked = {k: v for k, v in theirs[-1]["webhook"].items() if v is not None}
    assert ours[-1] == {"webhook": asked}


# -- lists ----------------------------------------------------------------------------


def test_every_page_of_a_list_is_read():
    page = "/2010-04-01/Accounts/AC/Messages.json?Page=1&PageToken=PA1"
    client = Twilio(
        {"messages": [{"sid": "1"}, {"sid": "2"}], "next_page_uri": page},
        {"messages": [{"sid": "3"}], "next_page_uri": None},
    )
    first = rest.get(ACCOUNT, f"{API}/Messages.json", ("To", OURS))
    assert [r["sid"] for r in rest.pages(client, first, "messages")] == ["1", "2", "3"]
    assert client.asked[1].url == f"https://api.twilio.com{page}"
    assert client.asked[1].auth == ACCOUNT.auth


def test_every_page_of_a_newer_list_is_read():
    url = "https://messaging.twilio.com/v2/Channels/Senders"
    client = Twilio(
        {"senders": [{"sid": "1"}], "meta": {"next_page_url": f"{url}?Page=1"}},
        {"senders": [{"sid": "2"}], "meta": {"next_page_url": None}},
    )
    records = rest.pages(client, rest.get(ACCOUNT, url), "senders")
    assert [r["sid"] for r in records] == ["1", "2"]


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/v2/Channels/Senders?Page=1",
        "http://messaging.twilio.com/v2/Channels/Senders?Page=1",
        "//evil.example/",
        "https://messaging.twilio.com:8443/",
        "https://messaging.twilio.com@evil.example/",
    ],
)
def test_credentials_follow_no_page_to_another_host(following):
    client = Twilio({"senders": [], "meta": {"next_page_url": following}})
    url = "https://messaging.twilio.com/v2/Channels/Senders"
    with pytest.raises(ForbiddenHost):
        list(rest.pages(client, rest.get(ACCOUNT, url), "senders"))
    assert len(client.asked) == 1


def test_list_that_never_ends_is_left():
    answers = [{"messages": [{}], "next_page_uri": "/again"}] * 200
    client = Twilio(*answers)
    found = list(rest.pages(client, rest.get(ACCOUNT, f"{API}/x"), "messages"))
    assert len(found) == rest.MAX_PAGES


@pytest.mark.parametrize(
    "answer, code, temporary",
    [
        (error(401, 20003), "20003", False),
        (error(429, 20429), "20429", True),
        (error(503), "503", True),
        (HttpResponse(status=502, body=b"<html>"), "502", True),
        (HttpResponse(status=200, body=b"[]"), "200", False),
    ],
)
def test_error_answers_tell_whether_to_ask_again(answer, code, temporary):
    with pytest.raises(ErrorAnswer) as caught:
        rest.probe_messages(Twilio(answer), ACCOUNT)
    assert caught.value.failure.code == code
    assert caught.value.temporary is temporary


# -- senders --------------------------------------------------------------------------


def test_sender_is_found_by_its_address():
    senders = [{"sender_id": "whatsapp:+1"}, {"sender_id": OURS, "sid": SENDER}]
    found = rest.find_sender(Twilio({"senders": senders, "meta": {}}), ACCOUNT, OURS)
    assert found["sid"] == SENDER


def test_sender_of_somebody_else_is_not_found():
    client = Twilio({"senders": [{"sender_id": "whatsapp:+1"}], "meta": {}})
    assert rest.find_sender(client, ACCOUNT, OURS) is None


# -- look-up --------------------------------------------------------------------------

OUTBOUND = OutboundMessage(
    reference="our-ref_1",
    number="+34931234567",
    number_id=OURS,
    person=Person(number="+34600111222"),
    kind="text",
    status_url=URL,
    text="Bon dia",
)


def find(*records, known=(), outbound=OUTBOUND):
    client = Twilio({"messages": list(records)})
    return rest.find_status(client, ACCOUNT, outbound, SINCE, known)


def test_status_of_a_known_sid():
    update = rest.fetch_status(Twilio(record(7)), ACCOUNT, f"SM{7:032x}")
    assert update == StatusUpdate(
        status="delivered",
        message_id=f"SM{7:032x}",
        number_id=OURS,
        at=datetime(2026, 9, 1, 10, 0, 5, tzinfo=timezone.utc),
    )


def test_failed_status_tells_why():
    failed = record(status="undelivered", error_code=63016, error_message="Window")
    update = rest.fetch_status(Twilio(failed), ACCOUNT, "SM1")
    assert update.status == "failed"
    assert (update.failure.code, update.failure.scope) == ("63016", "window")
    assert update.failure.detail == "Window"


def test_sid_that_twilio_has_no_more_tells_nothing():
    assert rest.fetch_status(Twilio(error(404, 20404)), ACCOUNT, "SM1") is None


def test_sid_whose_look_up_fails_is_an_error():
    with pytest.raises(ErrorAnswer):
        rest.fetch_status(Twilio(error(500)), ACCOUNT, "SM1")


def test_lost_message_is_found_by_what_was_said_to_whom():
    client = Twilio({"messages": [record(7)]})
    update = rest.find_status(client, ACCOUNT, OUTBOUND, SINCE)
    assert update.message_id == f"SM{7:032x}"
    query = dict(client.asked[0].params)
    assert (query["From"], query["To"]) == (OURS, THEIRS)


def test_lost_location_is_found_by_its_label():
    place = Location(latitude=1.0, longitude=2.0, name="Casa")
    outbound = OutboundMessage(
        **{**vars(OUTBOUND), "kind": "location", "text": "", "location": place}
    )
    assert find(record(7, body="Casa"), outbound=outbound)
    assert not find(record(7, body="Feina"), outbound=outbound)


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Bona nit"},
        {"body": None},
        {"direction": "inbound"},
        {"date_created": "Tue, 01 Sep 2026 09:58:00 +0000"},
    ],
)
def test_another_message_is_not_taken_for_the_lost_one(other):
    assert find(record(7, **other)) is None
    assert find(record(7, **other), record(8)).message_id == f"SM{8:032x}"


def test_sids_of_other_messages_are_left_out():
    update = find(record(7), record(8), known=[f"SM{8:032x}"])
    assert update.message_id == f"SM{7:032x}"


def test_two_that_fit_tell_nothing():
    assert find(record(7), record(8)) is None


def test_clocks_may_differ_a_little():
    assert find(record(7, date_created="Tue, 01 Sep 2026 09:59:30 +0000"))


# -- backfill -------------------------------------------------------------------------


def backfill(*answers):
    return rest.list_inbound(Twilio(*answers), ACCOUNT, OURS, SINCE)


def test_missed_messages_come_the_oldest_first_with_twilios_time():
    messages = [
        inbound_record(2, body="Segon", date_sent="Tue, 01 Sep 2026 12:30:00 +0000"),
        record(9),
        inbound_record(1, body="Primer", date_sent="Tue, 01 Sep 2026 12:00:00 +0200"),
    ]
    person = Person(number="+34600111222", wa_id="34600111222")
    common = {"number_id": OURS, "person": person, "kind": "text"}
    assert backfill({"messages": messages}) == [
        InboundMessage(
            message_id=f"SM{1:032x}",
            text="Primer",
            sent_at=datetime(2026, 9, 1, 10, tzinfo=timezone.utc),
            **common,
        ),
        InboundMessage(
            message_id=f"SM{2:032x}",
            text="Segon",
            sent_at=datetime(2026, 9, 1, 12, 30, tzinfo=timezone.utc),
            **common,
        ),
    ]


def test_missed_file_has_its_address_and_type():
    sid, media_sid = f"MM{3:032x}", "ME" + "d" * 32
    [message] = backfill(
        {"messages": [inbound_record(sid=sid, num_media="1", body="La pantalla")]},
        {"media_list": [{"sid": media_sid, "content_type": "image/jpeg"}]},
    )
    assert (message.kind, message.text) == ("image", "La pantalla")
    url = f"{API}/Messages/{sid}/Media/{media_sid}"
    assert message.media == (Media(url=url, mimetype="image/jpeg"),)


def test_missed_message_without_text_is_kept_as_unsupported():
    [message] = backfill({"messages": [inbound_record(body="")]})
    assert message.kind == "unsupported"


def test_missed_file_that_is_gone_leaves_its_text():
    [message] = backfill(
        {"messages": [inbound_record(num_media="1")]}, {"media_list": []}
    )
    assert (message.kind, message.text) == ("text", "Bon dia")


@pytest.mark.parametrize("date", [None, "", "yesterday", "2026-09-01"])
def test_date_that_is_not_one_is_no_date(date):
    missing = inbound_record(date_sent=date, date_created=None)
    [message] = backfill({"messages": [missing]})
    assert message.sent_at is None


# -- files ----------------------------------------------------------------------------

FILE = f"{API}/Messages/MM1/Media/ME1"
STORED = "https://mms.twiliocdn.com/AC/abc?Expires=1&Signature=x"


def test_file_is_asked_for_with_our_credentials():
    assert rest.media_request(ACCOUNT, Media(url=FILE)).auth == (SID, TOKEN)
    api_key = make_account(api_key_sid="SK1", api_key_secret="s", region="ie1")
    regional = FILE.replace("api.", "api.dublin.ie1.")
    assert rest.media_request(api_key, Media(url=regional)).auth == ("SK1", "s")


@pytest.mark.parametrize(
    "url",
    [
        "",
        FILE.replace("https:", "http:"),
        FILE.replace("twilio.com", "twilio.com.evil.example"),
        FILE.replace("api.twilio.com", "evil.example"),
        FILE.replace("api.twilio.com", "api.twilio.com@evil.example"),
        FILE.replace("api.twilio.com", "evil.example#api.twilio.com"),
        FILE.replace("api.twilio.com", "api.twilio.com:8443"),
        FILE.replace(SID, "AC" + "1" * 32),
        FILE.replace("/Messages/", "/../Messages/"),
        f"{API}/Messages.json",
        f"{API}/Keys/SK1",
        f"{FILE}/../../../Keys",
        FILE + "?x=1",
        FILE + "\n",
    ],
)
def test_credentials_go_to_nothing_but_this_accounts_files(url):
    assert rest.media_request(ACCOUNT, Media(url=url)).auth is None


@given(st.text(max_size=80))
def test_credentials_go_to_no_made_up_address(url):
    assert rest.media_request(ACCOUNT, Media(url=url)).auth is None


def test_redirect_to_the_file_store_carries_no_credentials():
    client = Twilio(
        HttpResponse(status=307, headers={"location": STORED}),
        HttpResponse(status=200, body=b"bytes"),
    )
    request = rest.media_request(ACCOUNT, Media(url=FILE))
    answer = client.fetch(request, hosts=rest.is_file_host, limit=100)
    assert answer.body == b"bytes"
    assert [(r.url, r.auth) for r in client.asked] == [
        (FILE, (SID, TOKEN)),
        (STORED, None),
    ]


@pytest.mark.parametrize(
    "host, allowed",
    [
        ("api.twilio.com", True),
        ("mms.twiliocdn.com", True),
        ("media.twiliocdn.com", True),
        ("twilio.com.evil.example", False),
        ("eviltwilio.com", False),
        ("169.254.169.254", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_files_come_from_twilios_hosts_only(host, allowed):
    assert rest.is_file_host(host) is allowed


def test_questions_have_no_secret_in_their_address():
    client = Twilio({"messages": []})
    rest.list_inbound(client, ACCOUNT, OURS, SINCE)
    for request in client.asked:
        assert TOKEN not in dict(parse_qsl(urlsplit(request.url).query)).values()
        assert TOKEN not in dict(request.params).values()
