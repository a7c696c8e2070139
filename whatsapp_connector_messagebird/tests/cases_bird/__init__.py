"""Bird Channels' fixtures and what they mean, for the conformance suite."""

from dataclasses import replace
from pathlib import Path

from odoo.addons.whatsapp_connector.tests.conformance.required import ACCOUNT_NEWS
from odoo.addons.whatsapp_connector.tests.conformance.wire import Files, Signing, Wire

from ...wire import bird
from ...wire.account import is_file_host
from ...wire.bird import signature
from . import events, sending, setup, templates
from .common import ACCOUNT, CHANNEL, NEWS_OF_TEMPLATES, SETTINGS, is_authorized


def _sign(request, account, at):
    """Time, address and body."""
    time = str(int(at))
    proof = signature.compute(account.signing_key, time, request.url, request.body)
    signed = {signature.TIMESTAMP: time, signature.SIGNATURE: proof}
    return replace(request, headers={**request.headers, **signed})


WIRE = Wire(
    label="Bird",
    provider="messagebird",
    account=ACCOUNT,
    settings=SETTINGS,
    number_id=CHANNEL,
    template_id="p1/v1",
    capabilities=bird.capabilities(ACCOUNT),
    not_offered={
        **dict.fromkeys(
            (
                "forwarded",
                "from an advertisement",
                "edit",
                "revoke",
                "changed number",
                "changed user id",
                "opted in",
                "opted out",
                "price",
                *ACCOUNT_NEWS,
            ),
            "Nothing of the kind is documented.",
        ),
        **dict.fromkeys(
            ("contact cards", "order", "reaction", "reaction taken back"),
            "Bird's table of WhatsApp's kinds has no kind of its own for it.",
        ),
        **dict.fromkeys(
            NEWS_OF_TEMPLATES,
            "Bird tells that a template changed; its list is asked what.",
        ),
        "picked row": "Bird tells a picked row as a tapped button.",
        "list with descriptions": "Bird's rows have none.",
        "template without its picture": "It may be part of Bird Studio's template.",
        "refused for want of consent": "The answer never tells; a status does.",
        "state draft": "A version that nobody activated is no template yet.",
    },
    folder=Path(__file__).parents[1] / "fixtures" / "bird",
    events=events.EVENTS,
    signing=Signing(
        sign=_sign,
        verify=bird.verify,
        secret="signing_key",
        previous="previous_signing_key",
        covers_url=True,
        max_age=signature.MAX_AGE,
    ),
    parse=lambda request, account: bird.parse(request),
    build=bird.build,
    read=bird.read,
    is_authorized=is_authorized,
    sends=sending.SENDS,
    answers=sending.ANSWERS,
    files=Files(
        request=bird.media_request,
        is_host=is_file_host,
        url=events.make_url(1),
    ),
    templates=templates.TEMPLATES,
    deeds={**setup.DEEDS, **templates.DEEDS},
)
