"""Templates as Twilio's contents: built, filled, read back, as its SDK would."""

import json
from dataclasses import replace

import pytest
from conformance_kit import Scripted
from hypothesis import given
from hypothesis import strategies as st
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList
from twilio_kit import WIRE, make_account
from twilio_sdk import on_the_wire, sdk

from odoo.addons.whatsapp_connector.tests.conformance.intents import (
    TEMPLATES,
    make_outbound,
)
from odoo.addons.whatsapp_connector.wire.components import submission_name
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMedia
from odoo.addons.whatsapp_connector.wire.template import (
    OutboundTemplate,
    Template,
    TemplateButton,
    TemplateValue,
    TemplateVariable,
)
from odoo.addons.whatsapp_connector_twilio.tests.cases.common import CONTENT, answer
from odoo.addons.whatsapp_connector_twilio.wire import approval, content, send

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


def test_ten_and_more_variables_keep_their_order():
    body = " and ".join(f"{{{{{n}}}}}" for n in range(1, 13))
    template = make_template(
        body, variables=variables(*(f"body/{n}=s{n}" for n in range(1, 13)))
    )
    built = content.build(template)
    assert built["types"]["twilio/text"]["body"] == body
    assert built["variables"] == {str(n): f"s{n}" for n in range(1, 13)}


def test_each_submission_has_a_name_of_its_own():
    template = make_template()
    assert submission_name(template, 1) == "ticket_update"
    assert submission_name(template, 2) == "ticket_update_v2"
    names = [content.friendly_name(template, count) for count in (1, 2)]
    assert [content.count_of(template, {"friendly_name": n}) for n in names] == [1, 2]


@pytest.mark.parametrize(
    "name", [None, "", "ticket_update", "ticket_update_es_v1", "ticket_update_ca_vx"]
)
def test_other_contents_are_no_submission_of_ours(name):
    assert content.count_of(make_template(), {"friendly_name": name}) == 0


# -- the SDK's request equals ours ----------------------------------------------------


def create_and_submit(name):
    """What our own requests ask, put into the SDK's words."""
    [_list, (created, _sid), (asked, _status)] = WIRE.templates.submissions[name]

    def do(client):
        payload = {**created.json, "types": ContentList.Types(created.json["types"])}
        client.content.v1.contents.create(ContentList.ContentCreateRequest(payload))
        client.content.v1.contents(CONTENT).approval_create.create(
            ApprovalCreateList.ContentApprovalRequest(asked.json)
        )

    return do


@pytest.mark.parametrize("name", WIRE.templates.submissions)
def test_submission_is_what_the_sdk_sends(name):
    exchanges = WIRE.templates.submissions[name]
    client = Scripted(*(given for _asked, given in exchanges))
    approval.submit(client, make_account(), TEMPLATES[name].template)
    ours = [on_the_wire(request) for request in client.requests if request.json]
    expected = sdk(create_and_submit(name))
    assert list(map(without_nothing, ours)) == list(map(without_nothing, expected))


def without_nothing(value):
    """``value`` without the names that the SDK sends with null."""
    if isinstance(value, dict):
        return {k: without_nothing(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return type(value)(map(without_nothing, value))
    return value


def test_delete_and_list_are_what_the_sdk_asks():
    client = Scripted({"contents": [], "meta": {}}, answer(None, 204))
    approval.list_states(client, make_account())
    approval.delete(client, make_account(), CONTENT)
    ours = [on_the_wire(request) for request in client.requests]
    theirs = sdk(lambda c: c.content.v1.contents(CONTENT).delete())
    method, url, query, *rest = ours[1]
    assert query == [("deleteInWaba", "true")]
    assert (method, url, [], *rest) == theirs[0]
    listing = sdk(lambda c: c.content.v1.content_and_approvals.page(page_size=500))
    assert ours[0] == listing[0]


# -- filling --------------------------------------------------------------------------

FILLING = (
    TemplateValue(place="header", name="number", value="7"),
    TemplateValue(place="body", name="1", value="Ana"),
    TemplateValue(place="body", name="2", value="tomorrow"),
    TemplateValue(place="button:1", name="1", value="7-abc"),
)


def message(template, values=(), **more):
    outbound = OutboundTemplate(
        template_id=CONTENT, template=template, values=tuple(values), **more
    )
    return make_outbound(WIRE, "template", template=outbound)


def sent_variables(*arguments, **more):
    request = send.build(message(*arguments, **more), make_account())
    form = dict(request.form)
    assert form["ContentSid"] == CONTENT and "Body" not in form
    return json.loads(form.get("ContentVariables", "{}"))


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
        "name": submission_name(template, template.version),
        "category": template.category.upper(),
        "content_type": next(iter(built["types"])),
        "status": "approved",
        "rejection_reason": "",
        "allow_category_change": True,
        **values,
    }
    return {"sid": CONTENT, **built, "approval_requests": decision}


@given(template=templates())
def test_what_was_built_is_read_back(template):
    record = as_listed(template)
    found, partial = content.parse(record, record["approval_requests"])
    keys = content.number(template).of
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
            OutboundTemplate(template_id=CONTENT, template=one, values=tuple(values))
        )

    assert filled(found) == filled(template) == record.get("variables", {})


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
