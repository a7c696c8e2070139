"""MessageBird Conversations' fixtures and what they mean, for the conformance suite."""

import hashlib
import warnings
from dataclasses import replace
from pathlib import Path

import jwt

from odoo.addons.whatsapp_connector.tests.conformance.required import ACCOUNT_NEWS
from odoo.addons.whatsapp_connector.tests.conformance.wire import Files, Signing, Wire

from ...wire import conversations
from ...wire.account import is_file_host
from ...wire.conversations import signature
from . import events, sending, setup, templates
from .common import ACCOUNT, CHANNEL, NEWS_OF_TEMPLATES, SETTINGS, answer, is_authorized


def make_token(url, body, key, at, **changes):
    """A token as MessageBird makes it; a claim that is None is left out.

    https://developers.messagebird.com/docs/verify-http-requests
    """
    claims = {
        "iss": signature.ISSUER,
        "nbf": int(at),
        "exp": int(at) + signature.MAX_AGE,
        "jti": "93e55006-a0e8-4526-a190-fa5ff00ea116",
        "url_hash": hashlib.sha256(url.encode()).hexdigest(),
        "payload_hash": hashlib.sha256(body).hexdigest() if body else None,
        **changes,
    }
    known = {name: value for name, value in claims.items() if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of keys that are too short.
        return jwt.encode(known, key, "HS256")


def _sign(request, account, at):
    key = account.signing_key or "\0"
    token = make_token(request.url, request.body, key, at)
    return replace(request, headers={**request.headers, signature.TOKEN: token})


_SILENT = "The webhooks of Conversations are documented without it."
WIRE = Wire(
    label="MessageBird",
    provider="messagebird",
    account=ACCOUNT,
    settings=SETTINGS,
    number_id=CHANNEL,
    template_id="order_shipped/ca",
    capabilities=conversations.capabilities(ACCOUNT),
    not_offered={
        **dict.fromkeys(
            (
                "forwarded",
                "from an advertisement",
                "contact cards",
                "reaction",
                "reaction taken back",
                "edit",
                "revoke",
                "changed number",
                "changed user id",
                "opted in",
                "opted out",
                "price",
                *ACCOUNT_NEWS,
            ),
            _SILENT,
        ),
        **dict.fromkeys(
            (*NEWS_OF_TEMPLATES, "change of a template, no more said"),
            "The webhooks of Conversations have no event for it: its list is asked.",
        ),
        "number and user id": "Either stands in the same place.",
        "refused for want of consent": "The answer never tells; a status does.",
        "state draft": "What is at MessageBird was submitted.",
    },
    folder=Path(__file__).parents[1] / "fixtures" / "conversations",
    events=events.EVENTS,
    signing=Signing(
        sign=_sign,
        verify=conversations.verify,
        secret="signing_key",
        previous="previous_signing_key",
        covers_url=True,
        max_age=signature.MAX_AGE,
    ),
    parse=lambda request, account: conversations.parse(request),
    build=conversations.build,
    read=conversations.read,
    is_authorized=is_authorized,
    sends=sending.SENDS,
    prepared=answer({"namespace": sending.NAMESPACE}),
    answers=sending.ANSWERS,
    files=Files(
        request=conversations.media_request,
        is_host=is_file_host,
        url="https://media.messagebird.com/v1/media/00000001-0000-4000-8000-000000000000",
    ),
    templates=templates.TEMPLATES,
    deeds={**setup.DEEDS, **templates.DEEDS},
)
