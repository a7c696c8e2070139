"""What each provider is asked to send: exact requests, true capabilities, answers."""

import json
from dataclasses import replace

from conformance_kit import OK, each
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.tests.conformance.intents import (
    MESSAGES,
    PICTURE,
    QUOTED,
    REFUSED,
    make_media,
    make_outbound,
)
from odoo.addons.whatsapp_connector.tests.conformance.required import OUTCOMES
from odoo.addons.whatsapp_connector.tests.conformance.rows import ANSWERS, REFUSALS
from odoo.addons.whatsapp_connector.tests.conformance.wire import SENTENCE, Asked
from odoo.addons.whatsapp_connector.wire.http import HttpRequest, HttpResponse, triage
from odoo.addons.whatsapp_connector.wire.items import MEDIA_KINDS, Location
from odoo.addons.whatsapp_connector.wire.outbound import (
    Accepted,
    Button,
    ListRow,
    OutcomeUnknown,
    Refused,
    TryLater,
)


def build(wire, outbound):
    return wire.build(outbound, wire.account)


def build_all(wire, outbound):
    """All requests that send ``outbound``, in order."""
    request = build(wire, outbound)
    assert isinstance(request, HttpRequest), request
    requests = [request]
    if request.follow:
        requests.append(request.follow(wire.prepared))
    return requests


def is_refused(wire, outbound):
    result = build(wire, outbound)
    if not isinstance(result, Refused):
        return False
    assert result.failure.sentence == SENTENCE
    assert result.failure.code
    return True


def is_offered(wire, name):
    """A template made elsewhere may have what can't be submitted through here."""
    needed = MESSAGES[name].needs(wire.capabilities)
    is_template = MESSAGES[name].values.get("kind") == "template"
    is_offered = needed or (is_template and name in wire.sends)
    return is_offered and name not in wire.not_offered


# -- requests -------------------------------------------------------------------------


@each(lambda wire, name: MESSAGES[name].row, lambda wire: MESSAGES)
def test_message_is_exactly_this_request_or_is_refused(wire, name):
    outbound = MESSAGES[name].get_outbound(wire)
    assert (name in wire.sends) == is_offered(wire, name)
    if is_offered(wire, name):
        requests = build_all(wire, outbound)
        assert tuple(map(Asked.of, requests)) == wire.sends[name]
        for request in requests:
            check_credentials(wire, request)
    elif outbound.quoted_id:
        # Whoever can't quote says the same without.
        plain = replace(outbound, quoted_id=None)
        assert Asked.of(build(wire, outbound)) == Asked.of(build(wire, plain))
    else:
        assert is_refused(wire, outbound)


def check_credentials(wire, request):
    """They prove that it is ours, and stand nowhere but where they belong."""
    assert wire.is_authorized(request)
    shown = json.dumps(
        [request.url, request.params, request.form, request.json],
        ensure_ascii=False,
    )
    assert not any(secret in shown for secret in wire.account.secrets)
    assert request.url.startswith("https://")


# -- capabilities ---------------------------------------------------------------------


@each(REFUSALS, lambda wire: REFUSED)
def test_what_nobody_can_send_is_refused(wire, name):
    outbound = REFUSED[name].get_outbound(wire)
    assert is_refused(wire, outbound) != (name in wire.not_offered)


@each("Send files", lambda wire: MEDIA_KINDS)
def test_every_declared_type_of_file_is_built_and_has_a_limit(wire, name):
    can = wire.capabilities
    types = can.media_kinds.get(name, ())
    for mimetype in types:
        media = make_media(name, mimetype, "f", voice=name == "voice")
        assert build_all(wire, make_outbound(wire, name, media=media))
    assert (can.media_limit.get(name, 0) > 0) == bool(types)
    if not types:
        assert is_refused(wire, make_outbound(wire, name, media=PICTURE))


@each("Quote", lambda wire: (*wire.capabilities.media_kinds, "text", "location"))
def test_kinds_that_are_declared_to_quote_do_and_no_others(wire, name):
    can = wire.capabilities
    types = can.media_kinds.get(name)
    values = {"media": make_media(name, types[0], "f")} if types else {}
    if name == "location":
        values = {"location": Location(latitude=41.4, longitude=2.17)}
    requests = build_all(wire, make_outbound(wire, name, quoted_id=QUOTED, **values))
    quotes = any(QUOTED in json.dumps([r.json, r.form]) for r in requests)
    assert quotes == (can.quoting and name in (can.quoting_kinds or [name]))


@each(REFUSALS)
def test_file_of_a_template_may_move_unless_it_is_declared_to_stay(wire):
    outbound = MESSAGES["template with a picture"].get_outbound(wire)
    requests = build_all(wire, outbound)
    sent = json.dumps([[r.json, r.form] for r in requests])
    named = outbound.template.header_media.url in sent
    assert named != wire.capabilities.template_files_stay


@each(REFUSALS)
def test_time_of_sending_is_told_or_can_be_asked_for(wire):
    assert ("time of sending" in wire.not_offered) == wire.capabilities.look_up_time


@each(REFUSALS, lambda wire: wire.capabilities.media_kinds)
def test_caption_is_sent_up_to_its_limit_or_refused(wire, name):
    can = wire.capabilities
    mimetype = can.media_kinds[name][0]
    outbound = make_outbound(wire, name, media=make_media(name, mimetype, "f"))
    longest = replace(outbound, text="x" * can.caption_limit)
    assert is_refused(wire, longest) == (name not in can.caption_kinds)
    assert is_refused(wire, replace(outbound, text="x" * (can.caption_limit + 1)))


@each(REFUSALS)
def test_text_is_sent_up_to_its_limit(wire):
    limit = wire.capabilities.text_limit
    assert build_all(wire, make_outbound(wire, text="x" * limit))
    assert is_refused(wire, make_outbound(wire, text="x" * (limit + 1)))


@each(REFUSALS)
def test_as_many_buttons_and_rows_as_declared_are_built(wire):
    can = wire.capabilities
    buttons = [Button(title=f"B{n}", payload=str(n)) for n in range(can.buttons)]
    rows = [ListRow(title=f"R{n}", payload=str(n)) for n in range(can.list_rows)]
    for kind, values in (
        ("buttons", {"buttons": tuple(buttons)}),
        ("list", {"rows": tuple(rows), "list_label": "Tria"}),
    ):
        outbound = make_outbound(wire, kind, text="Quan?", **values)
        if any(values.values()):
            requests = build_all(wire, outbound)
            sent = json.dumps([r.json for r in requests], ensure_ascii=False)
            for choice in (*outbound.buttons, *outbound.rows):
                assert f'"{choice.title}"' in sent
        else:
            assert is_refused(wire, outbound)


# -- answers --------------------------------------------------------------------------


@each(ANSWERS, lambda wire: wire.answers)
def test_answer_means_exactly_this(wire, name):
    response, result = wire.answers[name]
    assert read(wire, response) == result


def read(wire, response):
    """What an answer means: the base knows 429 and 5xx, the provider the others."""
    result = triage(response)
    return wire.read(result) if isinstance(result, HttpResponse) else result


@each(ANSWERS, lambda wire: OUTCOMES)
def test_outcome_is_shown_or_not_offered_for_a_reason(wire, name):
    shown = any(OUTCOMES[name].is_it(result) for _r, result in wire.answers.values())
    assert shown != (name in wire.not_offered)


BODIES = (b"", b"<html>", b"null", b"[]", b"{}", b'"x"', b"\xff", b"[" * 9999)


@each(ANSWERS)
def test_good_answer_without_an_id_leaves_the_outcome_unknown(wire):
    for body in BODIES:
        result = wire.read(HttpResponse(status=200, body=body))
        assert isinstance(result, OutcomeUnknown)
        assert result.failure.sentence == SENTENCE


@each(ANSWERS)
def test_status_speaks_where_there_is_no_code(wire):
    for body in BODIES:
        for status in (401, 403):
            result = wire.read(HttpResponse(status=status, body=body))
            assert isinstance(result, Refused) and result.failure.scope == "account"
        result = wire.read(HttpResponse(status=418, body=body))
        assert isinstance(result, Refused) and result.failure.code == "418"


@each(ANSWERS)
@given(
    status=st.integers(200, 499),
    body=st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "error", "code", "errors", "messages", "message"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode()),
)
def test_any_answer_has_a_result_and_a_sentence(wire, status, body):
    result = wire.read(HttpResponse(status=status, body=body))
    if isinstance(result, Accepted):
        assert 200 <= status < 300 and result.provider_id
    else:
        assert isinstance(result, (Refused, TryLater, OutcomeUnknown))
        assert result.failure.sentence == SENTENCE and result.failure.code


@each(ANSWERS, lambda wire: [name for name in wire.sends if len(wire.sends[name]) > 1])
def test_preparing_step_that_failed_sends_nothing(wire, name):
    request = build(wire, MESSAGES[name].get_outbound(wire))
    assert isinstance(request.follow(OK), (Refused, TryLater))
