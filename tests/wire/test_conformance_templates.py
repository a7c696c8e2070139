"""Templates at each provider: handed in, listed, deleted."""

from dataclasses import replace

import pytest
from conformance_kit import Scripted, each

from odoo.addons.whatsapp_connector.tests.conformance.intents import (
    PLAIN,
    TEMPLATES,
)
from odoo.addons.whatsapp_connector.tests.conformance.required import DEEDS
from odoo.addons.whatsapp_connector.tests.conformance.rows import STATES, SUBMITTING
from odoo.addons.whatsapp_connector.tests.conformance.wire import SENTENCE, Asked
from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer
from odoo.addons.whatsapp_connector.wire.template import STATUSES, fill
from odoo.addons.whatsapp_connector.wire.template_rules import check


def run(wire, deed, exchanges):
    """Do ``deed`` with a client that is answered as scripted; gives what comes of it.

    All that is expected is asked, nothing else, and all of it is ours.
    """
    client = Scripted(*(answer for _asked, answer in exchanges))
    try:
        return deed(client)
    finally:
        assert list(map(Asked.of, client.requests)) == [a for a, _answer in exchanges]
        assert all(map(wire.is_authorized, client.requests))


# -- deeds ----------------------------------------------------------------------------


def get_duty_row(wire, name):
    return DEEDS[name].row


def must_do(wire, name):
    return DEEDS[name].needs(wire.capabilities) and name not in wire.not_offered


@each(get_duty_row, lambda wire: DEEDS)
def test_deed_is_done_exactly_so_if_it_is_declared(wire, name):
    assert (name in wire.deeds) == must_do(wire, name)
    if not must_do(wire, name):
        return
    deed = wire.deeds[name]
    if not deed.refused:
        assert run(wire, deed.do, deed.exchanges) == deed.result
        return
    with pytest.raises(ErrorAnswer) as error:
        run(wire, deed.do, deed.exchanges)
    assert error.value.failure.code == deed.refused
    assert error.value.failure.sentence == SENTENCE
    assert not error.value.temporary


# -- submitting -----------------------------------------------------------------------


def is_offered(wire, name):
    needed = TEMPLATES[name].needs(wire.capabilities)
    return needed and name not in wire.not_offered


@each(SUBMITTING, lambda wire: TEMPLATES)
def test_template_is_created_exactly_so_or_refused_by_the_rules(wire, name):
    template = TEMPLATES[name].template
    assert (name in wire.templates.submissions) == is_offered(wire, name)
    if not is_offered(wire, name):
        problems = check(template, wire.capabilities)
        assert any(problem.severity == "error" for problem in problems)
        return
    state = run(
        wire,
        lambda client: wire.templates.submit(client, wire.account, template, None),
        wire.templates.submissions[name],
    )
    assert state.template_id
    assert (state.status, state.language) == ("pending", template.language)


# -- listing --------------------------------------------------------------------------


def list_one(wire, template, word):
    client = Scripted(*wire.templates.listing(template, word))
    [state] = wire.templates.list_states(client, wire.account)
    assert all(map(wire.is_authorized, client.requests))
    return state


@each(STATES, lambda wire: wire.templates.states)
def test_state_is_in_the_bases_words(wire, name):
    state = list_one(wire, TEMPLATES["numbers"].template, name)
    assert state.status == wire.templates.states[name]
    assert state.status in STATUSES


@each(STATES)
def test_states_that_matter_are_told(wire):
    known = set(wire.templates.states.values())
    missing = {s for s in STATUSES if f"state {s}" in wire.not_offered}
    assert known | missing == set(STATUSES) and not known & missing


@each(STATES)
def test_state_of_tomorrow_stays_the_providers_word(wire):
    state = list_one(wire, TEMPLATES["numbers"].template, "ARCHIVED")
    assert state.status.upper() == "ARCHIVED"


@each(STATES, lambda wire: wire.templates.submissions)
def test_what_was_submitted_is_read_back(wire, name):
    template = TEMPLATES[name].template
    approved = next(w for w, s in wire.templates.states.items() if s == "approved")
    state = list_one(wire, template, approved)
    assert not state.partial
    assert state.category == template.category
    lost = (*ALWAYS_LOST, *wire.templates.lost)
    assert get_essence(state.content, lost) == get_essence(template, lost)


#: A file's sample, the name of a version, and what comes back with a tap.
ALWAYS_LOST = ("header_media", "name", "version", "buttons.payload", "variables.key")


def get_essence(template, lost):
    """``template`` without what got ``lost``, its variables named by numbers."""
    numbers = {}
    for variable in template.variables:
        names = numbers.setdefault(variable.place, {})
        names[variable.name] = f"{{{{{len(names) + 1}}}}}"
    values = {
        "header_text": fill(template.header_text, numbers.get("header", {})),
        "body": fill(template.body, numbers.get("body", {})),
        "variables": tuple(
            replace(each, name=numbers[each.place][each.name])
            for each in template.variables
        ),
        # WhatsApp has a text of its own for it, except where the code isn't known yet.
        "buttons": tuple(
            replace(
                button,
                text="" if button.code else button.text,
                url=fill(button.url, numbers.get(f"button:{position}", {})),
            )
            for position, button in enumerate(template.buttons)
        ),
    }
    template = replace(template, **values)
    for part in lost:
        template = without(template, *part.partition(".")[::2])
    return template


def without(template, part, inner):
    """``template`` without one of its parts, or without one of all their parts."""
    value = getattr(PLAIN, part)
    if inner:
        value = tuple(replace(e, **{inner: ""}) for e in getattr(template, part))
    return replace(template, **{part: value})
