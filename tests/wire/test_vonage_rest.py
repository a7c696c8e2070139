"""What we ask Vonage besides sending."""

import base64

import pytest
from vonage_kit import APPLICATION, URL, FakeClient, answer, make_account
from vonage_messages.models import ReplyingIndicatorText

from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer
from odoo.addons.whatsapp_connector.wire.items import Media
from odoo.addons.whatsapp_connector_vonage.wire import rest

ADDRESS = f"https://api.nexmo.com/v2/applications/{APPLICATION}"
MESSAGE = "aaaaaaaa-bbbb-4ccc-8ddd-000000000099"


def make_application(**capabilities):
    return {
        "id": APPLICATION,
        "name": "Odoo",
        "keys": {"public_key": make_account().public_key, "private_key": ""},
        "capabilities": {"voice": {"webhooks": {}}, **capabilities},
        "privacy": {"improve_ai": False},
        "_links": {},
    }


def test_application_is_asked_for_by_key_and_secret():
    client = FakeClient(answer(make_application()))
    assert rest.fetch_application(client, make_account())["name"] == "Odoo"
    [request] = client.requests
    assert (request.url, request.auth) == (ADDRESS, ("abcd1234", "s3cret"))


def test_webhooks_are_set_and_all_else_stays():
    old = {"webhooks": {"inbound_url": {"address": "https://old.example"}}, "x": 1}
    client = FakeClient(answer(make_application(messages=old)), answer({}))
    rest.set_webhooks(client, make_account(), URL)
    request = client.requests[1]
    webhook = {"address": URL, "http_method": "POST"}
    assert (request.method, request.url) == ("PUT", ADDRESS)
    assert request.json == {
        "name": "Odoo",
        "privacy": {"improve_ai": False},
        "keys": {"public_key": make_account().public_key},
        "capabilities": {
            "voice": {"webhooks": {}},
            "messages": {
                "x": 1,
                "webhooks": {"inbound_url": webhook, "status_url": webhook},
                "version": "v1",
                "authenticate_inbound_media": True,
            },
        },
    }
    assert rest.get_webhook_urls(request.json) == {
        "inbound_url": URL,
        "status_url": URL,
    }


@pytest.mark.parametrize("capabilities", [{}, {"messages": None}, {"messages": []}])
def test_application_without_webhooks_has_none(capabilities):
    urls = rest.get_webhook_urls(make_application(**capabilities))
    assert set(urls.values()) == {""}


def test_key_of_the_application_is_compared():
    application = make_application()
    assert rest.has_public_key(application, make_account())
    application["keys"]["public_key"] = "-----BEGIN PUBLIC KEY-----\nx\n"
    assert not rest.has_public_key(application, make_account())
    assert not rest.has_public_key({"keys": {"public_key": ""}}, make_account())
    empty = make_account(private_key="")
    assert not rest.has_public_key({"keys": {"public_key": ""}}, empty)


def test_news_about_templates_are_subscribed_to_once():
    client = FakeClient(answer([]), answer({"id": "1"}, 201))
    rest.subscribe(client, make_account(), URL)
    assert client.requests[1].json["webhook"] == {"url": URL}
    listed = answer([{"id": "1", "webhook": {"url": URL}}])
    client = FakeClient(listed)
    rest.subscribe(client, make_account(), URL)
    assert len(client.requests) == 1


def test_message_is_marked_as_read_in_its_region():
    request = rest.build_mark_read(make_account(region="eu"), MESSAGE)
    assert request.method == "PATCH"
    assert request.url == f"https://api-eu.nexmo.com/v1/messages/{MESSAGE}"
    assert request.json == {"status": "read"}


def test_typing_is_told_as_the_sdk_does():
    shown = ReplyingIndicatorText(show=True).model_dump(by_alias=True)
    request = rest.build_mark_read(make_account(), MESSAGE, typing=True)
    assert request.json == {"status": "read", "replying_indicator": shown}


def test_unusable_key_is_an_error_answer():
    with pytest.raises(ErrorAnswer) as error:
        rest.build_mark_read(make_account(private_key="x"), MESSAGE)
    assert error.value.failure.scope == "account"


@pytest.mark.parametrize(
    "response", [answer({}, 401), answer([], 200), answer("x", 200), answer(None, 500)]
)
def test_bad_answer_is_an_error(response):
    with pytest.raises(ErrorAnswer):
        rest.fetch_application(FakeClient(response), make_account())


# -- files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url, is_ours",
    [
        ("https://api-us.nexmo.com/v3/media/1b456509-974c-458b", True),
        ("https://api-eu.vonage.com/v3/media/1b456509", True),
        ("http://api-us.nexmo.com/v3/media/1", False),
        ("https://evil.example/v3/media/1", False),
        ("https://nexmo.com.evil.example/", False),
        ("https://api.nexmo.com@evil.example/", False),
        ("https://evilnexmo.com/", False),
        ("https://[broken", False),
    ],
)
def test_token_goes_to_vonages_hosts_only(url, is_ours):
    request = rest.media_request(make_account(), Media(url=url))
    assert ("Authorization" in request.headers) == is_ours


def test_file_without_an_address_cannot_be_fetched():
    assert rest.media_request(make_account(), Media(media_id="1")) is None


def test_file_is_asked_for_even_if_the_key_is_none():
    media = Media(url="https://api-us.nexmo.com/v3/media/1")
    assert rest.media_request(make_account(private_key=""), media).headers == {}


@pytest.mark.parametrize(
    "host, allowed",
    [
        ("api-us.nexmo.com", True),
        ("api-eu.vonage.com", True),
        ("nexmo.com.evil.example", False),
        ("evilnexmo.com", False),
        ("", False),
    ],
)
def test_hosts_of_files(host, allowed):
    assert rest.is_file_host(host) == allowed


def test_secrets_are_all_named_and_not_shown():
    account = make_account(previous_signature_secret="0ld")
    assert set(account.secrets) == {
        "s3cret",
        account.private_key,
        account.signature_secret,
        "0ld",
    }
    shown = repr(account)
    assert not any(secret in shown for secret in account.secrets)
    assert base64.b64encode(b"abcd1234:s3cret").decode() not in shown
