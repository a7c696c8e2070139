"""What we ask Meta: files in two steps, set-up, people."""

import pytest
from meta_kit import (
    APP,
    GRAPH,
    PHONE,
    PROOF,
    SECRET,
    TOKEN,
    VERIFY_TOKEN,
    WABA,
    Scripted,
    answer,
    error_answer,
    make_account,
)
from meta_pywa import on_the_wire, pywa

from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer, HttpRequest
from odoo.addons.whatsapp_connector.wire.items import Media, Person
from odoo.addons.whatsapp_connector_meta.wire import media, rest
from odoo.addons.whatsapp_connector_meta.wire.parse import OBJECT

BEARER = {"Authorization": f"Bearer {TOKEN}"}
AS_APP = {"Authorization": f"Bearer {APP}|{SECRET}"}
LOOKASIDE = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=7"
HOOK = "https://odoo.example.com/whatsapp/webhook/key"


# -- files ----------------------------------------------------------------------------


def test_file_is_asked_for_by_its_id_then_fetched():
    request = media.build(
        make_account(), Media(media_id="7", url="https://old.example")
    )
    assert (request.url, request.headers) == (f"{GRAPH}/7", BEARER)
    following = request.follow(answer(200, {"url": LOOKASIDE}))
    assert following == HttpRequest(method="GET", url=LOOKASIDE, headers=BEARER)


@pytest.mark.parametrize("body", [None, [], {}, {"url": []}, {"url": ""}])
def test_answer_without_an_address_leads_nowhere(body):
    request = media.build(make_account(), Media(media_id="7"))
    assert request.follow(answer(200, body)) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/?x=lookaside.fbsbx.com",
        "https://lookaside.fbsbx.com.evil.example/",
        "https://fbsbx.com@evil.example/",
        "http://lookaside.fbsbx.com/",
        "https://evilfbsbx.com/",
        "https://[",
    ],
)
def test_token_goes_to_metas_hosts_only(url):
    request = media.build(make_account(), Media(media_id="7"))
    following = request.follow(answer(200, {"url": url}))
    assert following.headers == {}


def test_file_without_an_id_is_fetched_where_it_is():
    request = media.build(make_account(), Media(url=LOOKASIDE))
    assert (request.url, request.headers, request.follow) == (LOOKASIDE, BEARER, None)
    assert media.build(make_account(), Media()) is None


@pytest.mark.parametrize(
    "media_id", ["../me", "7/../../oauth", "7?fields=x", "7#", "%2e%2e"]
)
def test_id_stays_one_part_of_the_address(media_id):
    url = media.build(make_account(), Media(media_id=media_id)).url
    rest_of_it = url.removeprefix(f"{GRAPH}/")
    assert url.startswith(f"{GRAPH}/")
    assert not set("/?#") & set(rest_of_it)


@pytest.mark.parametrize(
    "host, ours",
    [
        ("graph.facebook.com", True),
        ("lookaside.fbsbx.com", True),
        ("facebook.com", False),
        ("fbsbx.com.evil.example", False),
        ("", False),
    ],
)
def test_hosts_of_files(host, ours):
    assert media.is_file_host(host) is ours


# -- people ---------------------------------------------------------------------------


def did(deed, *answers):
    client = Scripted(*(answers or [{"success": True}]))
    deed(client, make_account())
    return [on_the_wire(request) for request in client.requests]


def test_reading_and_typing_are_told_as_an_independent_client_does():
    assert did(lambda *to: rest.mark_read(*to, PHONE, "wamid.I")) == pywa(
        lambda wa: wa.mark_message_as_read("wamid.I")
    )
    assert did(lambda *to: rest.mark_read(*to, PHONE, "wamid.I", typing=True)) == pywa(
        lambda wa: wa.indicate_typing("wamid.I")
    )


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


def subscription(callback):
    return {"data": [{"object": "page"}, {"object": OBJECT, "callback_url": callback}]}


@pytest.mark.parametrize("known", [{"data": []}, subscription(HOOK)])
def test_app_and_account_are_told_our_address(known):
    client = Scripted(known, {"success": True}, {"success": True})
    rest.subscribe(client, make_account(), HOOK)
    look, app, waba = client.requests
    assert (look.url, look.headers) == (f"{GRAPH}/{APP}/subscriptions", AS_APP)
    assert (app.url, app.headers) == (f"{GRAPH}/{APP}/subscriptions", AS_APP)
    assert app.json["callback_url"] == HOOK
    assert app.json["verify_token"] == VERIFY_TOKEN
    assert "messages" in app.json["fields"].split(",")
    assert (waba.url, waba.headers) == (f"{GRAPH}/{WABA}/subscribed_apps", BEARER)
    assert waba.params == (("appsecret_proof", PROOF),)
    assert waba.json == {"override_callback_uri": HOOK, "verify_token": VERIFY_TOKEN}


def test_address_of_another_system_stays_the_apps():
    client = Scripted(subscription("https://other.example/"), {"success": True})
    rest.subscribe(client, make_account(), HOOK)
    assert [r.method for r in client.requests] == ["GET", "POST"]
    assert client.requests[1].url == f"{GRAPH}/{WABA}/subscribed_apps"


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
        rest.fetch_waba(Scripted(answer(200, ["junk"])), make_account())
