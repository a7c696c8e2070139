"""What we ask Vonage besides sending."""

import pytest
from conformance_kit import Scripted
from vonage_kit import APPLICATION, answer, make_account
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
        rest.fetch_application(Scripted(response), make_account())


# -- files ----------------------------------------------------------------------------


def test_file_is_asked_for_even_if_the_key_is_none():
    media = Media(url="https://api-us.nexmo.com/v3/media/1")
    assert rest.media_request(make_account(private_key=""), media).headers == {}
