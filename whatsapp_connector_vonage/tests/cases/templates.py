"""Templates at Vonage: what is asked to create, mend, list and delete them."""

from odoo.addons.whatsapp_connector.tests.conformance import intents, whatsapp
from odoo.addons.whatsapp_connector.tests.conformance.listed import (
    get_exchanges,
    make_state,
)
from odoo.addons.whatsapp_connector.tests.conformance.wire import Deed, Templates

from ...wire import manager
from .common import ACCOUNT, MANAGER, WABA, answer, asked, problem

ID = "408766354711449"
ROOT = f"{MANAGER}/wabas/{WABA}/templates"
LIMIT = ("limit", "100")
#: SHA-256 of the three bytes of a sample.
BOUNDARY = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def _listed(*records, after=None):
    paging = {"next": after} if after else {}
    return answer({"templates": list(records), "paging": paging})


def _find(name="order_shipped"):
    return asked("GET", ROOT, LIMIT, ("name", name))


def _build(*components, name="order_shipped", category="UTILITY"):
    return {
        "name": name,
        "language": "ca",
        "category": category,
        "components": list(components),
    }


def _submission(*components, before=(), **more):
    body = _build(*components, **more)
    return (
        (_find(body["name"]), _listed()),
        *before,
        (asked("POST", ROOT, json=body), answer({"id": ID})),
    )


def _with_file(kind, media):
    """The file goes first; what comes back stands for it."""
    head = (
        f"--{BOUNDARY}\r\n"
        f'Content-Disposition: form-data; name="mediafile"; '
        f'filename="{media.filename}"\r\n'
        f"Content-Type: {media.mimetype}\r\n\r\n"
    )
    upload = asked(
        "POST",
        f"{MANAGER}/media/uploads",
        ("file_type", media.mimetype),
        headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"},
        data=head.encode() + b"abc" + f"\r\n--{BOUNDARY}--\r\n".encode(),
    )
    header = {
        "type": "HEADER",
        "format": kind,
        "example": {"header_handle": ["4:abc"]},
    }
    return _submission(header, BODY, before=((upload, answer({"h": "4:abc"})),))


def _with_format(component):
    """Vonage wants the format of every text, not only of a header's."""
    return {"format": "TEXT", **component} if "text" in component else component


BODY = _with_format(whatsapp.TEXT)
SUBMISSIONS = {
    "numbers": _submission(BODY),
    "words": _submission(BODY),
    "all parts": _submission(*map(_with_format, whatsapp.ALL_PARTS)),
    "coupon": _submission(
        _with_format(whatsapp.COUPON_TEXT),
        whatsapp.coupon_button("SAVE10"),
        category="MARKETING",
    ),
    "picture above": _with_file("IMAGE", intents.PICTURE),
    "video above": _with_file("VIDEO", intents.VIDEO),
    "one-time code": _submission(
        *whatsapp.CODE,
        name="code",
        category="AUTHENTICATION",
    ),
    "new version": _submission(BODY, name="order_shipped_v3"),
}


def _record(template=intents.PLAIN, status="APPROVED", **values):
    """What Vonage lists of ``template``."""
    [*_before, (created, _answer)] = get_exchanges(SUBMISSIONS, template)
    return {"id": ID, "status": status, **created.json, **values}


def _state(template=intents.PLAIN, status="approved", **values):
    return make_state(template, status, **{"template_id": ID, **values})


def _submit(*exchanges, previous=None, **values):
    return Deed(
        do=lambda client: manager.submit(client, ACCOUNT, intents.PLAIN, previous),
        exchanges=exchanges,
        **values,
    )


def _delete(given):
    request = asked("DELETE", ROOT, ("name", "order_shipped"), ("hsm_id", ID))
    return Deed(
        do=lambda client: manager.delete(client, ACCOUNT, _state()),
        exchanges=((request, given),),
    )


_WRONG = _record(status="REJECTED", components=[{**BODY, "text": "Wrong {{1}} {{2}}"}])
_NEXT = f"{ROOT}?after=Mw"
DEEDS = {
    "template submitted again after a lost answer": _submit(
        (
            _find(),
            _listed(
                _record(language="es"),
                _record(name="order_shipped_again"),
                _record(status="PENDING"),
            ),
        ),
        result=_state(status="pending"),
    ),
    "template mended": _submit(
        (asked("GET", f"{ROOT}/{ID}"), answer(_WRONG)),
        (asked("PUT", f"{ROOT}/{ID}", json=_build(BODY)), answer(None, 204)),
        previous=ID,
        result=_state(status="pending"),
    ),
    "template refused": _submit(
        (_find(), _listed()),
        (asked("POST", ROOT, json=_build(BODY)), problem(422, "1150")),
        refused="422/1150",
    ),
    "list over pages": Deed(
        do=lambda client: manager.list_states(client, ACCOUNT),
        exchanges=(
            (asked("GET", ROOT, LIMIT), _listed(_record(), after=_NEXT)),
            (
                asked("GET", _NEXT),
                _listed(
                    _record(
                        intents.FULL,
                        id="8",
                        status="REJECTED",
                        rejected_reason="PROMOTIONAL",
                        quality_score={"score": "YELLOW"},
                    )
                ),
            ),
        ),
        result=[
            _state(),
            _state(
                intents.FULL,
                "rejected",
                template_id="8",
                reason="PROMOTIONAL",
                quality="yellow",
            ),
        ],
    ),
    "list refused": Deed(
        do=lambda client: manager.list_states(client, ACCOUNT),
        exchanges=((asked("GET", ROOT, LIMIT), problem(401)),),
        refused="401",
    ),
    "template deleted": _delete(answer(None, 204)),
    "deleted already": _delete(problem(404)),
}

TEMPLATES = Templates(
    submit=manager.submit,
    list_states=manager.list_states,
    submissions=SUBMISSIONS,
    listing=lambda template, word: (_listed(_record(template, word)),),
    states={
        "PENDING": "pending",
        "IN_APPEAL": "pending",
        "APPROVED": "approved",
        "REINSTATED": "approved",
        "REJECTED": "rejected",
        "PAUSED": "paused",
        "DISABLED": "disabled",
        "LIMIT_EXCEEDED": "disabled",
        "LOCKED": "disabled",
        "PENDING_DELETION": "deleted",
        "DELETED": "deleted",
    },
)
