"""What we ask Twilio: look-ups, backfill, senders, files."""

import json
from datetime import datetime, timezone

import pytest
from conformance_kit import Scripted
from twilio.rest.messaging.v2.channels_sender import ChannelsSenderList
from twilio_kit import SID, TOKEN, URL, make_account
from twilio_sdk import on_the_wire, sdk

from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    ForbiddenHost,
    HttpResponse,
)
from odoo.addons.whatsapp_connector.wire.items import (
    Location,
    Media,
    Person,
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


def wire(client):
    return [on_the_wire(request) for request in client.requests]


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
            lambda client: client.exchange(rest.build_mark_read(ACCOUNT, "SM1")),
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
    client = Scripted({"sid": "x"})
    ask(client)
    [ours], [theirs] = wire(client), sdk(do)
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
    client = Scripted({"sid": SENDER})
    rest.set_sender_webhook(client, ACCOUNT, SENDER, URL)
    [ours] = wire(client)
    assert ours[:-1] == theirs[:-1]
    asked = {k: v for k, v in theirs[-1]["webhook"].items() if v is not None}
    assert ours[-1] == {"webhook": asked}


# -- lists ----------------------------------------------------------------------------


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
    client = Scripted({"senders": [], "meta": {"next_page_url": following}})
    url = "https://messaging.twilio.com/v2/Channels/Senders"
    with pytest.raises(ForbiddenHost):
        list(rest.pages(client, rest.get(ACCOUNT, url), "senders"))
    assert len(client.requests) == 1


def test_list_that_never_ends_is_left():
    answers = [{"messages": [{}], "next_page_uri": "/again"}] * 200
    client = Scripted(*answers)
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
        rest.probe_messages(Scripted(answer), ACCOUNT)
    assert caught.value.failure.code == code
    assert caught.value.temporary is temporary


# -- senders --------------------------------------------------------------------------


def test_sender_of_somebody_else_is_not_found():
    client = Scripted({"senders": [{"sender_id": "whatsapp:+1"}], "meta": {}})
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
    client = Scripted({"messages": list(records)})
    return rest.find_status(client, ACCOUNT, outbound, SINCE, known)


def test_sid_whose_look_up_fails_is_an_error():
    with pytest.raises(ErrorAnswer):
        rest.fetch_status(Scripted(error(500)), ACCOUNT, "SM1")


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


def test_two_that_fit_tell_nothing():
    assert find(record(7), record(8)) is None


def test_clocks_may_differ_a_little():
    assert find(record(7, date_created="Tue, 01 Sep 2026 09:59:30 +0000"))


# -- backfill -------------------------------------------------------------------------


def backfill(*answers):
    return rest.list_inbound(Scripted(*answers), ACCOUNT, OURS, SINCE)


def test_missed_message_without_text_is_kept_as_unsupported():
    [message] = backfill({"messages": [inbound_record(body="")]})
    assert message.kind == "unsupported"


def test_missed_file_that_is_gone_leaves_its_text():
    [message] = backfill(
        {"messages": [inbound_record(num_media="1")]}, {"media_list": []}
    )
    assert (message.kind, message.text) == ("text", "Bon dia")


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "x",
        {"direction": "inbound"},
        inbound_record(sid=None),
        inbound_record(sid=["x"]),
    ],
)
def test_odd_record_does_not_keep_the_others_away(odd):
    answer = {"messages": [odd, inbound_record()], "next_page_uri": 7}
    [message] = backfill(answer, {"messages": [odd]})
    assert message.text == "Bon dia"


@pytest.mark.parametrize(
    "changes",
    [{"to": None}, {"from": None}, {"from": 7}, {"body": ["x"]}, {"date_sent": 7}],
)
def test_odd_value_of_a_record_is_left_out(changes):
    [message] = backfill({"messages": [inbound_record(**changes)]})
    assert (message.number_id, message.message_id[:2]) == (OURS, "SM")


def test_odd_file_of_a_record_is_left_out():
    files = {"media_list": [None, {}, {"sid": "ME1", "content_type": "image/png"}]}
    [message] = backfill({"messages": [inbound_record(num_media="1")]}, files)
    assert [media.url[-3:] for media in message.media] == ["ME1"]


@pytest.mark.parametrize("date", [None, "", "yesterday", "2026-09-01"])
def test_date_that_is_not_one_is_no_date(date):
    missing = inbound_record(date_sent=date, date_created=None)
    [message] = backfill({"messages": [missing]})
    assert message.sent_at is None


# -- files ----------------------------------------------------------------------------

FILE = f"{API}/Messages/MM1/Media/ME1"


def test_file_is_asked_for_with_our_credentials():
    assert rest.media_request(ACCOUNT, Media(url=FILE)).auth == (SID, TOKEN)
    api_key = make_account(api_key_sid="SK1", api_key_secret="s", region="ie1")
    regional = FILE.replace("api.", "api.dublin.ie1.")
    assert rest.media_request(api_key, Media(url=regional)).auth == ("SK1", "s")


@pytest.mark.parametrize(
    "url",
    [
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
