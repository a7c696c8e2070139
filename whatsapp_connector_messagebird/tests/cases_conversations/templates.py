"""Templates at MessageBird Conversations: created, mended, listed, deleted."""

from odoo.addons.whatsapp_connector.tests.conformance import intents, whatsapp
from odoo.addons.whatsapp_connector.tests.conformance.listed import (
    get_exchanges,
    make_state,
)
from odoo.addons.whatsapp_connector.tests.conformance.wire import Deed, Templates

from ...wire import conversations
from .common import ACCOUNT, WABA, answer, asked, refusal

ROOT = "https://integrations.messagebird.com/v2/platforms/whatsapp/templates"
LISTED = ROOT.replace("/v2/", "/v3/")
ID = "order_shipped/ca"
GONE = refusal(20, 404)


def _get(name="order_shipped"):
    return asked("GET", f"{ROOT}/{name}/ca")


def _create(*components, name="order_shipped", category="UTILITY"):
    body = {
        "name": name,
        "language": "ca",
        "wabaID": WABA,
        "category": category,
        "components": list(components),
    }
    return asked("POST", ROOT, json=body)


def _submission(*components, **more):
    created = _create(*components, **more)
    return (
        (_get(created.json["name"]), GONE),
        (created, answer({"status": "NEW"}, 201)),
    )


def _with_file(media):
    header = {
        "type": "HEADER",
        "format": media.kind.upper(),
        "example": {"header_url": [media.url]},
    }
    return _submission(header, BODY)


BODY = whatsapp.TEXT
SUBMISSIONS = {
    "numbers": _submission(BODY),
    "words": _submission(BODY),
    "all parts": _submission(*whatsapp.ALL_PARTS),
    "coupon": _submission(
        whatsapp.COUPON_TEXT,
        whatsapp.coupon_button(["SAVE10"]),
        category="MARKETING",
    ),
    "picture above": _with_file(intents.PICTURE),
    "video above": _with_file(intents.VIDEO),
    "document above": _with_file(intents.DOCUMENT),
    "one-time code": _submission(
        *whatsapp.CODE,
        name="code",
        category="AUTHENTICATION",
    ),
    "new version": _submission(BODY, name="order_shipped_v3"),
}


def _record(template=intents.PLAIN, status="APPROVED", **values):
    """What MessageBird lists of ``template``."""
    [*_before, (created, _answer)] = get_exchanges(SUBMISSIONS, template)
    return {**created.json, "status": status, **values}


def _state(template=intents.PLAIN, status="approved", **values):
    return make_state(
        template, status, **{"template_id": f"{template.name}/ca", **values}
    )


def _submit(*exchanges, previous=None, **values):
    return Deed(
        do=lambda client: conversations.submit(
            client, ACCOUNT, intents.PLAIN, previous
        ),
        exchanges=exchanges,
        **values,
    )


def _delete(given):
    return Deed(
        do=lambda client: conversations.delete(client, ACCOUNT, ID),
        exchanges=((asked("DELETE", f"{ROOT}/{ID}"), given),),
    )


def _page(offset, *records):
    place = (("offset", str(offset)), ("limit", "20"), ("wabaId", WABA))
    return asked("GET", LISTED, *place), answer({"items": list(records)})


_WRONG = _record(status="REJECTED", components=[{**BODY, "text": "{{1}} {{2}}?"}])
DEEDS = {
    "template submitted again after a lost answer": _submit(
        (_get(), answer(_record(status="PENDING"))),
        result=_state(status="pending"),
    ),
    "template mended": _submit(
        (_get(), answer(_WRONG)),
        (
            asked(
                "PUT",
                f"{ROOT}/{ID}",
                json={"wabaID": WABA, "category": "UTILITY", "components": [BODY]},
            ),
            answer(None, 204),
        ),
        previous=ID,
        # The answer says little: the review goes on.
        result=_state(status="pending", content=None),
    ),
    "template refused": _submit(
        (_get(), GONE), (_create(BODY), refusal(21, 400)), refused="21"
    ),
    "list over pages": Deed(
        do=lambda client: conversations.list_states(client, ACCOUNT),
        exchanges=(
            _page(0, *[_record()] * 20),
            _page(
                20,
                _record(
                    intents.FULL,
                    "REJECTED",
                    rejectedReason="PROMOTIONAL",
                    qualityScore={"score": "RED"},
                ),
            ),
        ),
        result=[
            *[_state()] * 20,
            _state(intents.FULL, "rejected", reason="PROMOTIONAL", quality="red"),
        ],
    ),
    "list refused": Deed(
        do=lambda client: conversations.list_states(client, ACCOUNT),
        exchanges=((_page(0)[0], refusal(2, 401)),),
        refused="2",
    ),
    "template deleted": _delete(answer(None, 204)),
    "deleted already": _delete(GONE),
}

TEMPLATES = Templates(
    submit=conversations.submit,
    list_states=conversations.list_states,
    submissions=SUBMISSIONS,
    listing=lambda template, word: (_page(0, _record(template, word))[1],),
    states={
        "NEW": "pending",
        "PENDING": "pending",
        "IN_APPEAL": "pending",
        "APPROVED": "approved",
        "REINSTATED": "approved",
        "FLAGGED": "approved",
        "REJECTED": "rejected",
        "PAUSED": "paused",
        "DISABLED": "disabled",
        "PENDING_DELETION": "deleted",
        "DELETED": "deleted",
    },
)
