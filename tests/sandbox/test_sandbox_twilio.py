"""Twilio's own client and signature check, against the sandbox."""

import datetime
from urllib.parse import parse_qsl

import pytest
import requests
from sandbox_kit import ACCOUNT, BUSINESS, CUSTOMER, TOKEN, account, make_client
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest.content.v1.content import ContentList
from twilio.rest.messaging.v2.channels_sender import ChannelsSenderList

FROM = f"whatsapp:{BUSINESS}"
TO = f"whatsapp:{CUSTOMER}"
QUICK_REPLY = {
    "body": "Did it help, {{1}}?",
    "actions": [{"title": "Yes", "id": "yes"}, {"title": "No", "id": "no"}],
}


class Form(dict):
    """A posted form as web frameworks give it: all values of a name."""

    def __init__(self, body):
        super().__init__()
        for name, value in parse_qsl(body, keep_blank_values=True):
            self.setdefault(name, []).append(value)

    def getlist(self, name):
        return self[name]


def assert_signed(call, secret=TOKEN, algorithm=None):
    signature = call["headers"]["X-Twilio-Signature"]
    validator = RequestValidator(secret)
    assert validator.validate(call["url"], Form(call["body"]), signature, algorithm)


def create_content(client, types, variables=None):
    request = ContentList.ContentCreateRequest(
        {
            "friendly_name": "test",
            "language": "en",
            "variables": variables or {},
            "types": ContentList.Types(types),
        }
    )
    return client.content.v1.contents.create(request)


# -- sending --------------------------------------------------------------------------


def test_send_answers_queued_and_the_phone_gets_the_text(sandbox, client):
    sandbox.inbound()
    sent = client.messages.create(to=TO, from_=FROM, body="Hello *you*")
    assert (sent.status, sent.direction, sent.num_media) == (
        "queued",
        "outbound-api",
        "0",
    )
    assert sent.sid.startswith("SM") and len(sent.sid) == 34
    message = sandbox.wait_for_status(sent.sid, "delivered")
    assert (message["text"], message["direction"]) == ("Hello *you*", "outbound")


def test_send_with_a_base_url_of_the_client(sandbox, client):
    sandbox.inbound()
    plain = make_client(sandbox, ACCOUNT, TOKEN)
    plain.http_client = type(plain.http_client).__base__(timeout=10)
    plain.api.base_url = f"{sandbox.address}/api.twilio.com"
    assert plain.messages.create(to=TO, from_=FROM, body="x").status == "queued"


def test_statuses_come_in_order_and_are_signed(sandbox, client, webhooks):
    sandbox.inbound()
    url = webhooks.url("/status/own?ref=a%20b&x=1")
    sent = client.messages.create(to=TO, from_=FROM, body="x", status_callback=url)
    sandbox.webhooks(2, kind="status")  # both are there before the next one leaves
    sandbox.post("/control/read", business=BUSINESS, contact=CUSTOMER)
    calls = sandbox.webhooks(3, kind="status")
    forms = webhooks.forms("/status/own?ref=a%20b&x=1")
    assert [f["MessageStatus"] for f in forms] == ["sent", "delivered", "read"]
    assert {f["MessageSid"] for f in forms} == {sent.sid}
    assert forms[2]["EventType"] == "READ"
    for call in calls:
        assert_signed(call)


def test_without_status_callback_the_senders_address_is_used(sandbox, client, webhooks):
    sandbox.inbound()
    client.messages.create(to=TO, from_=FROM, body="x")
    sandbox.webhooks(2, kind="status")
    statuses = [form["MessageStatus"] for form in webhooks.forms("/status")]
    assert statuses == ["sent", "delivered"]


def test_outside_the_window_the_message_fails_later_with_63016(sandbox, client):
    sent = client.messages.create(to=TO, from_=FROM, body="x")
    assert sent.status == "queued"
    sandbox.wait_for_status(sent.sid, "failed")
    assert client.messages(sent.sid).fetch().error_code == 63016
    [call] = sandbox.webhooks(1, kind="status")
    assert "ErrorCode=63016" in call["body"]


def test_the_window_closes_after_24_hours(sandbox, client):
    sandbox.inbound()
    sandbox.post("/control/clock", advance=24 * 3600 - 60)
    early = client.messages.create(to=TO, from_=FROM, body="x")
    sandbox.wait_for_status(early.sid, "delivered")
    sandbox.post("/control/clock", advance=120)
    late = client.messages.create(to=TO, from_=FROM, body="x")
    sandbox.wait_for_status(late.sid, "failed")


@pytest.mark.parametrize(
    ("code", "status", "values"),
    [
        (21211, 400, {"to": "whatsapp:600000001"}),
        (21910, 400, {"to": CUSTOMER}),
        (63031, 400, {"to": FROM}),
        (63007, 400, {"from_": "whatsapp:+19999999999"}),
        (21603, 400, {"from_": None}),
        (21617, 400, {"body": "x" * 1601}),
        (21619, 400, {"body": None}),
        (21620, 400, {"body": None, "media_url": ["ftp://x/y"]}),
        (21623, 400, {"media_url": ["http://x/y", "http://x/z"]}),
        (21609, 400, {"status_callback": "http://under_score/x"}),
        (21655, 400, {"body": None, "content_sid": "HX" + "0" * 32}),
        (21654, 400, {"content_variables": "{}"}),
        (21705, 404, {"from_": None, "messaging_service_sid": "MG" + "0" * 32}),
    ],
)
def test_a_wrong_request_is_refused_at_once(client, code, status, values):
    request = {"to": TO, "from_": FROM, "body": "x", **values}
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**request)
    assert (refused.value.code, refused.value.status) == (code, status)


def test_who_opted_out_gets_nothing(sandbox, client):
    sandbox.inbound()
    sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", opted_out=True)
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=TO, from_=FROM, body="x")
    assert refused.value.code == 21610


def test_who_blocked_the_business_leaves_the_message_at_sent(sandbox, client):
    sandbox.inbound()
    sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", has_blocked=True)
    sent = client.messages.create(to=TO, from_=FROM, body="x")
    message = sandbox.wait_for_status(sent.sid, "sent")
    late = sandbox.get(f"/control/messages/{sent.sid}", status="delivered", wait=0.2)
    assert message["status"] == "sent" and not late["complete"]


def test_messaging_service_picks_the_sender_and_reports_queued(
    sandbox, client, webhooks
):
    service = {"senders": [BUSINESS], "status_callback_url": webhooks.url("/mg")}
    sid = "MG" + "3" * 32
    values = account(webhooks, messaging_services={sid: service})
    sandbox.post("/control/twilio/accounts", **values)
    assert "MessagingServiceSid=MG3" in sandbox.inbound()["webhooks"][0]["body"]
    sent = client.messages.create(to=TO, messaging_service_sid=sid, body="x")
    assert sent.status == "accepted"
    sandbox.webhooks(3, kind="status")
    statuses = [form["MessageStatus"] for form in webhooks.forms("/mg")]
    assert statuses == ["queued", "sent", "delivered"]


def test_media_is_downloaded_and_shown(sandbox, client, webhooks):
    sandbox.inbound()
    webhooks.files["/photo.png"] = ("image/png", b"\x89PNG data")
    url = webhooks.url("/photo.png")
    sent = client.messages.create(to=TO, from_=FROM, body="Look", media_url=[url])
    message = sandbox.wait_for_status(sent.sid, "delivered")
    assert (message["kind"], message["text"]) == ("image", "Look")
    shown = requests.get(
        f"{sandbox.address}/phone/media/{message['media']['id']}", timeout=5
    )
    assert shown.content == b"\x89PNG data"


def test_media_that_cannot_be_downloaded_fails_with_63019(sandbox, client, webhooks):
    sandbox.inbound()
    webhooks.reply = (404, "text/plain", b"")
    url = webhooks.url("/gone.png")
    sent = client.messages.create(to=TO, from_=FROM, media_url=[url])
    message = sandbox.wait_for_status(sent.sid, "failed")
    assert message["history"][-1]["code"] == 63019


def test_location_reaches_the_phone(sandbox, client):
    sandbox.inbound()
    sent = client.messages.create(
        to=TO, from_=FROM, body="Office", persistent_action=["geo:41.38,2.17|Carrer 1"]
    )
    message = sandbox.wait_for_status(sent.sid, "delivered")
    assert message["kind"] == "location"
    assert message["location"]["latitude"] == 41.38
    assert message["location"]["name"] == "Carrer 1"


def test_only_pictures_keep_their_text(sandbox, client, webhooks):
    sandbox.inbound()
    webhooks.files["/a%20b.pdf"] = ("application/pdf", b"%PDF")
    url = webhooks.url("/a%20b.pdf")
    sent = client.messages.create(to=TO, from_=FROM, body="Caption", media_url=[url])
    message = sandbox.wait_for_status(sent.sid, "delivered")
    assert (message["kind"], message["text"]) == ("document", "")
    assert message["media"]["name"] == "a b.pdf"
    assert client.messages(sent.sid).fetch().body == "Caption"


def test_a_file_that_is_too_big_fails_with_63034(sandbox, client, webhooks):
    sandbox.inbound()
    webhooks.files["/big.png"] = ("image/png", bytes(16 * 1024 * 1024 + 1))
    url = webhooks.url("/big.png")
    sent = client.messages.create(to=TO, from_=FROM, media_url=[url])
    message = sandbox.wait_for_status(sent.sid, "failed")
    assert message["history"][-1]["code"] == 63034


# -- looking up -----------------------------------------------------------------------


def test_fetch_and_list_show_both_directions(sandbox, client):
    inbound = sandbox.inbound("Hola")
    sent = client.messages.create(to=TO, from_=FROM, body="x")
    assert client.messages(inbound["id"]).fetch().status == "received"
    assert [m.sid for m in client.messages.list(to=FROM)] == [inbound["id"]]
    assert [m.sid for m in client.messages.list(to=TO, from_=FROM)] == [sent.sid]
    assert len(client.messages.list()) == 2


def test_list_filters_by_date(sandbox, client):
    first = sandbox.inbound("first")["id"]
    sandbox.post("/control/clock", advance=3 * 24 * 3600)
    second = sandbox.inbound("second")["id"]
    now = datetime.datetime.now(datetime.timezone.utc)
    border = now + datetime.timedelta(days=1)
    after = client.messages.list(date_sent_after=border)
    before = client.messages.list(date_sent_before=border)
    assert [m.sid for m in after] == [second]
    assert [m.sid for m in before] == [first]
    assert [m.sid for m in client.messages.list(date_sent=now.date())] == [first]


def test_list_pages_are_followed_while_messages_arrive(sandbox, client):
    for number in range(7):
        sandbox.inbound(f"message {number}")
    pages = client.messages.page(page_size=3, to=FROM)
    seen = [m.sid for m in pages]
    sandbox.inbound("one more")
    while pages := pages.next_page():
        seen += [m.sid for m in pages]
    assert len(seen) == len(set(seen)) == 7


def test_an_unknown_message_is_not_found(client):
    with pytest.raises(TwilioRestException) as refused:
        client.messages("SM" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_redact_and_delete(sandbox, client):
    sid = sandbox.inbound("secret")["id"]
    assert client.messages(sid).update(body="").body == ""
    assert client.messages(sid).delete()
    assert client.messages.list() == []


# -- credentials ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "password"),
    [(ACCOUNT, "wrong"), ("AC" + "9" * 32, TOKEN), ("SK" + "1" * 32, "wrong")],
)
def test_wrong_credentials_are_refused(sandbox, user, password):
    with pytest.raises(TwilioRestException) as refused:
        make_client(sandbox, user, password).messages("SM1").fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_an_api_key_sends_but_only_a_main_key_reads_the_account(sandbox):
    sandbox.inbound()
    standard = make_client(sandbox, "SK" + "1" * 32, "standard")
    assert standard.messages.create(to=TO, from_=FROM, body="x").sid
    with pytest.raises(TwilioRestException):
        standard.api.accounts(ACCOUNT).fetch()
    main = make_client(sandbox, "SK" + "2" * 32, "s")
    assert main.api.accounts(ACCOUNT).fetch().status == "active"


def test_the_account_can_be_read_with_its_token(client):
    assert client.api.accounts(ACCOUNT).fetch().friendly_name == "Sandbox account"


# -- inbound --------------------------------------------------------------------------


def test_an_inbound_text_has_twilios_parameters_and_signature(sandbox, webhooks):
    text = " olá 😀\nmundo & = + % "
    message = sandbox.inbound(text, contact={"number": CUSTOMER, "name": "José Ñ 😀"})
    [form] = webhooks.forms("/in")
    assert form["Body"] == text
    assert form["From"] == TO and form["To"] == FROM
    assert form["WaId"] == CUSTOMER[1:] and form["ProfileName"] == "José Ñ 😀"
    assert form["MessageSid"] == form["SmsSid"] == message["id"]
    assert (form["MessageType"], form["NumMedia"]) == ("text", "0")
    assert form["AccountSid"] == ACCOUNT and form["ApiVersion"] == "2010-04-01"
    assert form["ExternalUserId"].startswith("whatsapp:ES.")
    [call] = message["webhooks"]
    assert_signed(call)
    assert call["headers"]["I-Twilio-Idempotency-Token"]


def test_a_shared_key_signs_with_sha256(sandbox, webhooks):
    key = {"id": "webhooks_sharedkey_1", "secret": "shared"}
    sandbox.post("/control/twilio/accounts", **account(webhooks, shared_key=key))
    [call] = sandbox.inbound()["webhooks"]
    settings = call["headers"]["X-Twilio-Webhooks-Signature-Settings"]
    assert get_signature_algorithm(settings) == "HMAC_SHA256"
    assert_signed(call, "shared", "HMAC_SHA256")


def test_a_customer_without_number_comes_by_user_id(sandbox, client, webhooks):
    person = {"username": "anna.p", "name": "Anna", "user_id": "ES.123456789012345678"}
    sandbox.inbound(contact=person)
    [form] = webhooks.forms("/in")
    assert form["From"] == form["ExternalUserId"] == "whatsapp:ES.123456789012345678"
    assert "WaId" not in form
    sent = client.messages.create(to=form["From"], from_=FROM, body="x")
    sandbox.wait_for_status(sent.sid, "delivered")


def test_who_hides_the_number_keeps_the_user_id(sandbox, webhooks):
    sandbox.inbound()
    sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", shares_number=False)
    sandbox.inbound()
    before, after = webhooks.forms("/in")
    assert before["ExternalUserId"] == after["ExternalUserId"] == after["From"]
    assert CUSTOMER not in str(after)


def test_inbound_media_is_behind_credentials_and_a_redirect(sandbox, webhooks):
    picture = {"content_type": "image/jpeg", "base64": "/9j/4A==", "name": "a.jpg"}
    message = sandbox.inbound("Look", media=picture)
    [form] = webhooks.forms("/in")
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/jpeg")
    assert form["MessageType"] == "image" and form["Body"] == "Look"
    url = form["MediaUrl0"]
    assert url.startswith(f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/")
    url = url.replace("https:/", sandbox.address)
    assert requests.get(url, allow_redirects=False, timeout=5).status_code == 401
    redirect = requests.get(
        url, auth=(ACCOUNT, TOKEN), allow_redirects=False, timeout=5
    )
    assert redirect.status_code == 302
    storage = redirect.headers["Location"].replace("https:/", sandbox.address)
    file = requests.get(storage, timeout=5)
    assert file.content == b"\xff\xd8\xff\xe0"
    assert file.headers["Content-Type"] == "image/jpeg"
    assert requests.get(storage[:-1] + "0x", timeout=5).status_code == 403
    assert message["id"].startswith("MM")


def test_media_resource_by_the_client(sandbox, client):
    picture = {"content_type": "image/jpeg", "base64": "/9j/4A==", "name": "a.jpg"}
    message = client.messages(sandbox.inbound(media=picture)["id"])
    [media] = message.media.list()
    assert media.content_type == "image/jpeg"
    assert message.media(media.sid).fetch().parent_sid == message.fetch().sid
    assert message.media(media.sid).delete()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            {
                "media": {
                    "content_type": "application/pdf",
                    "base64": "JVBE",
                    "name": "a b.pdf",
                }
            },
            {"MessageType": "document", "Body": "a b.pdf"},
        ),
        (
            {"kind": "voice", "media": {"content_type": "audio/ogg", "base64": "T2dn"}},
            {"MessageType": "audio", "MediaContentType0": "audio/ogg", "Body": ""},
        ),
        (
            {"media": {"content_type": "image/webp", "base64": "UklG"}},
            {"MessageType": "sticker", "MediaContentType0": "image/webp"},
        ),
        (
            {"media": {"content_type": "video/mp4", "base64": "AAAA"}},
            {"MessageType": "video", "NumMedia": "1"},
        ),
        (
            {
                "kind": "location",
                "location": {"latitude": 41.38, "longitude": 2.17, "name": "Home"},
            },
            {"MessageType": "location", "Latitude": "41.38", "Label": "Home"},
        ),
        (
            {"kind": "contacts", "cards": [{"name": "Bo", "phone": "+34600000009"}]},
            {"MessageType": "contacts", "MediaContentType0": "text/vcard"},
        ),
        ({"text": "x", "forwarded": True}, {"Forwarded": "true", "Body": "x"}),
    ],
)
def test_inbound_kinds(sandbox, webhooks, sent, expected):
    sandbox.inbound(**{"text": "", **sent})
    [form] = webhooks.forms("/in")
    assert expected.items() <= form.items()


def test_a_quoted_reply_names_the_message(sandbox, client, webhooks):
    sandbox.inbound()
    sent = client.messages.create(to=TO, from_=FROM, body="x")
    sandbox.wait_for_status(sent.sid, "delivered")
    sandbox.inbound("this one", reply_to=sent.sid)
    form = webhooks.forms("/in")[1]
    assert form["OriginalRepliedMessageSid"] == sent.sid
    assert form["OriginalRepliedMessageSender"] == FROM


# -- content --------------------------------------------------------------------------


def test_quick_reply_buttons_and_the_tap(sandbox, client, webhooks):
    sandbox.inbound()
    content = create_content(client, {"twilio/quick-reply": QUICK_REPLY})
    sent = client.messages.create(
        to=TO, from_=FROM, content_sid=content.sid, content_variables='{"1": "Anna"}'
    )
    message = sandbox.wait_for_status(sent.sid, "delivered")
    assert (message["kind"], message["text"]) == ("buttons", "Did it help, Anna?")
    assert [option["title"] for option in message["options"]] == ["Yes", "No"]
    yes = {"id": "yes", "title": "Yes"}
    sandbox.inbound(kind="choice", text="", choice=yes, reply_to=sent.sid)
    form = webhooks.forms("/in")[1]
    assert (form["MessageType"], form["Body"]) == ("interactive", "Yes")
    assert (form["ButtonText"], form["ButtonPayload"]) == ("Yes", "yes")
    assert form["OriginalRepliedMessageSid"] == sent.sid


def test_list_picker_and_the_pick(sandbox, client, webhooks):
    sandbox.inbound()
    rows = [{"id": "r1", "item": "Invoices", "description": "All of them"}]
    types = {"twilio/list-picker": {"body": "Which?", "button": "Pick", "items": rows}}
    content = create_content(client, types)
    sent = client.messages.create(to=TO, from_=FROM, content_sid=content.sid)
    message = sandbox.wait_for_status(sent.sid, "delivered")
    assert (message["kind"], message["list_label"]) == ("list", "Pick")
    sandbox.inbound(
        kind="choice", text="", choice=message["options"][0], reply_to=sent.sid
    )
    form = webhooks.forms("/in")[1]
    assert (form["ListId"], form["ListTitle"]) == ("r1", "Invoices")
    assert form["Body"] == "Invoices"


def test_contents_are_fetched_listed_and_deleted(client):
    sids = [
        create_content(client, {"twilio/text": {"body": f"Hi {n}"}}).sid
        for n in range(3)
    ]
    contents = client.content.v1.contents
    assert contents(sids[0]).fetch().types == {"twilio/text": {"body": "Hi 0"}}
    assert [one.sid for one in contents.list(page_size=2)] == sids
    assert contents(sids[0]).delete()
    assert len(client.content.v1.content_and_approvals.list()) == 2


def test_an_approved_content_opens_a_conversation(sandbox, client):
    types = {"twilio/text": {"body": "Hello {{1}}!"}}
    content = create_content(client, types, {"1": "you"})
    resource = client.content.v1.contents(content.sid)
    unapproved = client.messages.create(to=TO, from_=FROM, content_sid=content.sid)
    sandbox.wait_for_status(unapproved.sid, "failed")
    requests.post(
        f"{sandbox.address}/content.twilio.com/v1/Content/{content.sid}"
        "/ApprovalRequests/whatsapp",
        json={"name": "hello", "category": "UTILITY"},
        auth=(ACCOUNT, TOKEN),
        timeout=5,
    ).raise_for_status()
    assert resource.approval_fetch().fetch().whatsapp["status"] == "received"
    sandbox.post(f"/control/templates/{content.sid}/review", status="approved")
    approved = client.messages.create(to=TO, from_=FROM, content_sid=content.sid)
    assert sandbox.wait_for_status(approved.sid, "delivered")["text"] == "Hello you!"


# -- senders --------------------------------------------------------------------------


def test_webhook_addresses_are_configured_by_the_senders_api(sandbox, client, webhooks):
    [sender] = client.messaging.v2.channels_senders.list(channel="whatsapp")
    assert (sender.sender_id, sender.status) == (FROM, "ONLINE")
    request = ChannelsSenderList.MessagingV2ChannelsSenderRequestsUpdate(
        {
            "webhook": ChannelsSenderList.MessagingV2ChannelsSenderWebhook(
                {"callback_url": webhooks.url("/new"), "callback_method": "POST"}
            )
        }
    )
    resource = client.messaging.v2.channels_senders(sender.sid)
    resource.update(request)
    webhook = resource.fetch().webhook
    assert webhook["callback_url"] == webhooks.url("/new")
    assert webhook["status_callback_url"] == webhooks.url("/status")
    sandbox.inbound()
    assert len(webhooks.forms("/new")) == 1


def test_a_messaging_service_is_read_and_configured(sandbox, client, webhooks):
    sid = "MG" + "3" * 32
    values = account(webhooks, messaging_services={sid: {"senders": [BUSINESS]}})
    sandbox.post("/control/twilio/accounts", **values)
    assert [one.sid for one in client.messaging.v1.services.list()] == [sid]
    service = client.messaging.v1.services(sid)
    assert service.fetch().use_inbound_webhook_on_number
    url = webhooks.url("/mg")
    service.update(inbound_request_url=url, status_callback=url)
    assert not service.fetch().use_inbound_webhook_on_number
    sandbox.inbound()
    assert len(webhooks.forms("/mg")) == 1


def test_typing_marks_the_customers_message_read(sandbox, client):
    sid = sandbox.inbound()["id"]
    client.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sid)
    assert sandbox.get(f"/control/messages/{sid}")["status"] == "read"
