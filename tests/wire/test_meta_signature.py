"""Meta's handshake and signature: what is accepted, and all that isn't."""

import json

import pytest
from meta_kit import PROOF, SECRET, VERIFY_TOKEN, make_account
from pywa import utils

from odoo.addons.whatsapp_connector.tests.conformance.wire import URL
from odoo.addons.whatsapp_connector.wire.webhook import (
    InvalidSignature,
    WebhookReply,
    WebhookRequest,
)
from odoo.addons.whatsapp_connector_meta.wire import signature

# A body as Meta writes it, and its signature by openssl.
BODY = (
    rb'{"object":"whatsapp_business_account","entry":[{"id":"102290129340398",'
    rb'"changes":[{"value":{"messaging_product":"whatsapp","metadata":'
    rb'{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},'
    rb'"contacts":[{"profile":{"name":"Jos\u00e9"},"wa_id":"16505551234"}],"messages":'
    rb'[{"from":"16505551234","id":"wamid.TEST1","timestamp":"1750000000",'
    rb'"type":"text","text":{"body":"Ol\u00e1 \ud83d\udc4b"}}]},"field":"messages"}]}]}'
)
SIGNATURE = "sha256=a6db0c0baa35f0fca6cda8df7c84401fdb0865c9b11183197bcf00f45d5c9c9d"
RAW = json.dumps(json.loads(BODY), ensure_ascii=False).encode()


def signed(body=BODY, header=SIGNATURE):
    headers = {signature.SIGNATURE: header}
    return WebhookRequest(method="POST", url=URL, headers=headers, body=body)


def is_accepted(request):
    try:
        signature.verify(request, make_account())
    except InvalidSignature:
        return False
    return True


def test_known_body_and_signature():
    assert len(BODY) == 435
    assert is_accepted(signed())
    assert not is_accepted(signed(RAW)) and not is_accepted(signed(BODY + b" "))
    assert signature.compute(SECRET, BODY) == SIGNATURE


@pytest.mark.parametrize("body", [BODY, RAW, b"", "Olá 👋".encode()])
def test_signature_agrees_with_an_independent_library(body):
    header = signature.compute(SECRET, body)
    assert is_accepted(signed(body, header))
    assert utils.webhook_updates_validator(SECRET, body, header)


@pytest.mark.parametrize(
    "header",
    [
        "sha256=",
        SIGNATURE.removeprefix("sha256="),
        SIGNATURE.upper(),
        SIGNATURE.replace("sha256", "sha1"),
    ],
)
def test_signature_in_another_form_is_refused(header):
    assert not is_accepted(signed(header=header))


# -- handshake ------------------------------------------------------------------------


def ask(query, method="GET", **account):
    request = WebhookRequest(method=method, url=f"{URL}?{query}")
    return signature.shake_hands(request, make_account(**account))


def test_challenge_is_given_back():
    query = f"hub.mode=subscribe&hub.challenge=115820&hub.verify_token={VERIFY_TOKEN}"
    assert ask(query) == WebhookReply(body="115820")


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={VERIFY_TOKEN}x",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "hub.mode=subscribe&hub.challenge=1",
        f"hub.mode=unsubscribe&hub.challenge=1&hub.verify_token={VERIFY_TOKEN}",
        f"hub.challenge=1&hub.verify_token={VERIFY_TOKEN}",
        "hub.mode=subscribe&hub.verify_token=%ff%00",
    ],
)
def test_stranger_gets_no_challenge(query):
    with pytest.raises(InvalidSignature):
        ask(query)


def test_without_a_verify_token_nobody_gets_a_challenge():
    with pytest.raises(InvalidSignature):
        ask("hub.mode=subscribe&hub.challenge=1&hub.verify_token=", verify_token="")


def test_post_is_no_handshake():
    assert ask("hub.mode=subscribe", method="POST") is None


# -- credentials ----------------------------------------------------------------------


def test_proof_of_the_app_secret():
    assert make_account().proof == (("appsecret_proof", PROOF),)
    assert make_account(app_secret="").proof == ()
