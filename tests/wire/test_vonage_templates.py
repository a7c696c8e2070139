"""Templates at Vonage: their form there and back, and what we ask about them."""

import pytest
from conformance_kit import Scripted
from hypothesis import given
from hypothesis import strategies as st
from vonage_kit import WABA, answer, make_account

from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    ForbiddenHost,
    NoAnswer,
)
from odoo.addons.whatsapp_connector.wire.template import (
    Template,
    TemplateButton,
    TemplateState,
    TemplateVariable,
)
from odoo.addons.whatsapp_connector_vonage.wire import manager
from odoo.addons.whatsapp_connector_vonage.wire.components import FORMAT

TEMPLATES = f"https://api.nexmo.com/v2/whatsapp-manager/wabas/{WABA}/templates"
ID = "408766354711449"


def variable(place, name, sample, key=""):
    return TemplateVariable(place=place, name=name, sample=sample, key=key)


def make_template(**values):
    return Template(
        **{
            "name": "ticket_update",
            "language": "ca",
            "category": "utility",
            "body": "Hola {{1}}, hi ha novetats de {{2}}.",
            "variables": (
                variable("body", "1", "Ana"),
                variable("body", "2", "la factura"),
            ),
            **values,
        }
    )


def make_record(template=None, **values):
    """A template in Vonage's list."""
    record = FORMAT.build(template or make_template())
    return {"id": ID, "status": "APPROVED", **record, **values}


RICH = make_template(
    header="text",
    header_text="Tiquet {{1}}",
    footer="Acme",
    buttons=(
        TemplateButton(kind="quick_reply", text="Gràcies"),
        TemplateButton(kind="url", text="Obre", url="https://x.example/t/{{1}}"),
        TemplateButton(kind="phone", text="Truca", phone="+34931000100"),
        TemplateButton(kind="copy_code", code="SAVE10"),
    ),
    variables=(
        variable("header", "1", "S0042"),
        variable("body", "1", "Ana"),
        variable("body", "2", "la factura"),
        variable("button:1", "1", "42"),
    ),
)
CODE = Template(
    name="code",
    language="ca",
    category="authentication",
    body="{{1}}",
    buttons=(TemplateButton(kind="copy_code", text="Copia"),),
    variables=(variable("body", "1", ""),),
    code_minutes=10,
    security_advice=True,
)


# -- form -----------------------------------------------------------------------------


def test_names_of_ours_become_numbers():
    template = make_template(
        body="Hola {{customer}}, {{invoice}}; adeu, {{customer}}!",
        variables=(
            variable("body", "invoice", "la factura"),
            variable("body", "customer", "Ana"),
        ),
    )
    [body] = FORMAT.build(template)["components"]
    assert body["text"] == "Hola {{1}}, {{2}}; adeu, {{1}}!"
    assert body["example"] == {"body_text": [["Ana", "la factura"]]}


@pytest.mark.parametrize("template", [make_template(), RICH, CODE])
def test_what_was_built_is_read_again(template):
    read, partial = FORMAT.parse(make_record(template))
    assert read == template and not partial
    assert FORMAT.says_the_same(make_record(template), template)


@pytest.mark.parametrize(
    "change",
    [
        {"body": "Adeu {{1}}, hi ha novetats de {{2}}."},
        {"header_text": "Tiquet"},
        {"footer": ""},
        {"buttons": RICH.buttons[:3]},
        {"buttons": (TemplateButton(kind="quick_reply", text="?"), *RICH.buttons[1:])},
    ],
)
def test_template_that_says_something_else_is_another(change):
    values = {name: getattr(RICH, name) for name in RICH.__dataclass_fields__}
    assert not FORMAT.says_the_same(make_record(RICH), Template(**{**values, **change}))


def test_named_variables_keep_their_names():
    body = {
        "type": "BODY",
        "text": "Hola {{first_name}}!",
        "example": {
            "body_text_named_params": [{"param_name": "first_name", "example": "Ana"}]
        },
    }
    template, _partial = FORMAT.parse(make_record(components=[body]))
    assert template.variables == (variable("body", "first_name", "Ana", "first_name"),)


@pytest.mark.parametrize(
    "component",
    [
        {"type": "CAROUSEL", "cards": []},
        {"type": "HEADER", "format": "HOLOGRAM"},
        {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Obre"}]},
    ],
)
def test_what_cannot_be_shown_makes_it_partial(component):
    record = make_record()
    record["components"] = [*record["components"], component]
    assert FORMAT.read_state(record).partial


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner)
    ),
    max_leaves=5,
)
NAMES = st.sampled_from(
    "id name language category status components type format text example buttons "
    "url body_text header_text rejected_reason quality_score".split()
)


@given(st.dictionaries(NAMES, JSON), st.lists(st.dictionaries(NAMES, JSON)))
def test_any_record_is_read(record, parts):
    kinds = ("HEADER", "BODY", "FOOTER", "BUTTONS")
    parts = [{**part, "type": kinds[i % 4]} for i, part in enumerate(parts)]
    for given_ in (record, {**record, "components": parts}):
        state = FORMAT.read_state(given_)
        assert isinstance(state, TemplateState) and isinstance(
            state.content, Template | None
        )


# -- asking ---------------------------------------------------------------------------


def submit(*answers, template=None, previous_id=None):
    client = Scripted(*answers)
    state = manager.submit(
        client, make_account(), template or make_template(), previous_id
    )
    return state, client.requests


def listed(*records, following=None):
    paging = {"next": following} if following else {}
    return answer({"templates": list(records), "paging": paging})


def test_decision_that_comes_at_once_is_taken():
    created = answer({"id": ID, "status": "APPROVED", "category": "MARKETING"})
    state, _requests = submit(listed(), created)
    assert (state.status, state.category) == ("approved", "marketing")


@pytest.mark.parametrize("status", ["PENDING", "APPROVED", "REJECTED"])
def test_what_a_lost_answer_left_behind_is_found(status):
    others = [make_record(language="es"), make_record(name="ticket_update_v2", id="2")]
    state, requests = submit(listed(*others, make_record(status=status)))
    assert state.template_id == ID
    assert len(requests) == 1


def test_other_template_of_that_name_is_left_alone():
    body = make_template(body="Una altra cosa {{1}} de {{2}}.")
    with pytest.raises(ErrorAnswer, match="another name"):
        submit(listed(make_record(body)))


def test_what_was_rejected_goes_to_review_again_unchanged():
    rejected = make_record(status="REJECTED")
    _state, requests = submit(answer(rejected), answer(None, 204), previous_id=ID)
    assert [request.method for request in requests] == ["GET", "PUT"]


def test_second_try_after_a_lost_answer_mends_nothing():
    state, requests = submit(answer(make_record(status="PENDING")), previous_id=ID)
    assert (state.status, len(requests)) == ("pending", 1)


def test_what_is_gone_is_created_anew():
    gone = answer({"title": "Not found"}, 404)
    state, requests = submit(gone, listed(), answer({"id": "2"}), previous_id=ID)
    assert state.template_id == "2"
    assert [request.method for request in requests] == ["GET", "GET", "POST"]


def test_created_without_an_id_is_asked_about_again():
    with pytest.raises(NoAnswer):
        submit(listed(), answer({}))


def test_header_without_a_sample_is_not_submitted():
    with pytest.raises(ErrorAnswer, match="sample"):
        submit(listed(), template=make_template(header="image"))


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/templates", "http://api.nexmo.com/x", "//evil", "https://["],
)
def test_next_page_elsewhere_gets_no_credentials(url):
    client = Scripted(listed(following=url))
    with pytest.raises(ForbiddenHost):
        manager.list_states(client, make_account())


def test_failed_deletion_is_told():
    state = TemplateState(template_id=ID, name="x", language="ca", status="approved")
    with pytest.raises(ErrorAnswer):
        manager.delete(Scripted(answer({}, 500)), make_account(), state)
