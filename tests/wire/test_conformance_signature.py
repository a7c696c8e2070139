"""How each provider proves that it posts: what is accepted, and all that isn't."""

import json
import time
from dataclasses import replace
from urllib.parse import quote

import pytest
from conformance_kit import each
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.tests.conformance.rows import SIGNATURE
from odoo.addons.whatsapp_connector.tests.conformance.wire import URL
from odoo.addons.whatsapp_connector.wire.webhook import InvalidSignature

#: The fixture whose text has accents and an emoji.
TEXT = "text"
OTHER = "another-s3cret-0123456789abcdef0123456789"


def is_accepted(wire, request, **changes):
    try:
        wire.signing.verify(request, replace(wire.account, **changes))
    except InvalidSignature as error:
        reason = str(error)
        assert reason and not any(secret in reason for secret in wire.account.secrets)
        return False
    return True


def post(wire, body=None, url=URL, at=None, **changes):
    """The text fixture (or ``body``), signed by the account with ``changes``."""
    account = replace(wire.account, **changes)
    return wire.sign(wire.wrap(TEXT, body, url), account, at)


def with_secret(wire, value):
    return {wire.signing.secret: value}


@each(SIGNATURE)
def test_raw_and_escaped_bytes_are_accepted_each_as_signed(wire):
    """Núria 🌻 as UTF-8, as it is posted, and as escapes: two bodies, two proofs."""
    raw = wire.read_body(TEXT)
    if wire.is_form(TEXT):
        raw, escaped = raw.replace(quote("🌻").encode(), "🌻".encode()), raw
    else:
        escaped = json.dumps(json.loads(raw)).encode()
    assert "🌻".encode() in raw and escaped.isascii()
    for body, other in ((raw, escaped), (escaped, raw)):
        signed = post(wire, body)
        assert is_accepted(wire, signed)
        # Of a form, what it says is signed; of the rest, the bytes.
        swapped = replace(signed, body=other)
        assert is_accepted(wire, swapped) == wire.is_form(TEXT)


@each(SIGNATURE, lambda wire: wire.events)
def test_tampered_body_is_refused(wire, name):
    signed = wire.post(name)
    assert is_accepted(wire, signed)
    body = signed.body
    changed = {
        body[: len(body) // 2],
        body + b"&x=1",
        body.replace(b"0", b"1", 1),
        body.replace(b"a", b"b", 1),
    }
    for tampered in changed - {body}:
        assert not is_accepted(wire, replace(signed, body=tampered))


@each(SIGNATURE)
def test_another_secret_is_refused(wire):
    assert not is_accepted(wire, post(wire, **with_secret(wire, OTHER)))
    assert not is_accepted(wire, post(wire), **with_secret(wire, OTHER))


@each(SIGNATURE)
def test_unsigned_is_refused(wire):
    assert not is_accepted(wire, wire.wrap(TEXT))


@each(SIGNATURE)
def test_without_a_secret_nothing_is_accepted(wire):
    """Not even what is signed with nothing, or with what was valid before."""
    none = with_secret(wire, "")
    former = {**none, wire.signing.previous: OTHER}
    with_other = post(wire, **with_secret(wire, OTHER))
    assert not is_accepted(wire, post(wire, **none), **none)
    assert not is_accepted(wire, post(wire), **none)
    assert not is_accepted(wire, with_other, **none)
    assert not is_accepted(wire, with_other, **former)


@each(SIGNATURE)
def test_both_secrets_are_good_while_one_is_replaced(wire):
    changing = {wire.signing.previous: OTHER}
    assert is_accepted(wire, post(wire), **changing)
    assert is_accepted(wire, post(wire, **with_secret(wire, OTHER)), **changing)
    third = post(wire, **with_secret(wire, OTHER[::-1]))
    assert not is_accepted(wire, third, **changing)


@each(SIGNATURE)
def test_age_counts_where_the_signature_tells_it(wire):
    now, limit = time.time(), wire.signing.max_age
    if limit is None:
        # A replay changes nothing: an event is stored once.
        assert is_accepted(wire, post(wire, at=now - 10 * 365 * 24 * 3600))
    else:
        assert is_accepted(wire, post(wire, at=now - limit / 2))
        for wrong in (now - limit - 60, now + 3600):
            request = post(wire, at=wrong)
            with pytest.raises(InvalidSignature, match="clock"):
                wire.signing.verify(request, wire.account)


ADDRESSES = {
    "port named": (
        "https://odoo.example.com:443/hook",
        "https://odoo.example.com/hook",
    ),
    "port left out": (
        "https://odoo.example.com/hook",
        "https://odoo.example.com:443/hook",
    ),
    "port of our own": (
        "https://odoo.example.com:8443/hook",
        "https://odoo.example.com:8443/hook",
    ),
    "behind a proxy without TLS": ("http://odoo.example.com/hook",) * 2,
    "slash at the end": ("https://odoo.example.com/hook/",) * 2,
    "letters as escapes": ("https://odoo.example.com/hook/%C3%B1?a=%20+&b=",) * 2,
}
#: What is signed, and what arrives elsewhere.
OTHER_ADDRESSES = {
    "host": ("https://odoo.example.com/hook", "https://evil.example/hook"),
    "path": ("https://odoo.example.com/hook", "https://odoo.example.com/hooks"),
    "slash": ("https://odoo.example.com/hook", "https://odoo.example.com/hook/"),
    "scheme": ("https://odoo.example.com/hook", "http://odoo.example.com/hook"),
    "port": ("https://odoo.example.com:8443/hook", "https://odoo.example.com/hook"),
    "query": (f"{URL}?a=1", f"{URL}?a=2"),
}


@each(SIGNATURE, lambda wire: ADDRESSES)
def test_address_is_accepted_as_a_proxy_may_spell_it(wire, name):
    signed_as, known_as = ADDRESSES[name]
    signed = post(wire, url=signed_as)
    assert is_accepted(wire, replace(signed, url=known_as))


@each(SIGNATURE, lambda wire: OTHER_ADDRESSES)
def test_another_address_is_refused_where_it_is_signed(wire, name):
    signed_as, known_as = OTHER_ADDRESSES[name]
    signed = post(wire, url=signed_as)
    moved = replace(signed, url=known_as)
    assert is_accepted(wire, moved) != wire.signing.covers_url


@each(SIGNATURE)
@given(data=st.data())
def test_made_up_proof_is_refused(wire, data):
    """Each header that signing adds, emptied, cut, or anything else."""
    signed = post(wire)
    added = sorted(set(signed.headers) - set(wire.wrap(TEXT).headers))
    header = data.draw(st.sampled_from(added))
    proof = signed.headers[header]
    made_up = data.draw(
        st.sampled_from(
            [
                "",
                proof[:-2],
                proof[2:],
                proof.swapcase(),
                proof + "é\ud800",
                f" {proof}x",
            ]
        )
        | st.text(max_size=40)
    )
    headers = {**signed.headers, header: made_up}
    assert made_up == proof or not is_accepted(wire, replace(signed, headers=headers))


@each(SIGNATURE)
def test_secrets_do_not_show(wire):
    shown = repr(wire.account)
    assert wire.account.secrets
    assert not any(secret in shown for secret in wire.account.secrets)
