"""Templates as Meta's components: built as an independent client does, and read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meta_kit import (
    GRAPH,
    WABA,
    Scripted,
    error_answer,
    make_account,
)
from meta_pywa import normal, pywa
from pywa.types import templates as pywa_templates
from pywa.types.templates import TemplateCategory, TemplateLanguage

from odoo.addons.whatsapp_connector.tests.conformance.intents import (
    FULL,
    PLAIN,
    TEMPLATES,
)
from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer, NoAnswer
from odoo.addons.whatsapp_connector.wire.template import TemplateVariable
from odoo.addons.whatsapp_connector_meta.tests.cases import WIRE
from odoo.addons.whatsapp_connector_meta.wire import approval
from odoo.addons.whatsapp_connector_meta.wire.content import FORMAT

CATALAN = TemplateLanguage.CATALAN
UTILITY = TemplateCategory.UTILITY
PICTURE = TEMPLATES["picture above"].template
CREATED = {"id": "7", "status": "PENDING", "category": "UTILITY"}
BODY = pywa_templates.BodyText("Hola {{1}}, la comanda {{2}} ja surt.", "Anna", "S0042")


def create(*components, name="order_shipped", category=UTILITY, **values):
    template = pywa_templates.Template(
        name=name,
        language=CATALAN,
        category=category,
        components=list(components),
        **values,
    )
    return lambda wa: wa.create_template(template)


def buttons(*each):
    return pywa_templates.Buttons(buttons=list(each))


INTENTS = {
    "numbers": create(BODY),
    "words": create(
        pywa_templates.BodyText(
            "Hola {{who}}, la comanda {{order_name}} ja surt.",
            who="Anna",
            order_name="S0042",
        ),
        parameter_format=pywa_templates.ParamFormat.NAMED,
    ),
    "all parts": create(
        pywa_templates.HeaderText("Comanda {{1}}", "S0042"),
        BODY,
        pywa_templates.FooterText(text="Adéu"),
        buttons(
            pywa_templates.URLButton(
                text="Veure",
                url="https://x.example/{{1}}",
                example="https://x.example/S1",
            ),
            pywa_templates.PhoneNumberButton(text="Truca", phone_number="+34931234567"),
            pywa_templates.QuickReplyButton(text="On és?"),
        ),
    ),
    "coupon": create(
        pywa_templates.BodyText("Tens un regal."),
        buttons(pywa_templates.CopyCodeButton(example="SAVE10")),
        category=TemplateCategory.MARKETING,
    ),
    "picture above": create(
        pywa_templates.HeaderImage(b"abc", mime_type="image/png"), BODY
    ),
    "video above": create(
        pywa_templates.HeaderVideo(b"abc", mime_type="video/mp4"), BODY
    ),
    "document above": create(
        pywa_templates.HeaderDocument(b"abc", mime_type="application/pdf"), BODY
    ),
    "place above": create(pywa_templates.HeaderLocation(), BODY),
    "one-time code": create(
        pywa_templates.AuthenticationBody(add_security_recommendation=True),
        pywa_templates.AuthenticationFooter(code_expiration_minutes=5),
        buttons(pywa_templates.CopyCodeOTPButton(text="Copia")),
        name="code",
        category=TemplateCategory.AUTHENTICATION,
    ),
    "new version": create(BODY, name="order_shipped_v3"),
}


def test_independent_client_can_submit_all_that_we_do():
    assert set(INTENTS) == set(WIRE.templates.submissions)


@pytest.mark.parametrize("name", INTENTS)
def test_request_is_what_an_independent_client_sends(name):
    [*_before, (asked, _answer)] = WIRE.templates.submissions[name]
    ours = normal(asked.json)
    assert ours.pop("parameter_format", "positional") in ("positional", "named")
    theirs = pywa(INTENTS[name])[-1][-1]
    theirs.pop("parameter_format", None)
    assert ours == theirs


def variable(place, name, sample):
    return TemplateVariable(place=place, name=name, sample=sample)


def test_words_and_numbers_together_are_numbered():
    mixed = replace(
        PLAIN,
        body="Hola {{who}}, la comanda {{1}} ja surt, {{who}}!",
        variables=(variable("body", "who", "Anna"), variable("body", "1", "S0042")),
    )
    built = FORMAT.build(mixed)
    assert built["parameter_format"] == "positional"
    [body] = built["components"]
    assert body["text"] == "Hola {{1}}, la comanda {{2}} ja surt, {{1}}!"
    assert body["example"] == {"body_text": [["Anna", "S0042"]]}


# -- reading --------------------------------------------------------------------------


def record_of(template, **values):
    """What Meta would list of ``template``."""
    return {"id": "7", "status": "APPROVED", **FORMAT.build(template), **values}


def test_other_words_are_not_the_same():
    record = record_of(FULL)
    for changed in (
        replace(FULL, body=FULL.body + "!"),
        replace(FULL, header_text="Encàrrec {{1}}"),
        replace(FULL, footer=""),
        replace(FULL, buttons=FULL.buttons[:2]),
        PLAIN,
    ):
        assert not FORMAT.says_the_same(record, changed)


@pytest.mark.parametrize(
    "component",
    [
        {"type": "CAROUSEL", "cards": []},
        {"type": "HEADER", "format": "PRODUCT"},
        {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Obre"}]},
    ],
)
def test_part_that_can_not_be_shown_makes_it_partial(component):
    record = record_of(PLAIN)
    record["components"] = [*record["components"], component]
    state = FORMAT.read_state(record)
    assert state.partial and state.content.body == PLAIN.body


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "format", "buttons", "example", "body_text"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(components=st.lists(JSON, max_size=4) | JSON, status=JSON, category=JSON)
def test_anything_in_metas_list_is_read(components, status, category):
    record = record_of(PLAIN, components=components, status=status, category=category)
    assert FORMAT.read_state(record).template_id == "7"
    assert FORMAT.says_the_same(record, PLAIN) in (True, False)


# -- handing in -----------------------------------------------------------------------


def submit(client, template=PLAIN, previous_id=None):
    return approval.submit(client, make_account(), template, previous_id)


def paths(client):
    return [(r.method, r.url.removeprefix(f"{GRAPH}/")) for r in client.requests]


LIST = ("GET", f"{WABA}/message_templates")
CREATE = ("POST", f"{WABA}/message_templates")


@pytest.mark.parametrize(
    "account, template",
    [
        (make_account(app_id=""), PICTURE),
        (make_account(), replace(PICTURE, header_media=None)),
    ],
)
def test_sample_that_can_not_be_uploaded_is_a_refusal(account, template):
    with pytest.raises(ErrorAnswer) as error:
        approval.submit(Scripted({"data": []}), account, template)
    assert error.value.failure.code == "no_sample"


def test_other_templates_with_a_similar_name_do_not_count():
    others = [
        record_of(PLAIN, name="order_shipped_again"),
        record_of(PLAIN, language="es"),
    ]
    client = Scripted({"data": others}, CREATED)
    submit(client)
    assert paths(client) == [LIST, CREATE]


def test_somebody_elses_template_of_that_name_is_left_alone():
    other = record_of(replace(PLAIN, body="Una altra cosa."))
    client = Scripted({"data": [other]})
    with pytest.raises(ErrorAnswer) as error:
        submit(client)
    assert error.value.failure.code == "template_exists"
    assert paths(client) == [LIST]


def test_category_is_mended_with_it():
    rejected = record_of(PLAIN, status="REJECTED", category="MARKETING")
    client = Scripted(rejected, {"success": True})
    submit(client, previous_id="7")
    assert client.requests[1].json["category"] == "UTILITY"


def test_mending_that_lost_its_answer_is_not_done_twice():
    client = Scripted(record_of(PLAIN, status="PENDING"))
    assert submit(client, previous_id="7").status == "pending"
    assert paths(client) == [("GET", "7")]


def test_one_that_meta_deleted_meanwhile_is_created_anew():
    gone = error_answer(100, error_subcode=33)
    client = Scripted(gone, {"data": []}, CREATED)
    assert submit(client, previous_id="7").status == "pending"
    assert paths(client) == [("GET", "7"), LIST, CREATE]


def test_creation_without_an_id_is_asked_again():
    with pytest.raises(NoAnswer):
        submit(Scripted({"data": []}, {"status": "PENDING"}))


# -- deleting -------------------------------------------------------------------------


def test_refused_deletion_is_told():
    state = FORMAT.read_state(record_of(PLAIN))
    with pytest.raises(ErrorAnswer):
        approval.delete(Scripted(error_answer(100)), make_account(), state)
