"""Templates at Twilio: what is asked to create, list and delete their contents."""

from dataclasses import replace

from odoo.addons.whatsapp_connector.tests.conformance import intents
from odoo.addons.whatsapp_connector.tests.conformance.listed import (
    get_exchanges,
    make_state,
)
from odoo.addons.whatsapp_connector.tests.conformance.wire import (
    Asked,
    Deed,
    Templates,
)

from ...wire import approval, content
from .common import ACCOUNT, CONTENT, answer, get, post, refusal

ROOT = "https://content.twilio.com/v1"
LIST = get(f"{ROOT}/ContentAndApprovals", ("PageSize", "500"))
DELETE = Asked(
    method="DELETE", url=f"{ROOT}/Content/{CONTENT}", params=(("deleteInWaba", "true"),)
)
NOTHING = answer({"contents": [], "meta": {"next_page_url": None}})
BODY = "Hola {{1}}, la comanda {{2}} ja surt."


def _create(kind, shown, *samples, name="order_shipped_ca_v1"):
    body = {"friendly_name": name, "language": "ca", "types": {kind: shown}}
    if samples:
        body["variables"] = {str(n): sample for n, sample in enumerate(samples, 1)}
    return post(f"{ROOT}/Content", json=body)


def _ask_approval(name="order_shipped", category="UTILITY"):
    return post(
        f"{ROOT}/Content/{CONTENT}/ApprovalRequests/whatsapp",
        json={"name": name, "category": category},
    )


def _submission(kind, shown, *samples, name="order_shipped", count=1, **values):
    """A content first, then the request to have it approved."""
    created = _create(kind, shown, *samples, name=f"{name}_ca_v{count}")
    asked = _ask_approval(f"{name}_v{count}" if count > 1 else name, **values)
    return (
        (LIST, NOTHING),
        (created, answer({"sid": CONTENT, **created.json}, 201)),
        (asked, answer({**asked.json, "status": "received"}, 201)),
    )


def _with_file(media):
    """The address is fixed up to our host; the rest is a variable."""
    path = media.url.removeprefix("https://odoo.example.com/")
    return _submission(
        "twilio/media",
        {
            "body": "Hola {{2}}, la comanda {{3}} ja surt.",
            "media": ["https://odoo.example.com/{{1}}"],
        },
        path,
        "Anna",
        "S0042",
    )


SUBMISSIONS = {
    "numbers": _submission("twilio/text", {"body": BODY}, "Anna", "S0042"),
    "words": _submission("twilio/text", {"body": BODY}, "Anna", "S0042"),
    "all parts": _submission(
        "whatsapp/card",
        {
            "header_text": "Comanda {{1}}",
            "body": "Hola {{2}}, la comanda {{3}} ja surt.",
            "footer": "Adéu",
            "actions": [
                {"type": "URL", "title": "Veure", "url": "https://x.example/{{4}}"},
                {"type": "PHONE_NUMBER", "title": "Truca", "phone": "+34931234567"},
                {"type": "QUICK_REPLY", "title": "On és?", "id": "order_shipped:2"},
            ],
        },
        "S0042",
        "Anna",
        "S0042",
        "S1",
    ),
    "coupon": _submission(
        "twilio/call-to-action",
        {
            "body": "Tens un regal.",
            "actions": [{"type": "COPY_CODE", "title": "Copy code", "code": "SAVE10"}],
        },
        category="MARKETING",
    ),
    "picture above": _with_file(intents.PICTURE),
    "video above": _with_file(intents.VIDEO),
    "document above": _with_file(intents.DOCUMENT),
    "one-time code": _submission(
        "whatsapp/authentication",
        {
            "add_security_recommendation": True,
            "actions": [{"type": "COPY_CODE", "copy_code_text": "Copia"}],
            "code_expiration_minutes": 5,
        },
        name="code",
        category="AUTHENTICATION",
    ),
    "new version": _submission("twilio/text", {"body": BODY}, "Anna", "S0042", count=3),
}


def _record(template=intents.PLAIN, status="approved", sid=CONTENT, **decision):
    """A content as it is listed, with what WhatsApp decided."""
    [_list, (created, _sid), (asked, _status)] = get_exchanges(SUBMISSIONS, template)
    [kind] = created.json["types"]
    decision = {
        **asked.json,
        "type": "whatsapp",
        "content_type": kind,
        "status": status,
        "rejection_reason": "",
        **decision,
    }
    return {"sid": sid, **created.json, "approval_requests": decision}


def _page(*records, after=None):
    return answer({"contents": list(records), "meta": {"next_page_url": after}})


def _state(template=intents.PLAIN, status="approved", **values):
    """What it says has Twilio's numbers, which go on from one part to the next."""
    numbered = tuple(
        replace(variable, key=str(number))
        for number, variable in enumerate(template.variables, 1)
    )
    said = {"template_id": CONTENT, "content": replace(template, variables=numbered)}
    return make_state(template, status, **{**said, **values})


def _submit(*exchanges, previous=None, **values):
    return Deed(
        do=lambda client: approval.submit(client, ACCOUNT, intents.PLAIN, previous),
        exchanges=exchanges,
        **values,
    )


def _delete(given):
    return Deed(
        do=lambda client: approval.delete(client, ACCOUNT, CONTENT),
        exchanges=((DELETE, given),),
    )


_CREATED = _create("twilio/text", {"body": BODY}, "Anna", "S0042")
_SECOND = _create(
    "twilio/text", {"body": BODY}, "Anna", "S0042", name="order_shipped_ca_v2"
)
_OLD = "HX" + "a" * 32
_NEXT = f"{ROOT}/ContentAndApprovals?Page=1"
DEEDS = {
    "template submitted again after a lost answer": _submit(
        (LIST, _page(_record(status="pending"))),
        result=_state(status="pending", content=None),
    ),
    # What was submitted can't be edited: it is a new content, under a new name.
    "template mended": _submit(
        (LIST, _page(_record(status="rejected", sid=_OLD))),
        (_SECOND, answer({"sid": CONTENT, **_SECOND.json}, 201)),
        (
            _ask_approval("order_shipped_v2"),
            answer({**_ask_approval("order_shipped_v2").json, "status": "received"}),
        ),
        previous=_OLD,
        subject=_OLD,
        result=_state(status="pending", name="order_shipped_v2", content=None),
    ),
    # Nothing of it is left in the console.
    "template refused": _submit(
        (LIST, NOTHING),
        (_CREATED, answer({"sid": CONTENT, **_CREATED.json}, 201)),
        (_ask_approval(), refusal(92002)),
        (DELETE, answer(None, 204)),
        refused="92002",
    ),
    "list over pages": Deed(
        do=lambda client: approval.list_states(client, ACCOUNT),
        exchanges=(
            (
                LIST,
                _page(
                    _record(),
                    # A message's buttons, and a draft of the console.
                    {**_record(), "approval_requests": None},
                    _record(status="unsubmitted"),
                    after=_NEXT,
                ),
            ),
            (
                get(_NEXT),
                _page(
                    _record(
                        intents.FULL, "rejected", "HX8", rejection_reason="PROMOTIONAL"
                    )
                ),
            ),
        ),
        result=[
            _state(),
            _state(intents.FULL, "rejected", template_id="HX8", reason="PROMOTIONAL"),
        ],
    ),
    "list refused": Deed(
        do=lambda client: approval.list_states(client, ACCOUNT),
        exchanges=((LIST, refusal(20003, 401)),),
        refused="20003",
    ),
    "template deleted": _delete(answer(None, 204)),
    "deleted already": _delete(refusal(20404, 404)),
}

TEMPLATES = Templates(
    submit=approval.submit,
    list_states=approval.list_states,
    submissions=SUBMISSIONS,
    listing=lambda template, word: (_page(_record(template, word)),),
    states={w: s for w, s in content.STATUSES.items() if s != "draft"},
)
