"""Meta's handshake and signature: what is accepted, and all that isn't."""

import json
from dataclasses import replace

import pytest
from meta_kit import PROOF, SECRET, URL, VERIFY_TOKEN, make_account, webhook
from pywa import utils

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
    headers = {} if header is None else {signature.SIGNATURE: header}
    return WebhookRequest(method="POST", url=URL, headers=headers, body=body)


def is_accepted(request, **account):
    try:
        signature.verify(request, make_account(**account))
    except InvalidSignature:
        return False
    return True


def test_known_body_and_signature():
    assert len(BODY) == 435
    assert is_accepted(signed())
    assert signature.compute(SECRET, BODY) == SIGNATURE


@pytest.mark.parametrize("body", [BODY, RAW, b"", "Olá 👋".encode()])
def test_signature_agrees_with_an_independent_library(body):
    header = signature.compute(SECRET, body)
    assert is_accepted(signed(body, header))
    assert utils.webhook_updates_validator(SECRET, body, header)


@pytest.mark.parametrize(
    "request_",
    [
        signed(BODY + b" "),
        signed(RAW),
        signed(BODY.replace(b"TEST1", b"TEST2")),
        signed(header=None),
        signed(header=""),
        signed(header="sha256="),
        signed(header=SIGNATURE.removeprefix("sha256=")),
        signed(header=SIGNATURE.upper()),
        signed(header=SIGNATURE.replace("sha256", "sha1")),
        signed(header=SIGNATURE + "é\ud800"),
        webhook(BODY, secret="another secret"),
        webhook(BODY, secret=""),
    ],
)
def test_anything_else_is_refused(request_):
    assert not is_accepted(request_)


def test_without_a_secret_nothing_is_accepted():
    empty = WebhookRequest(
        method="POST",
        url=URL,
        headers={signature.SIGNATURE: signature.compute("", BODY)},
        body=BODY,
    )
    assert not is_accepted(empty, app_secret="")
    assert not is_accepted(empty, app_secret="", previous_app_secret=SECRET)


def test_both_secrets_are_good_while_one_is_replaced():
    account = {"app_secret": "new", "previous_app_secret": SECRET}
    assert is_accepted(signed(), **account)
    assert is_accepted(webhook(BODY, secret="new"), **account)
    assert not is_accepted(webhook(BODY, secret="third"), **account)


@pytest.mark.parametrize(
    "url", ["https://odoo.example.com:443/whatsapp/webhook/key", "http://proxy/x?y=1"]
)
def test_address_does_not_count(url):
    assert is_accepted(replace(signed(), url=url))


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


def test_secrets_do_not_show():
    shown = repr(make_account(previous_app_secret="the-old-one"))
    assert not any(secret in shown for secret in make_account().secrets)
    assert "the-old-one" not in shown
