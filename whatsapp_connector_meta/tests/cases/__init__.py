"""Meta's fixtures and what they mean, for the conformance suite."""

from dataclasses import replace
from pathlib import Path

from odoo.addons.whatsapp_connector.tests.conformance.wire import Files, Signing, Wire
from ...wire import media, parse, send, signature

from . import events, sending, setup, templates
from .common import ACCOUNT, HEADERS, PHONE, SETTINGS, answer

LOOKASIDE = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=7"


def _sign(request, account, at):
    """Nothing in it tells the time."""
    proof = signature.compute(account.app_secret, request.body)
    return replace(request, headers={**request.headers, signature.SIGNATURE: proof})


def _is_authorized(request):
    """What is about the app itself is asked by the app."""
    asks_app = "/subscriptions" in request.url
    expected = HEADERS["app" if asks_app else "user"]
    return request.headers.items() >= expected.items()


WIRE = Wire(
    label="Meta",
    provider="meta",
    account=ACCOUNT,
    settings=SETTINGS,
    number_id=PHONE,
    template_id="7",
    capabilities=send.CAPABILITIES,
    not_offered={
        "status queued": "Meta's first word of a message is that it was sent.",
        "refused for want of consent": "The answer never tells; a status does.",
        "change of a template, no more said": "Meta says what changed.",
        "state draft": "What is at Meta was submitted.",
    },
    folder=Path(__file__).parents[1] / "fixtures",
    events=events.EVENTS,
    signing=Signing(
        sign=_sign,
        verify=signature.verify,
        secret="app_secret",
        previous="previous_app_secret",
    ),
    parse=parse.parse,
    build=send.build,
    read=send.read,
    is_authorized=_is_authorized,
    sends=sending.SENDS,
    answers=sending.ANSWERS,
    files=Files(
        request=media.build,
        is_host=media.is_file_host,
        url=LOOKASIDE,
        tell=lambda url: answer({"url": url}),
    ),
    templates=templates.TEMPLATES,
    deeds={**setup.DEEDS, **templates.DEEDS},
)
