"""What we ask Meta about templates: hand in, list, delete.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
"""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.components import submission_name
from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    HttpClient,
    HttpRequest,
    NoAnswer,
)
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMedia
from odoo.addons.whatsapp_connector.wire.template import (
    MEDIA_HEADERS,
    Template,
    TemplateState,
)
from odoo.addons.whatsapp_connector.wire.values import Record, as_text

from . import graph
from .account import MetaAccount, url
from .content import FORMAT
from .errors import ERRORS
from .graph import ask

PAGE_SIZE = "100"
FIELDS = (
    "id,name,status,category,language,components,quality_score,rejected_reason,"
    "parameter_format"
)
GONE = ("33", "100", "404")


def submit(
    client: HttpClient,
    account: MetaAccount,
    template: Template,
    previous_id: str | None = None,
) -> TemplateState:
    """Create ``template``, or mend what was rejected under ``previous_id``.

    Its answer may get lost: what an earlier call brought about is looked for first.

    :raises ErrorAnswer: Meta refused it
    """
    record = _fetch(client, account, previous_id) if previous_id else None
    record = record or _find(client, account, template)
    if record is None:
        return _create(client, account, template)
    if FORMAT.is_done(record, template, previous_id):
        return FORMAT.read_state(record)
    if as_text(record.get("id")) != previous_id:
        raise ERRORS.reject("template_exists")
    return _edit(client, account, template, record)


def _fetch(client: HttpClient, account: MetaAccount, template_id: str) -> Record | None:
    try:
        return ask(client, graph.get(account, template_id, fields=FIELDS))
    except ErrorAnswer as error:
        if error.failure.code in GONE:
            return None
        raise


def _find(
    client: HttpClient, account: MetaAccount, template: Template
) -> Record | None:
    named = _list(client, account, name=submission_name(template))
    return FORMAT.find(named, template)


def _create(
    client: HttpClient, account: MetaAccount, template: Template
) -> TemplateState:
    body = FORMAT.build(template, _upload_sample(client, account, template))
    path = (account.waba_id, "message_templates")
    answer = ask(client, graph.post(account, *path, json=body))
    if not as_text(answer.get("id")):
        raise NoAnswer("Meta gave the template no id")
    return FORMAT.read_state({**body, **answer})


def _edit(
    client: HttpClient, account: MetaAccount, template: Template, record: Record
) -> TemplateState:
    """An edit replaces all components, and the review begins anew."""
    wanted = FORMAT.build(template, _upload_sample(client, account, template))
    body: Record = {"components": wanted["components"]}
    for name in ("category", "parameter_format"):
        if name in wanted and as_text(record.get(name)).lower() != wanted[name].lower():
            body[name] = wanted[name]
    ask(client, graph.post(account, as_text(record["id"]), json=body))
    changed = {"category": record.get("category"), **body, "status": "PENDING"}
    return FORMAT.read_state({**record, **changed, "rejected_reason": "NONE"})


def list_states(client: HttpClient, account: MetaAccount) -> list[TemplateState]:
    """All templates of the account, with what they say."""
    return [FORMAT.read_state(record) for record in _list(client, account)]


def _list(client: HttpClient, account: MetaAccount, **filters: str):
    path = (account.waba_id, "message_templates")
    first = graph.get(account, *path, fields=FIELDS, limit=PAGE_SIZE, **filters)
    return graph.pages(client, first)


def delete(client: HttpClient, account: MetaAccount, state: TemplateState) -> None:
    """Delete one language; what isn't there any more is deleted."""
    names = {"name": state.name, "hsm_id": state.template_id}
    path = (account.waba_id, "message_templates")
    request = graph.build("DELETE", account, *path, params=names)
    ERRORS.check_deleted(client.exchange(request))


# -- samples --------------------------------------------------------------------------


def _upload_sample(client: HttpClient, account: MetaAccount, template: Template) -> str:
    """Meta's handle of the header's file; empty if the header has none.

    https://developers.facebook.com/docs/graph-api/guides/upload
    """
    if template.header not in MEDIA_HEADERS:
        return ""
    media = template.header_media
    if media is None or media.read is None or not account.app_id:
        raise ERRORS.reject("no_sample")
    return _upload(client, account, media, media.read())


def _upload(
    client: HttpClient, account: MetaAccount, media: OutboundMedia, file: bytes
) -> str:
    session = ask(
        client,
        graph.post(
            account,
            account.app_id,
            "uploads",
            file_name=media.filename,
            file_length=str(len(file)),
            file_type=media.mimetype,
        ),
    )
    # The guide has ``Authorization: OAuth``; we prove it as everywhere, as pywa does.
    # https://developers.facebook.com/docs/graph-api/guides/upload
    upload = HttpRequest(
        method="POST",
        url=upload_url(as_text(session.get("id"))),
        headers={**account.headers, "file_offset": "0"},
        params=account.proof,
        data=file,
    )
    handle = as_text(ask(client, upload).get("h"))
    if not handle:
        raise ERRORS.reject("no_upload")
    return handle


def upload_url(session: str) -> str:
    """The id of an upload has a query of its own: ``upload:…?sig=…``."""
    path, mark, query = session.partition("?")
    return url(path) + mark + query
