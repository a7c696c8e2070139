"""Templates as Twilio's contents: built, filled, read back, as its SDK would."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_twilio_send import OURS, STATUS_URL, THEIRS, make_outbound
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList
from twilio_kit import json_webhook, make_account
from twilio_sdk import on_the_wire, sdk

from odoo.addons.whatsapp_connector.wire.items import Location, TemplateUpdate
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMedia, Refused
from odoo.addons.whatsapp_connector.wire.template import (
    STATUSES,
    OutboundTemplate,
    Template,
    TemplateButton,
    TemplateValue,
    TemplateVariable,
)
from odoo.addons.whatsapp_connector_twilio.wire import approval, content, send
from odoo.addons.whatsapp_connector_twilio.wire.parse import parse

SID = "HX" + "c" * 32
FILE = "https://odoo.example.com/web/content/7/invoice.pdf?access_token=a%2Bb"
QUICK = TemplateButton(kind="quick_reply", text="Yes", payload="t:0")
URL = TemplateButton(kind="url", text="Open", url="https://example.com/t/{{1}}")
PHONE = TemplateButton(kind="phone", text="Call", phone="+34931234567")
CODE = TemplateButton(kind="copy_code", text="Copy code", code="SAVE10")


def make_media(kind="document", url=FILE, **values):
    common = {"mimetype": "application/pdf", "filename": "invoice.pdf", "size": 0}
    return OutboundMedia(**{"kind": kind, "url": url, **common, **values})


def make_template(body="Hello {{1}}, it is {{2}}.", **values):
    common = {"name": "ticket_update", "language": "ca", "category": "utility"}
    return Template(**{**common, "body": body, **values})


def variables(*places):
    """Variables ``place/name=sample``."""
    made = []
    for text in places:
        gap, _equals, sample = text.partition("=")
        place, _slash, name = gap.partition("/")
        made.append(TemplateVariable(place=place, name=name, sample=sample))
    return tuple(made)


FULL = make_template(
    header="text",
    header_text="Ticket {{number}}",
    footer="Acme",
    buttons=(QUICK, URL),
    variables=variables("header/number=7", "body/1=Ana", "body/2=late", "button:1/1=x"),
)


# -- the simplest type that carries it ------------------------------------------------


@pytest.mark.parametrize(
    "values, type_name",
    [
        ({}, "twilio/text"),
        ({"header": "document", "header_media": make_media()}, "twilio/media"),
        ({"buttons": (QUICK, QUICK)}, "twilio/quick-reply"),
        ({"buttons": (URL, PHONE, CODE)}, "twilio/call-to-action"),
        ({"header": "text", "header_text": "News"}, "whatsapp/card"),
        ({"footer": "Acme"}, "whatsapp/card"),
        ({"buttons": (QUICK, URL)}, "whatsapp/card"),
        ({"buttons": (URL,), "body": "x" * 641}, "whatsapp/card"),
        ({"buttons": (replace(QUICK, text="x" * 21),)}, "whatsapp/card"),
        (
            {"header": "image", "header_media": make_media(), "buttons": (URL,)},
            "whatsapp/card",
        ),
        ({"category": "authentication"}, "whatsapp/authentication"),
    ],
)
def test_type(values, type_name):
    assert list(content.build(make_template(**values))["types"]) == [type_name]


def test_card_has_everything_with_the_numbers_of_the_whole():
    assert content.build(FULL) == {
        "friendly_name": "ticket_update_ca_v1",
        "language": "ca",
        "variables": {"1": "7", "2": "Ana", "3": "late", "4": "x"},
        "types": {
            "whatsapp/card": {
                "header_text": "Ticket {{1}}",
                "body": "Hello {{2}}, it is {{3}}.",
                "footer": "Acme",
                "actions": [
                    {"type": "QUICK_REPLY", "title": "Yes", "id": "t:0"},
                    {
                        "type": "URL",
                        "title": "Open",
                        "url": "https://example.com/t/{{4}}",
                    },
                ],
            }
        },
    }


def test_ten_and_more_variables_keep_their_order():
    body = " and ".join(f"{{{{{n}}}}}" for n in range(1, 13))
    template = make_template(
        body, variables=variables(*(f"body/{n}=s{n}" for n in range(1, 13)))
    )
    built = content.build(template)
    assert built["types"]["twilio/text"]["body"] == body
    assert built["variables"] == {str(n): f"s{n}" for n in range(1, 13)}


def test_file_is_a_path_after_our_host():
    """https://www.twilio.com/docs/content/twilio-media"""
    template = make_template(
        "Hello {{1}}!", header="document", header_media=make_media()
    )
    built = content.build(template)
    media = built["types"]["twilio/media"]["media"]
    assert media == ["https://odoo.example.com/{{1}}"]
    sample = "web/content/7/invoice.pdf?access_token=a%2Bb"
    assert built["variables"] == {"1": sample, "2": ""}
    assert built["types"]["twilio/media"]["body"] == "Hello {{2}}!"


def test_one_time_code():
    template = make_template(
        category="authentication",
        buttons=(TemplateButton(kind="copy_code", text="Copy it"),),
        code_minutes=5,
        security_advice=True,
    )
    assert content.build(template)["types"]["whatsapp/authentication"] == {
        "add_security_recommendation": True,
        "code_expiration_minutes": 5,
        "actions": [{"type": "COPY_CODE", "copy_code_text": "Copy it"}],
    }


def test_each_submission_has_a_name_of_its_own():
    template = make_template()
    assert content.approval_name(template, 1) == "ticket_update"
    assert content.approval_name(template, 2) == "ticket_update_v2"
    names = [content.friendly_name(template, count) for count in (1, 2)]
    assert [content.count_of(template, {"friendly_name": n}) for n in names] == [1, 2]


@pytest.mark.parametrize(
    "name", [None, "", "ticket_update", "ticket_update_es_v1", "ticket_update_ca_vx"]
)
def test_other_contents_are_no_submission_of_ours(name):
    assert content.count_of(make_template(), {"friendly_name": name}) == 0


# -- the SDK's request equals ours ----------------------------------------------------


class Listening:
    """A client that keeps requests and answers the list of contents with none."""

    def __init__(self):
        self.requests = []

    def exchange(self, request):
        self.requests.append(request)
        if request.method == "GET":
            body = {"contents": [], "meta": {"next_page_url": None}}
        else:
            body = {"sid": SID, "status": "received", "name": "n"}
        return content_answer(body)


def content_answer(body, status=200):
    return send.HttpResponse(status=status, body=json.dumps(body).encode())


def submitted(template):
    client = Listening()
    approval.submit(client, make_account(), template)
    return [on_the_wire(request) for request in client.requests if request.json]


def create_and_submit(template):
    built = content.build(template, template.version)
    name = content.approval_name(template, template.version)

    def do(client):
        payload = {**built, "types": ContentList.Types(built["types"])}
        client.content.v1.contents.create(ContentList.ContentCreateRequest(payload))
        client.content.v1.contents(SID).approval_create.create(
            ApprovalCreateList.ContentApprovalRequest(
                {"name": name, "category": "UTILITY"}
            )
        )

    return do


@pytest.mark.parametrize(
    "template",
    [
        make_template(),
        FULL,
        make_template(header="document", header_media=make_media()),
        make_template(buttons=(QUICK,)),
        make_template(buttons=(URL, PHONE, CODE), version=3),
    ],
    ids=lambda template: next(iter(content.build(template)["types"])),
)
def test_submission_is_what_the_sdk_sends(template):
    expected = sdk(create_and_submit(template))
    assert [without_nothing(one) for one in submitted(template)] == [
        without_nothing(one) for one in expected
    ]


def without_nothing(value):
    """``value`` without the names that the SDK sends with null."""
    if isinstance(value, dict):
        return {k: without_nothing(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return type(value)(map(without_nothing, value))
    return value


def test_delete_and_list_are_what_the_sdk_asks():
    client = Listening()
    approval.list_states(client, make_account())
    approval.delete(client, make_account(), SID)
    ours = [on_the_wire(request) for request in client.requests]
    theirs = sdk(lambda c: c.content.v1.contents(SID).delete())
    method, url, query, *rest = ours[1]
    assert query == [("deleteInWaba", "true")]
    assert (method, url, [], *rest) == theirs[0]
    listing = sdk(lambda c: c.content.v1.content_and_approvals.page(page_size=500))
    assert ours[0] == listing[0]


def test_template_message_is_what_the_sdk_sends():
    values = {"1": "7", "2": "Ana", "3": "tomorrow", "4": "7-abc"}
    request = send.build(message(FULL, FILLING), make_account())
    expected = sdk(
        lambda client: client.messages.create(
            to=THEIRS,
            from_=OURS,
            status_callback=STATUS_URL,
            content_sid=SID,
            content_variables=json.dumps(values),
        )
    )
    assert [on_the_wire(request)] == expected


# -- filling --------------------------------------------------------------------------

FILLING = (
    TemplateValue(place="header", name="number", value="7"),
    TemplateValue(place="body", name="1", value="Ana"),
    TemplateValue(place="body", name="2", value="tomorrow"),
    TemplateValue(place="button:1", name="1", value="7-abc"),
)


def message(template, values=(), **more):
    outbound = OutboundTemplate(
        template_id=SID, template=template, values=tuple(values), **more
    )
    return make_outbound("template", template=outbound)


def sent_variables(*arguments, **more):
    request = send.build(message(*arguments, **more), make_account())
    form = dict(request.form)
    assert form["ContentSid"] == SID and "Body" not in form
    return json.loads(form.get("ContentVariables", "{}"))


def test_template_without_variables_sends_none():
    assert sent_variables(make_template("Hello!")) == {}


@pytest.mark.parametrize("value", ["", "  ", "a\nb", "a\tb", "a     b", "a\r"])
def test_value_that_whatsapp_refuses_is_not_sent(value):
    values = (FILLING[1], replace(FILLING[2], value=value))
    result = send.build(message(make_template(), values), make_account())
    assert isinstance(result, Refused)
    assert result.failure.code == "21656"


def test_missing_value_is_refused_rather_than_filled_with_the_sample():
    result = send.build(message(make_template(), FILLING[1:2]), make_account())
    assert isinstance(result, Refused)


def test_file_of_the_message_stands_for_the_sample():
    template = make_template(
        "Hello {{1}}!", header="document", header_media=make_media()
    )
    mine = make_media(url="https://odoo.example.com/web/content/8/my.pdf?t=1")
    filled = sent_variables(template, FILLING[1:2], header_media=mine)
    assert filled == {"1": "web/content/8/my.pdf?t=1", "2": "Ana"}


def test_template_of_the_console_is_filled_by_its_own_numbers():
    template = make_template(
        "{{1}} of {{2}}",
        header="document",
        variables=(
            TemplateVariable(place="body", name="1", key="3"),
            TemplateVariable(place="body", name="2", key="2"),
        ),
    )
    values = (FILLING[1], FILLING[2])
    assert sent_variables(template, values) == {"3": "Ana", "2": "tomorrow"}
    filled = sent_variables(template, values, header_media=make_media())
    assert filled["1"].startswith("web/content/7/")


def test_one_time_code_is_the_only_variable():
    template = make_template("{{1}}", category="authentication")
    assert sent_variables(template, FILLING[:1]) == {"1": "7"}


def test_location_header_can_not_go_through_twilio():
    template = make_template(
        header="location", header_location=Location(latitude=1.0, longitude=2.0)
    )
    result = send.build(message(template, FILLING), make_account())
    assert isinstance(result, Refused)
    assert "location" not in send.CAPABILITIES.template_headers


def test_lost_template_message_is_known_by_its_filled_text():
    assert send.body_of(message(FULL, FILLING)) == "Hello Ana, it is tomorrow."


# -- reading back ---------------------------------------------------------------------

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="{}\0"), min_size=1)
SLUGS = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
PATHS = st.from_regex(r"[a-z0-9]{1,9}(/[a-z0-9]{1,9})?", fullmatch=True)
EXTENSIONS = {
    "image": ("png", "image/png"),
    "video": ("mp4", "video/mp4"),
    "document": ("pdf", "application/pdf"),
}


@st.composite
def gapped(draw, place, most=3):
    """A text with up to ``most`` gaps, and their variables."""
    count = draw(st.integers(0, most))
    parts = [draw(WORDS)]
    for position in range(1, count + 1):
        parts += [f"{{{{{position}}}}}", draw(WORDS)]
    made = tuple(
        TemplateVariable(place=place, name=str(n), sample=draw(WORDS))
        for n in range(1, count + 1)
    )
    return "".join(parts), made


@st.composite
def buttons(draw, position):
    kind = draw(st.sampled_from(["quick_reply", "url", "phone", "copy_code"]))
    title = draw(WORDS)
    if kind == "quick_reply":
        button = TemplateButton(kind=kind, text=title, payload=draw(SLUGS))
    elif kind == "phone":
        button = TemplateButton(kind=kind, text=title, phone="+34600111222")
    elif kind == "copy_code":
        button = TemplateButton(kind=kind, text=title, code=draw(SLUGS))
    else:
        url, found = f"https://example.com/{draw(PATHS)}", ()
        if draw(st.booleans()):
            url += "/{{1}}"
            place = f"button:{position}"
            found = (TemplateVariable(place=place, name="1", sample=draw(WORDS)),)
        return TemplateButton(kind=kind, text=title, url=url), found
    return button, ()


@st.composite
def templates(draw):
    header = draw(st.sampled_from(["none", "text", *EXTENSIONS]))
    values, found = {"header": header}, ()
    if header == "text":
        values["header_text"], found = draw(gapped("header", 1))
    elif header != "none":
        extension, mimetype = EXTENSIONS[header]
        name = f"{draw(SLUGS)}.{extension}"
        url = f"https://odoo.example.com/{draw(PATHS)}/{name}?t=1"
        values["header_media"] = make_media(
            header, url, mimetype=mimetype, filename=name
        )
    body, more = draw(gapped("body", 12))
    found += more
    made = []
    for position in range(draw(st.integers(0, 4))):
        button, more = draw(buttons(position))
        made.append(button)
        found += more
    return make_template(
        body,
        name=draw(SLUGS),
        category=draw(st.sampled_from(["utility", "marketing"])),
        footer=draw(st.just("") | WORDS),
        buttons=tuple(made),
        variables=found,
        **values,
    )


def as_listed(template, **values):
    """The record of a content as Twilio lists it, and its approval."""
    built = content.build(template, template.version)
    decision = {
        "type": "whatsapp",
        "name": content.approval_name(template, template.version),
        "category": template.category.upper(),
        "content_type": next(iter(built["types"])),
        "status": "approved",
        "rejection_reason": "",
        "allow_category_change": True,
        **values,
    }
    return {"sid": SID, **built, "approval_requests": decision}


@given(template=templates())
def test_what_was_built_is_read_back(template):
    record = as_listed(template)
    found, partial = content.parse(record, record["approval_requests"])
    keys = content.number(template)
    keyed = tuple(replace(v, key=keys[v.place, v.name]) for v in template.variables)
    assert found == replace(template, variables=keyed)
    assert not partial


@given(template=templates())
def test_what_was_read_is_filled_like_what_was_built(template):
    record = as_listed(template)
    found, _partial = content.parse(record, record["approval_requests"])
    values = [
        TemplateValue(place=v.place, name=v.name, value=v.sample)
        for v in template.variables
    ]

    def filled(one):
        return content.fill(
            OutboundTemplate(template_id=SID, template=one, values=tuple(values))
        )

    assert filled(found) == filled(template) == record.get("variables", {})


def test_one_time_code_is_read_back():
    template = make_template(
        content.CODE_BODY,
        category="authentication",
        buttons=(TemplateButton(kind="copy_code", text="Copy it"),),
        code_minutes=5,
    )
    record = as_listed(template)
    found, partial = content.parse(record, record["approval_requests"])
    code = TemplateVariable(place="body", name="1", key="1")
    assert found == replace(template, variables=(code,))
    assert not partial


@pytest.mark.parametrize(
    "types",
    [
        {"twilio/carousel": {"body": "Look", "cards": []}},
        {"twilio/list-picker": {"body": "Look", "button": "b", "items": []}},
        {"twilio/flows": {"body": "Look"}},
        {"whatsapp/card": {"body": "Look", "actions": [{"type": "VOICE_CALL"}]}},
        {"whatsapp/card": {"body": "Look", "media": ["https://a.b/c/{{1}}"]}},
        {"twilio/card": {"body": "Look", "title": "Here"}},
        {
            "twilio/call-to-action": {
                "body": "Look",
                "actions": [{"type": "COPY_CODE", "title": "C", "code": "{{1}}"}],
            }
        },
        {"something/new": {"body": "Look"}},
    ],
    ids=lambda types: next(iter(types)),
)
def test_what_can_not_be_shown_in_full_is_partial(types):
    record = {**as_listed(make_template()), "types": types}
    found, partial = content.parse(record, record["approval_requests"])
    assert (found.body, partial) == ("Look", True)


def test_fallback_for_sms_is_not_what_whatsapp_shows():
    record = as_listed(make_template(buttons=(QUICK,)))
    record["types"] = {"twilio/text": {"body": "SMS"}, **record["types"]}
    found, partial = content.parse(record, {})
    assert found.buttons == (QUICK,) and not partial


def test_variables_by_name_keep_it():
    record = as_listed(make_template())
    record["types"] = {"twilio/text": {"body": "Hi {{first_name}}, {{4}} and {{Z}}"}}
    found, _partial = content.parse(record, {})
    assert found.body == "Hi {{first_name}}, {{1}} and {{2}}"
    assert [v.key for v in found.variables] == ["first_name", "4", "Z"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "sid types variables media actions type title body url cards "
                "twilio/text twilio/media whatsapp/card whatsapp/authentication "
                "twilio/quick-reply status name approval_requests".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(record=st.dictionaries(st.sampled_from(["types", "variables", "sid"]), JSON))
def test_any_content_can_be_read(record):
    found, _partial = content.parse(record, content.approval_of(record))
    assert isinstance(found, Template)


# -- states ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word, status",
    [
        ("unsubmitted", "draft"),
        ("received", "pending"),
        ("pending", "pending"),
        ("Approved", "approved"),
        ("REJECTED", "rejected"),
        ("paused", "paused"),
        ("disabled", "disabled"),
        ("In appeal", "In appeal"),
    ],
)
def test_state_in_the_words_of_the_base(word, status):
    assert content.read_status(word) == status
    assert status in STATUSES or status == word


def listed(*records):
    client = Listening()
    body = {"contents": list(records), "meta": {"next_page_url": None}}
    client.exchange = lambda request: content_answer(body)
    return approval.list_states(client, make_account())


def test_only_what_was_submitted_is_a_template():
    unsubmitted = as_listed(make_template(), status="unsubmitted")
    session = {**as_listed(make_template()), "approval_requests": None}
    rejected = as_listed(
        make_template(version=2), status="rejected", rejection_reason="INVALID_FORMAT"
    )
    [state] = listed(unsubmitted, session, rejected)
    assert (state.template_id, state.name) == (SID, "ticket_update_v2")
    assert (state.status, state.reason) == ("rejected", "INVALID_FORMAT")
    assert (state.category, state.language) == ("utility", "ca")
    assert state.content.body == "Hello {{1}}, it is {{2}}."


# -- events ---------------------------------------------------------------------------


def event(**values):
    template = {
        "sid": SID,
        "friendlyName": "ticket_update_ca_v1",
        "externalTemplateName": "ticket_update",
        "language": "ca",
        "previousValue": "pending",
        "currentValue": "REJECTED",
        **values.pop("template", {}),
    }
    data = {
        "type": "status_update",
        "dateUpdated": "2026-09-01T10:00:00Z",
        "channel": "whatsapp",
        "template": template,
        **values,
    }
    kind = "com.twilio.messaging.template.approval.updated"
    return {"specversion": "1.0", "type": kind, "id": "NO1", "data": data}


def test_event_tells_of_a_review_and_of_a_category():
    """https://www.twilio.com/docs/events/event-types/messaging/template-approval"""
    category = event(type="category_update", template={"currentValue": "MARKETING"})
    webhook = json_webhook(json.dumps([event(), category]).encode())
    review, changed = parse(webhook)
    assert isinstance(review, TemplateUpdate)
    assert (review.change, review.value) == ("status", "rejected")
    assert (review.template_id, review.name) == (SID, "ticket_update")
    assert review.at.isoformat() == "2026-09-01T10:00:00+00:00"
    assert (changed.change, changed.value) == ("category", "marketing")
