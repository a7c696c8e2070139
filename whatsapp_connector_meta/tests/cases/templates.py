"""Templates at Meta: what is asked to create, mend, list and delete them."""

from dataclasses import replace

from odoo.addons.whatsapp_connector.tests.conformance import intents, whatsapp
from odoo.addons.whatsapp_connector.tests.conformance.listed import (
    get_exchanges,
    make_state,
)
from odoo.addons.whatsapp_connector.tests.conformance.wire import (
    Asked,
    Deed,
    Templates,
)

from ...wire import approval
from ...wire.content import FORMAT
from .common import ACCOUNT, APP, GRAPH, PROOF, WABA, answer, asked, refusal

FIELDS = (
    "id,name,status,category,language,components,quality_score,rejected_reason,"
    "parameter_format"
)
LIST = {"fields": FIELDS, "limit": "100"}
NOTHING = answer({"data": []})


def _find(name="order_shipped"):
    return asked("GET", WABA, "message_templates", **LIST, name=name)


def _create(*components, name="order_shipped", category="UTILITY", **more):
    body = {
        "name": name,
        "language": "ca",
        "category": category,
        "components": list(components),
        "parameter_format": "positional",
        **more,
    }
    return asked(
        "POST",
        WABA,
        "message_templates",
        json={name: value for name, value in body.items() if value},
    )


def _submission(*components, before=(), **more):
    asked_for = _create(*components, **more)
    created = answer({"id": "7", "status": "PENDING", "category": "UTILITY"})
    name = asked_for.json["name"]
    return ((_find(name), NOTHING), *before, (asked_for, created))


def _upload(filename, mimetype):
    """A session first, then the bytes; what comes back stands for the file."""
    announced = asked(
        "POST", APP, "uploads", file_name=filename, file_length="3", file_type=mimetype
    )
    sent = Asked(
        method="POST",
        url=f"{GRAPH}/upload:abc?sig=x",
        params=(("appsecret_proof", PROOF),),
        headers={"file_offset": "0"},
        data=b"abc",
    )
    return (
        (announced, answer({"id": "upload:abc?sig=x"})),
        (sent, answer({"h": "4:handle"})),
    )


def _with_file(kind, filename, mimetype):
    header = {
        "type": "HEADER",
        "format": kind.upper(),
        "example": {"header_handle": ["4:handle"]},
    }
    return _submission(header, BODY, before=_upload(filename, mimetype))


BODY = whatsapp.TEXT
SUBMISSIONS = {
    "numbers": _submission(BODY),
    "words": _submission(
        {
            "type": "BODY",
            "text": "Hola {{who}}, la comanda {{order_name}} ja surt.",
            "example": {
                "body_text_named_params": [
                    {"param_name": "who", "example": "Anna"},
                    {"param_name": "order_name", "example": "S0042"},
                ]
            },
        },
        parameter_format="named",
    ),
    "all parts": _submission(*whatsapp.ALL_PARTS),
    "coupon": _submission(
        whatsapp.COUPON_TEXT,
        whatsapp.coupon_button("SAVE10"),
        category="MARKETING",
    ),
    "picture above": _with_file("image", "p.png", "image/png"),
    "video above": _with_file("video", "v.mp4", "video/mp4"),
    "document above": _with_file("document", "Factura març.pdf", "application/pdf"),
    "place above": _submission({"type": "HEADER", "format": "LOCATION"}, BODY),
    "one-time code": _submission(
        *whatsapp.CODE,
        name="code",
        category="AUTHENTICATION",
        parameter_format=None,
    ),
    "new version": _submission(BODY, name="order_shipped_v3"),
}


def _record(template=intents.PLAIN, status="APPROVED", **values):
    """What Meta lists of ``template``; samples of files are addresses there."""
    [*_before, (created, _answer)] = get_exchanges(SUBMISSIONS, template)
    return {"id": "7", "status": status, **created.json, **values}


def _page(*records, after=None):
    """Where the next page is said to be doesn't count: the token stays at home."""
    paging = {"cursors": {"before": "x", "after": after or "last"}}
    if after:
        paging["next"] = f"https://evil.example/?access_token=x&after={after}"
    return answer({"data": list(records), "paging": paging})


def _state(template=intents.PLAIN, status="approved", **values):
    state = make_state(template, status, **{"template_id": "7", **values})
    if template != intents.WORDS:
        return state
    words = tuple(
        replace(each, key=each.name if each.place == "body" else "")
        for each in template.variables
    )
    return replace(state, content=replace(state.content, variables=words))


def _submit(*exchanges, previous=None, **values):
    return Deed(
        do=lambda client: approval.submit(client, ACCOUNT, intents.PLAIN, previous),
        exchanges=exchanges,
        **values,
    )


def _delete(given):
    return Deed(
        do=lambda client: approval.delete(client, ACCOUNT, _state()),
        exchanges=(
            (
                asked(
                    "DELETE",
                    WABA,
                    "message_templates",
                    name="order_shipped",
                    hsm_id="7",
                ),
                given,
            ),
        ),
    )


_REJECTED = _record(status="REJECTED", components=[{"type": "BODY", "text": "Dolent."}])
DEEDS = {
    "template submitted again after a lost answer": _submit(
        (_find(), answer({"data": [_record(status="PENDING")]})),
        result=_state(status="pending"),
    ),
    "template mended": _submit(
        (asked("GET", "7", fields=FIELDS), answer(_REJECTED)),
        (asked("POST", "7", json={"components": [BODY]}), answer({"success": True})),
        previous="7",
        result=_state(status="pending"),
    ),
    "template refused": _submit(
        (_find(), NOTHING),
        (_create(BODY), refusal(100, error_subcode=2388299)),
        refused="2388299",
    ),
    "list over pages": Deed(
        do=lambda client: approval.list_states(client, ACCOUNT),
        exchanges=(
            (
                asked("GET", WABA, "message_templates", **LIST),
                _page(_record(), after="A"),
            ),
            (
                Asked(
                    method="GET",
                    url=f"{GRAPH}/{WABA}/message_templates",
                    params=(
                        *LIST.items(),
                        ("appsecret_proof", PROOF),
                        ("after", "A"),
                    ),
                ),
                _page(
                    _record(
                        intents.FULL,
                        id="8",
                        status="REJECTED",
                        rejected_reason="PROMOTIONAL",
                        quality_score={"score": "RED"},
                    ),
                    "junk",
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
                quality="red",
            ),
        ],
    ),
    "list refused": Deed(
        do=lambda client: approval.list_states(client, ACCOUNT),
        exchanges=(
            (asked("GET", WABA, "message_templates", **LIST), refusal(190, 401)),
        ),
        refused="190",
    ),
    "template deleted": _delete(answer({"success": True})),
    "deleted already": _delete(refusal(100, 404)),
}

TEMPLATES = Templates(
    submit=approval.submit,
    list_states=approval.list_states,
    submissions=SUBMISSIONS,
    listing=lambda template, word: (_page(_record(template, word)),),
    states=FORMAT.statuses,
)
