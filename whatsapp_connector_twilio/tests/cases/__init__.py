"""Twilio's fixtures and what they mean, for the conformance suite."""

import hashlib
from dataclasses import replace
from pathlib import Path

from odoo.addons.whatsapp_connector.tests.conformance.required import ACCOUNT_NEWS
from odoo.addons.whatsapp_connector.tests.conformance.wire import Files, Signing, Wire

from ...wire import parse, payload, rest, send, signature
from . import events, sending, setup, templates
from .common import ACCOUNT, API, CONTENT, OURS, SETTINGS, answer

FILE = f"{API}/Messages/MM{'1' * 32}/Media/ME{'1' * 32}"


def _sign(request, account, at):
    """The address and a form's values; the hash of any other body in the address."""
    if payload.is_json(request):
        digest = hashlib.sha256(request.body).hexdigest()
        mark = "&" if request.query else "?"
        request = replace(request, url=f"{request.url}{mark}bodySHA256={digest}")
    signed = payload.body_pairs(request) if payload.is_form(request) else []
    proof = signature.compute(account.auth_token, request.url, signed)
    return replace(request, headers={**request.headers, signature.SIGNATURE: proof})


_SILENT = "Nothing of the kind is documented."
WIRE = Wire(
    label="Twilio",
    provider="twilio",
    account=ACCOUNT,
    settings=SETTINGS,
    number_id=OURS,
    template_id=CONTENT,
    capabilities=send.CAPABILITIES,
    not_offered={
        "time of sending": "Its webhooks tell no time; a look-up does.",
        **dict.fromkeys(
            (
                "order",
                "reaction",
                "reaction taken back",
                "edit",
                "revoke",
                "echo",
                "changed number",
                "changed user id",
                "price",
                "quality of a template",
                *ACCOUNT_NEWS,
            ),
            _SILENT,
        ),
        "change of a template, no more said": "Twilio says what changed.",
        "state draft": "A content that nobody submitted is no template.",
        "state deleted": "What was deleted is in its list no more.",
        "template without its picture": "It may be part of a console's content.",
    },
    folder=Path(__file__).parents[1] / "fixtures",
    events=events.EVENTS,
    signing=Signing(
        sign=_sign,
        verify=signature.verify,
        secret="auth_token",
        previous="previous_auth_token",
        covers_url=True,
    ),
    parse=lambda request, account: parse.parse(request),
    kept_headers=("content-type",),
    build=send.build,
    read=send.read,
    is_authorized=lambda request: request.auth == ACCOUNT.auth,
    sends=sending.SENDS,
    prepared=answer({"sid": CONTENT}, 201),
    answers=sending.ANSWERS,
    files=Files(
        request=rest.media_request,
        is_host=rest.is_file_host,
        url=FILE,
        store="https://mms.twiliocdn.com/AC/abc?Expires=1&Signature=x",
    ),
    templates=templates.TEMPLATES,
    deeds={**setup.DEEDS, **templates.DEEDS},
)
