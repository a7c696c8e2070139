"""Templates as Meta's components: built as an independent client does, and read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meta_kit import APP, GRAPH, WABA, Scripted, answer, error_answer, make_account
from meta_pywa import normal, pywa
from pywa.types import templates as pywa_templates
from pywa.types.templates import TemplateCategory, TemplateLanguage

from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer, NoAnswer
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMedia
from odoo.addons.whatsapp_connector.wire.template import (
    STATUSES,
    Template,
    TemplateButton,
    TemplateState,
    TemplateVariable,
)
from odoo.addons.whatsapp_connector_meta.wire import approval, content

CATALAN = TemplateLanguage.CATALAN
UTILITY = TemplateCategory.UTILITY


def variable(place, name, sample, key=""):
    return TemplateVariable(place=place, name=name, sample=sample, key=key)


def make_template(**values):
    return Template(
        **{
            "name": "order_shipped",
            "language": "ca",
            "category": "utility",
            "body": "Hola {{1}}, la comanda {{2}} ja surt.",
            "variables": (
                variable("body", "1", "Anna"),
                variable("body", "2", "S0042"),
            ),
            **values,
        }
    )


PLAIN = make_template()
WORDS = make_template(
    body="Hola {{who}}, ja surt.", variables=(variable("body", "who", "Anna"),)
)
FULL = make_template(
    header="text",
    header_text="Comanda {{1}}",
    footer="Adéu",
    buttons=(
        TemplateButton(kind="quick_reply", text="On és?"),
        TemplateButton(kind="url", text="Veure", url="https://x.example/{{1}}"),
        TemplateButton(kind="phone", text="Truca", phone="+34931234567"),
        TemplateButton(kind="copy_code", code="SAVE10"),
    ),
    variables=(
        variable("header", "1", "S0042"),
        variable("body", "1", "Anna"),
        variable("body", "2", "S0042"),
        variable("button:1", "1", "S1"),
    ),
)
PICTURE = make_template(
    header="image",
    header_media=OutboundMedia(
        kind="image",
        url="https://odoo.example.com/x",
        mimetype="image/png",
        filename="p.png",
        size=3,
        read=lambda: b"abc",
    ),
)
CODE = make_template(
    name="code",
    category="authentication",
    body="{{1}}",
    buttons=(TemplateButton(kind="copy_code", text="Copia"),),
    variables=(variable("body", "1", ""),),
    code_minutes=5,
    security_advice=True,
)
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


INTENTS = {
    "body": (PLAIN, create(BODY)),
    "words": (
        WORDS,
        create(
            pywa_templates.BodyText("Hola {{who}}, ja surt.", who="Anna"),
            parameter_format=pywa_templates.ParamFormat.NAMED,
        ),
    ),
    "all parts": (
        FULL,
        create(
            pywa_templates.HeaderText("Comanda {{1}}", "S0042"),
            BODY,
            pywa_templates.FooterText(text="Adéu"),
            pywa_templates.Buttons(
                buttons=[
                    pywa_templates.QuickReplyButton(text="On és?"),
                    pywa_templates.URLButton(
                        text="Veure",
                        url="https://x.example/{{1}}",
                        example="https://x.example/S1",
                    ),
                    pywa_templates.PhoneNumberButton(
                        text="Truca", phone_number="+34931234567"
                    ),
                    pywa_templates.CopyCodeButton(example="SAVE10"),
                ]
            ),
        ),
    ),
    "picture": (
        PICTURE,
        create(pywa_templates.HeaderImage(b"abc", mime_type="image/png"), BODY),
    ),
    "one-time code": (
        CODE,
        create(
            pywa_templates.AuthenticationBody(add_security_recommendation=True),
            pywa_templates.AuthenticationFooter(code_expiration_minutes=5),
            pywa_templates.Buttons(
                buttons=[pywa_templates.CopyCodeOTPButton(text="Copia")]
            ),
            name="code",
            category=TemplateCategory.AUTHENTICATION,
        ),
    ),
}


@pytest.mark.parametrize("template, intent", INTENTS.values(), ids=INTENTS)
def test_request_is_what_an_independent_client_sends(template, intent):
    client = Scripted({"data": []}, *_upload_answers(template), CREATED)
    approval.submit(client, make_account(), template)
    ours = normal(client.requests[-1].json)
    assert ours.pop("parameter_format", "positional") in ("positional", "named")
    theirs = pywa(intent)[-1][-1]
    theirs.pop("parameter_format", None)
    assert ours == theirs


CREATED = {"id": "7", "status": "PENDING", "category": "UTILITY"}


def _upload_answers(template):
    if not template.header_media:
        return []
    return [{"id": "upload:abc?sig=x"}, {"h": "4:handle"}]


def test_words_and_numbers_together_are_numbered():
    mixed = make_template(
        body="Hola {{who}}, la comanda {{1}} ja surt, {{who}}!",
        variables=(variable("body", "who", "Anna"), variable("body", "1", "S0042")),
    )
    built = content.build(mixed)
    assert built["parameter_format"] == "positional"
    [body] = built["components"]
    assert body["text"] == "Hola {{1}}, la comanda {{2}} ja surt, {{1}}!"
    assert body["example"] == {"body_text": [["Anna", "S0042"]]}


def test_new_version_is_a_template_of_its_own():
    assert content.build(replace(PLAIN, version=3))["name"] == "order_shipped_v3"


# -- reading --------------------------------------------------------------------------


def record_of(template, **values):
    """What Meta would list of ``template``."""
    return {"id": "7", "status": "APPROVED", **content.build(template), **values}


ROUND_TRIPS = {
    "body": PLAIN,
    "words": replace(WORDS, variables=(variable("body", "who", "Anna", "who"),)),
    "all parts": FULL,
    "place": make_template(header="location"),
    "one-time code": CODE,
}


@pytest.mark.parametrize("template", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_what_was_built_is_read_back(template):
    state = content.read_state(record_of(template))
    assert state.content == template
    assert not state.partial
    assert content.says_the_same(record_of(template), template)


def test_other_words_are_not_the_same():
    record = record_of(FULL)
    for changed in (
        replace(FULL, body=FULL.body + "!"),
        replace(FULL, header_text="Encàrrec {{1}}"),
        replace(FULL, footer=""),
        replace(FULL, buttons=FULL.buttons[:3]),
        PLAIN,
    ):
        assert not content.says_the_same(record, changed)


@pytest.mark.parametrize("word, ours", content.STATUSES.items())
def test_state(word, ours):
    state = content.read_state(record_of(PLAIN, status=word))
    assert state.status == ours and ours in STATUSES


def test_unfamiliar_state_stays_metas_word():
    assert content.read_state(record_of(PLAIN, status="ARCHIVED")).status == "ARCHIVED"


def test_state_has_category_quality_and_reason():
    record = record_of(
        PLAIN,
        status="REJECTED",
        category="MARKETING",
        quality_score={"score": "RED"},
        rejected_reason="PROMOTIONAL",
        language="ca",
    )
    assert replace(content.read_state(record), content=None) == TemplateState(
        template_id="7",
        name="order_shipped",
        language="ca",
        status="rejected",
        category="marketing",
        quality="red",
        reason="PROMOTIONAL",
    )


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
    state = content.read_state(record)
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
    assert content.read_state(record).template_id == "7"
    assert content.says_the_same(record, PLAIN) in (True, False)


# -- handing in -----------------------------------------------------------------------


def submit(client, template=PLAIN, previous_id=None):
    return approval.submit(client, make_account(), template, previous_id)


def paths(client):
    return [(r.method, r.url.removeprefix(f"{GRAPH}/")) for r in client.requests]


LIST = ("GET", f"{WABA}/message_templates")
CREATE = ("POST", f"{WABA}/message_templates")


def test_new_template_is_created():
    client = Scripted({"data": []}, {**CREATED, "category": "MARKETING"})
    state = submit(client)
    assert paths(client) == [LIST, CREATE]
    assert (state.template_id, state.status, state.name) == ("7", "pending", PLAIN.name)
    assert state.category == "marketing"


def test_sample_is_uploaded_first():
    client = Scripted({"data": []}, *_upload_answers(PICTURE), CREATED)
    submit(client, PICTURE)
    assert paths(client) == [
        LIST,
        ("POST", f"{APP}/uploads"),
        ("POST", "upload:abc?sig=x"),
        CREATE,
    ]
    announced, upload = client.requests[1:3]
    assert dict(announced.params) | {"appsecret_proof": ""} == {
        "file_name": "p.png",
        "file_length": "3",
        "file_type": "image/png",
        "appsecret_proof": "",
    }
    assert (upload.data, upload.headers["file_offset"]) == (b"abc", "0")
    [header, _body] = client.requests[3].json["components"]
    assert header["example"] == {"header_handle": ["4:handle"]}


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


def test_what_a_lost_answer_created_is_found():
    client = Scripted({"data": [record_of(PLAIN, status="PENDING")]})
    assert submit(client).template_id == "7"
    assert paths(client) == [LIST]


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


def test_rejected_one_is_mended_in_its_place():
    rejected = record_of(replace(PLAIN, body="Dolent."), status="REJECTED")
    client = Scripted(rejected, {"success": True})
    state = submit(client, previous_id="7")
    assert paths(client) == [("GET", "7"), ("POST", "7")]
    assert list(client.requests[1].json) == ["components"]
    assert (state.template_id, state.status) == ("7", "pending")
    assert state.content.body == PLAIN.body


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


@pytest.mark.parametrize("code, subcode", [(100, 2388299), (100, 2388024), (190, None)])
def test_refusal_is_told_in_words(code, subcode):
    client = Scripted({"data": []}, error_answer(code, error_subcode=subcode))
    with pytest.raises(ErrorAnswer) as error:
        submit(client)
    assert error.value.failure.code == str(subcode or code)
    assert not error.value.temporary


def test_creation_without_an_id_is_asked_again():
    with pytest.raises(NoAnswer):
        submit(Scripted({"data": []}, {"status": "PENDING"}))


# -- listing and deleting -------------------------------------------------------------


def page(records, after=None):
    paging = {"cursors": {"before": "x", "after": after or "last"}}
    if after:
        paging["next"] = f"https://evil.example/?access_token=x&after={after}"
    return {"data": records, "paging": paging}


def test_list_goes_on_to_its_last_page():
    client = Scripted(
        page([record_of(PLAIN)], "A"),
        page([record_of(FULL, id="8"), "junk"], "B"),
        page([record_of(CODE, id="9")]),
    )
    states = approval.list_states(client, make_account())
    assert [state.template_id for state in states] == ["7", "8", "9"]
    assert [dict(r.params).get("after") for r in client.requests] == [None, "A", "B"]
    # Where the next page is said to be doesn't count: the token stays at home.
    assert {r.url for r in client.requests} == {f"{GRAPH}/{WABA}/message_templates"}


def test_one_language_is_deleted():
    client = Scripted({"success": True})
    approval.delete(client, make_account(), content.read_state(record_of(PLAIN)))
    [request] = client.requests
    assert request.method == "DELETE"
    assert dict(request.params)["name"] == "order_shipped"
    assert dict(request.params)["hsm_id"] == "7"


def test_what_is_gone_is_deleted():
    client = Scripted(answer(404, {"error": {"code": 100, "message": "Gone"}}))
    approval.delete(client, make_account(), content.read_state(record_of(PLAIN)))


def test_refused_deletion_is_told():
    with pytest.raises(ErrorAnswer):
        approval.delete(
            Scripted(error_answer(100)),
            make_account(),
            content.read_state(record_of(PLAIN)),
        )
