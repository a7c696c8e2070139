"""Vonage's fixtures and what they mean, for the conformance suite."""

import hashlib
import warnings
from dataclasses import replace
from pathlib import Path

import jwt

from odoo.addons.whatsapp_connector.tests.conformance.required import ACCOUNT_NEWS
from odoo.addons.whatsapp_connector.tests.conformance.wire import Files, Signing, Wire

from ...wire import parse, rest, send, signature
from ...wire.account import read_private_key
from . import events, sending, setup, templates
from .common import ACCOUNT, APPLICATION, OURS, SETTINGS


def make_token(body, secret, at, **changes):
    """A token as Vonage makes it at ``at``; a claim that is None is left out."""
    claims = {
        "iat": int(at),
        "jti": "aaaaaaaa-bbbb-4ccc-8ddd-000000000001",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": ACCOUNT.api_key,
        "application_id": APPLICATION,
        **changes,
    }
    known = {name: value for name, value in claims.items() if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of secrets that are too short.
        return jwt.encode(known, secret or "\0", algorithm="HS256")


def _sign(request, account, at):
    token = make_token(request.body, account.signature_secret, at)
    return replace(
        request, headers={**request.headers, "authorization": f"Bearer {token}"}
    )


def _is_authorized(request):
    """The application proves itself by a token, the account by key and secret."""
    if request.auth:
        return request.auth == ACCOUNT.auth
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    public = read_private_key(ACCOUNT.private_key).public_key()
    try:
        claims = jwt.decode(token, public, algorithms=["RS256"])
    except jwt.InvalidTokenError:
        return False
    return claims["application_id"] == APPLICATION


WIRE = Wire(
    label="Vonage",
    provider="vonage",
    account=ACCOUNT,
    settings=SETTINGS,
    number_id=OURS,
    template_id="408766354711449",
    capabilities=send.CAPABILITIES,
    not_offered={
        **dict.fromkeys(
            (
                "forwarded",
                "edit",
                "revoke",
                "echo",
                "changed number",
                "changed user id",
                "opted in",
                "opted out",
            ),
            "Nothing of the kind is documented.",
        ),
        **dict.fromkeys(
            ACCOUNT_NEWS,
            "Vonage has subscriptions for it; we subscribe to news of templates.",
        ),
        "status queued": "Vonage's first word of a message is that it was submitted.",
        "refused outside the window": "The answer never tells; a status does.",
        "refused for want of consent": "The answer never tells; a status does.",
        "change of a template, no more said": "Vonage says what changed.",
        "state draft": "What is at Vonage was submitted.",
    },
    folder=Path(__file__).parents[1] / "fixtures",
    events=events.EVENTS,
    signing=Signing(
        sign=_sign,
        verify=signature.verify,
        secret="signature_secret",
        previous="previous_signature_secret",
        max_age=signature.MAX_AGE,
    ),
    parse=lambda request, account: parse.parse(request),
    build=send.build,
    read=send.read,
    is_authorized=_is_authorized,
    sends=sending.SENDS,
    answers=sending.ANSWERS,
    files=Files(
        request=rest.media_request,
        is_host=rest.is_file_host,
        url="https://api-eu.nexmo.com/v3/media/1b456509-974c-458b",
    ),
    templates=templates.TEMPLATES,
    deeds={**setup.DEEDS, **templates.DEEDS},
)
