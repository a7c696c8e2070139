"""Templates: Twilio's own client submits, the pretend reviewers decide."""

import json

import pytest
from sandbox_kit import BUSINESS, CUSTOMER
from twilio.base.exceptions import TwilioRestException
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

FROM, TO = f"whatsapp:{BUSINESS}", f"whatsapp:{CUSTOMER}"
TEXT = {"twilio/text": {"body": "Hello {{1}}, your ticket {{2}} has news."}}
SAMPLES = {"1": "Ana", "2": "HT7"}
DAY = 24 * 3600


def create(client, types=None, variables=None, language="en"):
    request = ContentList.ContentCreateRequest(
        {
            "friendly_name": "whatever",
            "language": language,
            "variables": SAMPLES if variables is None else variables,
            "types": ContentList.Types(types or TEXT),
        }
    )
    return client.content.v1.contents.create(request)


def submit(client, content, name="ticket_update", category="UTILITY"):
    request = ApprovalCreateList.ContentApprovalRequest(
        {"name": name, "category": category}
    )
    return client.content.v1.contents(content.sid).approval_create.create(request)


def approved(sandbox, client, types=None, variables=None, **values):
    content = create(client, types, variables)
    submit(client, content, **values)
    sandbox.post(f"/control/templates/{content.sid}/review", status="approved")
    return content


def send(client, content, **variables):
    values = {name.removeprefix("v"): value for name, value in variables.items()}
    return client.messages.create(
        to=TO,
        from_=FROM,
        content_sid=content.sid,
        content_variables=json.dumps(values) if values else None,
    )


def approval(client, content):
    return client.content.v1.contents(content.sid).approval_fetch().fetch().whatsapp


# -- submitting -----------------------------------------------------------------------


def test_submission_waits_for_the_reviewers(sandbox, client):
    content = create(client)
    answer = submit(client, content)
    assert (answer.status, answer.content_type) == ("received", "twilio/text")
    [found] = sandbox.get("/control/templates")["templates"]
    assert (found["id"], found["provider"]) == (content.sid, "twilio")
    assert (found["name"], found["status"]) == ("ticket_update", "pending")
    assert found["body"] == "Hello Ana, your ticket HT7 has news."


def test_content_that_was_not_submitted_is_nobodys_business(sandbox, client):
    content = create(client)
    assert sandbox.get("/control/templates")["templates"] == []
    assert approval(client, content)["status"] == "unsubmitted"


@pytest.mark.parametrize(
    "values",
    [
        {"name": "Ticket-Update"},
        {"name": ""},
        {"category": "utility"},
        {"category": "AUTHENTICATION"},
    ],
)
def test_name_and_category_are_checked(client, values):
    with pytest.raises(TwilioRestException) as refusal:
        submit(client, create(client), **values)
    assert (refusal.value.status, refusal.value.code) == (400, 92000)


@pytest.mark.parametrize(
    "types, variables",
    [
        (TEXT, {"1": "Ana"}),
        (TEXT, {"1": "Ana", "2": ""}),
        ({"twilio/text": {"body": "Hi {{2}}!"}}, {"2": "Ana"}),
        ({"twilio/text": {"body": "Hi {{name}}!"}}, {"name": "Ana"}),
        ({"twilio/list-picker": {"body": "?", "button": "b", "items": []}}, {}),
    ],
)
def test_variables_need_numbers_and_samples(client, types, variables):
    content = create(client, types, variables)
    with pytest.raises(TwilioRestException):
        submit(client, content)


@pytest.mark.parametrize("body", ["{{1}} hello", "Hello {{1}}", "a {{1}} {{2}} b"])
def test_variables_in_the_wrong_place_are_rejected_by_whatsapp(client, body):
    content = create(client, {"twilio/text": {"body": body}})
    if "{{2}}" not in body:
        content = create(client, {"twilio/text": {"body": body}}, {"1": "Ana"})
    assert submit(client, content).status == "received"
    decision = approval(client, content)
    assert decision["status"] == "rejected"
    assert decision["rejection_reason"].startswith("INVALID_FORMAT")


def test_what_was_submitted_can_not_be_changed_or_submitted_again(client):
    content = create(client)
    submit(client, content)
    update = ContentList.ContentUpdateRequest({"friendly_name": "new"})
    for deed in (
        lambda: submit(client, content, name="another"),
        lambda: client.content.v1.contents(content.sid).update(update),
    ):
        with pytest.raises(TwilioRestException) as refusal:
            deed()
        assert refusal.value.code == 92009


def test_name_is_used_once_a_language(client):
    submit(client, create(client))
    submit(client, create(client, language="es"))
    with pytest.raises(TwilioRestException):
        submit(client, create(client))


def test_name_of_a_deleted_template_is_locked_for_thirty_days(sandbox, client):
    content = create(client)
    submit(client, content)
    resource = client.content.v1.contents(content.sid)
    client.request(
        "DELETE",
        f"https://content.twilio.com/v1/Content/{content.sid}",
        params={"deleteInWaba": "true"},
    )
    with pytest.raises(TwilioRestException):
        resource.fetch()
    again = create(client)
    with pytest.raises(TwilioRestException):
        submit(client, again)
    sandbox.post("/control/clock", advance=31 * DAY)
    assert submit(client, again).status == "received"


# -- deciding -------------------------------------------------------------------------


def test_decision_and_reason_reach_the_business(sandbox, client):
    content = create(client)
    submit(client, content)
    path = f"/control/templates/{content.sid}/review"
    decided = sandbox.post(path, status="rejected", reason="PROMOTIONAL")
    assert (decided["status"], decided["reason"]) == ("rejected", "PROMOTIONAL")
    [listed] = client.content.v1.content_and_approvals.list()
    assert listed.approval_requests["status"] == "rejected"
    assert listed.approval_requests["rejection_reason"] == "PROMOTIONAL"


def test_reviewers_may_change_the_category(sandbox, client):
    content = create(client)
    submit(client, content)
    path = f"/control/templates/{content.sid}/review"
    sandbox.post(path, status="approved", category="marketing")
    assert approval(client, content)["category"] == "MARKETING"


def test_templates_are_filtered_and_waited_for(sandbox, client):
    submit(client, create(client), name="one")
    submit(client, create(client, language="ca"), name="two")
    found = sandbox.get("/control/templates", language="ca", wait=5)
    assert [one["name"] for one in found["templates"]] == ["two"]
    none = sandbox.get("/control/templates", status="paused")
    assert none["templates"] == []


def test_review_by_itself_after_a_delay(sandbox, client):
    sandbox.post("/control/settings", review_delay=0.05)
    content = create(client)
    submit(client, content)
    found = sandbox.get("/control/templates", status="approved", wait=10)
    assert [one["id"] for one in found["templates"]] == [content.sid]


# -- sending --------------------------------------------------------------------------


def test_only_an_approved_template_opens_a_conversation(sandbox, client):
    content = create(client)
    submit(client, content)
    refused = sandbox.wait_for_status(send(client, content).sid, "failed")
    assert refused["history"][-1]["code"] == 63016
    sandbox.post(f"/control/templates/{content.sid}/review", status="approved")
    sent = send(client, content, v1="Marc", v2="HT8")
    message = sandbox.wait_for_status(sent.sid, "delivered")
    assert message["text"] == "Hello Marc, your ticket HT8 has news."


@pytest.mark.parametrize("status, code", [("paused", 63041), ("disabled", 63042)])
def test_stopped_template_fails_even_in_the_window(sandbox, client, status, code):
    content = approved(sandbox, client)
    sandbox.inbound()
    sandbox.post(f"/control/templates/{content.sid}/review", status=status)
    message = sandbox.wait_for_status(send(client, content).sid, "failed")
    assert message["history"][-1]["code"] == code


@pytest.mark.parametrize("value", ["a\nb", "a\tb", "a     b"])
def test_value_with_a_break_fails(sandbox, client, value):
    content = approved(sandbox, client)
    sent = send(client, content, v1=value, v2="HT8")
    message = sandbox.wait_for_status(sent.sid, "failed")
    assert message["history"][-1]["code"] == 63005


def test_card_needs_approval_even_in_the_window(sandbox, client):
    sandbox.inbound()
    content = create(client, {"whatsapp/card": {"body": "Hi", "footer": "Acme"}}, {})
    message = sandbox.wait_for_status(send(client, content).sid, "failed")
    assert message["history"][-1]["code"] == 63016


CARD = {
    "whatsapp/card": {
        "header_text": "Ticket {{1}}",
        "body": "It was solved, {{2}}.",
        "footer": "Acme Support",
        "actions": [
            {"type": "QUICK_REPLY", "title": "Thanks", "id": "solved:0"},
            {"type": "URL", "title": "Open", "url": "https://example.com/t/{{3}}"},
            {"type": "PHONE_NUMBER", "title": "Call", "phone": "+34931234567"},
            {"type": "COPY_CODE", "title": "Copy code", "code": "SAVE10"},
        ],
    }
}
CARD_SAMPLES = {"1": "7", "2": "Ana", "3": "7"}


def test_card_with_all_its_parts_and_the_tap(sandbox, client, webhooks):
    content = approved(sandbox, client, CARD, CARD_SAMPLES, name="solved")
    sent = send(client, content, v1="8", v2="Marc", v3="8-x")
    message = sandbox.wait_for_status(sent.sid, "delivered")
    assert (message["header"], message["footer"]) == ("Ticket 8", "Acme Support")
    assert (message["kind"], message["text"]) == ("buttons", "It was solved, Marc.")
    assert [(o["kind"], o["value"]) for o in message["options"]] == [
        ("reply", ""),
        ("url", "https://example.com/t/8-x"),
        ("phone", "+34931234567"),
        ("copy_code", "SAVE10"),
    ]
    tapped = message["options"][0]
    sandbox.inbound(kind="choice", text="", choice=tapped, reply_to=sent.sid)
    [form] = webhooks.forms("/in")
    assert (form["ButtonText"], form["ButtonPayload"]) == ("Thanks", "solved:0")
    assert (form["MessageType"], form["Body"]) == ("button", "Thanks")
    assert form["OriginalRepliedMessageSid"] == sent.sid


def test_file_of_a_template_keeps_the_text(sandbox, client, webhooks):
    webhooks.files["/f/invoice.pdf"] = ("application/pdf", b"%PDF-1.4")
    types = {
        "twilio/media": {"body": "Your invoice.", "media": [webhooks.url("/{{1}}")]}
    }
    content = approved(sandbox, client, types, {"1": "f/sample.pdf"})
    sent = send(client, content, v1="f/invoice.pdf")
    message = sandbox.wait_for_status(sent.sid, "delivered")
    assert (message["kind"], message["text"]) == ("document", "Your invoice.")
    assert message["media"]["size"] == 8


def test_one_time_code_has_whatsapps_own_text(sandbox, client):
    types = {
        "whatsapp/authentication": {
            "add_security_recommendation": True,
            "code_expiration_minutes": 5,
            "actions": [{"type": "COPY_CODE", "copy_code_text": "Copy it"}],
        }
    }
    content = approved(
        sandbox, client, types, {}, name="code", category="AUTHENTICATION"
    )
    message = sandbox.wait_for_status(send(client, content, v1="4711").sid, "delivered")
    assert message["text"].startswith("*4711* is your verification code.")
    assert message["footer"] == "This code expires in 5 minutes."
    [button] = message["options"]
    assert (button["title"], button["kind"]) == ("Copy it", "copy_code")
    assert button["value"] == "4711"
