"""What we ask Meta: files in two steps, set-up, people."""

import pytest
from meta_kit import (
    APP,
    PHONE,
    VERIFY_TOKEN,
    WABA,
    Scripted,
    answer,
    error_answer,
    make_account,
)
from meta_pywa import on_the_wire, pywa

from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer
from odoo.addons.whatsapp_connector.wire.items import Media, Person
from odoo.addons.whatsapp_connector_meta.wire import media, rest
from odoo.addons.whatsapp_connector_meta.wire.parse import OBJECT

HOOK = "https://odoo.example.com/whatsapp/webhook/key"


# -- files ----------------------------------------------------------------------------


@pytest.mark.parametrize("body", [None, [], {}, {"url": []}, {"url": ""}])
def test_answer_without_an_address_leads_nowhere(body):
    request = media.build(make_account(), Media(media_id="7"))
    assert request.follow(answer(body)) is None


# -- people ---------------------------------------------------------------------------


def did(deed, *answers):
    client = Scripted(*(answers or [{"success": True}]))
    deed(client, make_account())
    return [on_the_wire(request) for request in client.requests]


def test_reading_and_typing_are_told_as_an_independent_client_does():
    told = (PHONE, "wamid.I")
    read = rest.build_mark_read(make_account(), *told)
    assert [on_the_wire(read)] == pywa(lambda wa: wa.mark_message_as_read("wamid.I"))
    typed = rest.build_mark_read(make_account(), *told, typing=True)
    assert [on_the_wire(typed)] == pywa(lambda wa: wa.indicate_typing("wamid.I"))


NUMBER = Person(number="+34600111222", wa_id="34600111222", user_id="ES.7")
HIDDEN = Person(user_id="ES.13491208655302741918")


@pytest.mark.parametrize(
    "person, user", [(NUMBER, "34600111222"), (HIDDEN, HIDDEN.user_id)]
)
def test_people_are_blocked_as_an_independent_client_does(person, user):
    assert did(lambda *to: rest.set_blocked(*to, PHONE, person, blocked=True)) == pywa(
        lambda wa: wa.block_users([user])
    )
    assert did(lambda *to: rest.set_blocked(*to, PHONE, person, blocked=False)) == pywa(
        lambda wa: wa.unblock_users([user])
    )


def test_person_who_has_not_written_lately_is_not_blocked_at_meta():
    did(
        lambda *to: rest.set_blocked(*to, PHONE, NUMBER, blocked=True),
        error_answer(139101),
    )


@pytest.mark.parametrize("response", [error_answer(190, 401), error_answer(2, 503)])
def test_fault_of_the_account_is_told_when_blocking(response):
    with pytest.raises(ErrorAnswer):
        did(lambda *to: rest.set_blocked(*to, PHONE, NUMBER, blocked=True), response)


# -- set-up ---------------------------------------------------------------------------


def test_number_is_registered_as_an_independent_client_does():
    assert did(lambda *to: rest.register(*to, PHONE, "012345")) == pywa(
        lambda wa: wa.api.register_phone_number(PHONE, "012345")
    )


def subscription(callback):
    return {"data": [{"object": "page"}, {"object": OBJECT, "callback_url": callback}]}


def test_accounts_address_is_set_as_an_independent_client_does():
    client = Scripted(subscription("https://other.example/"), {"success": True})
    rest.subscribe(client, make_account(), HOOK)
    assert [on_the_wire(client.requests[1])] == pywa(
        lambda wa: wa.api.set_waba_alternate_callback_url(WABA, HOOK, VERIFY_TOKEN)
    )


def apps(**values):
    return {"data": [{"whatsapp_business_api_data": {"id": APP}, **values}]}


@pytest.mark.parametrize(
    "answers, found",
    [
        ([apps(override_callback_uri=HOOK)], HOOK),
        ([apps(), subscription(HOOK)], HOOK),
        ([apps(), {"data": []}], ""),
        ([{"data": [{"whatsapp_business_api_data": {"id": "1"}}]}], None),
        ([{"data": []}], None),
    ],
)
def test_where_messages_are_posted(answers, found):
    assert rest.find_callback(Scripted(*answers), make_account()) == found


def test_error_answer_tells_what_is_wrong():
    with pytest.raises(ErrorAnswer) as error:
        rest.fetch_waba(Scripted(error_answer(190, 401)), make_account())
    assert error.value.failure.scope == "account"
    with pytest.raises(ErrorAnswer):
        rest.fetch_waba(Scripted(answer(["junk"])), make_account())
