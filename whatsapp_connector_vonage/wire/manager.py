"""What we ask Vonage about templates: hand in, list, delete.

https://developer.vonage.com/en/api/whatsapp-template-management
"""

from __future__ import annotations

import hashlib

from urllib3 import encode_multipart_formdata

from odoo.addons.whatsapp_connector.wire.components import submission_name
from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    HttpClient,
    HttpRequest,
    NoAnswer,
)
from odoo.addons.whatsapp_connector.wire.template import (
    MEDIA_HEADERS,
    Template,
    TemplateState,
)
from odoo.addons.whatsapp_connector.wire.values import Record, as_text

from .account import API, VonageAccount
from .components import FORMAT
from .errors import ERRORS
from .rest import ask, get, pages

#: Vonage takes 500 and advises less, lest WhatsApp's answer comes too late.
PAGE_SIZE = "100"
UPLOADS = f"{API}/v2/whatsapp-manager/media/uploads"


def submit(
    client: HttpClient,
    account: VonageAccount,
    template: Template,
    previous_id: str | None = None,
) -> TemplateState:
    """Create ``template``, or mend what was submitted under ``previous_id``.

    Its answer may get lost: what an earlier call brought about is looked for first.

    :raises ErrorAnswer: Vonage or WhatsApp refused it
    """
    record = _fetch(client, account, previous_id) if previous_id else None
    record = record or _find(client, account, template)
    if record is None:
        return _create(client, account, template)
    state = FORMAT.read_state(record)
    if FORMAT.is_done(record, template, previous_id):
        return state
    if state.template_id == previous_id:
        return _update(client, account, template, state)
    raise ERRORS.reject("template_exists")


def _fetch(
    client: HttpClient, account: VonageAccount, template_id: str
) -> Record | None:
    try:
        return ask(client, get(account, account.templates_url(template_id)))
    except ErrorAnswer as error:
        if error.status == 404:
            return None
        raise


def _find(
    client: HttpClient, account: VonageAccount, template: Template
) -> Record | None:
    named = _list(client, account, ("name", submission_name(template)))
    return FORMAT.find(named, template)


def _create(
    client: HttpClient, account: VonageAccount, template: Template
) -> TemplateState:
    body = FORMAT.build(template, _upload_sample(client, account, template))
    answer = _write(client, account, "POST", account.templates_url(), body)
    if not as_text(answer.get("id")):
        raise NoAnswer("Vonage gave the template no id")
    return FORMAT.read_state({"status": "PENDING", **body, **answer})


def _update(
    client: HttpClient, account: VonageAccount, template: Template, state: TemplateState
) -> TemplateState:
    """All of it is replaced but its name, and the review begins anew."""
    body = FORMAT.build(template, _upload_sample(client, account, template))
    body["name"] = state.name
    url = account.templates_url(state.template_id)
    _write(client, account, "PUT", url, body)
    return FORMAT.read_state({**body, "id": state.template_id, "status": "PENDING"})


def _write(client, account: VonageAccount, method: str, url: str, body: Record):
    request = HttpRequest(method=method, url=url, headers=account.headers, json=body)
    return ask(client, request)


def list_states(client: HttpClient, account: VonageAccount) -> list[TemplateState]:
    """All templates of the WABA, with what they say."""
    return [FORMAT.read_state(record) for record in _list(client, account)]


def _list(client: HttpClient, account: VonageAccount, *filters: tuple[str, str]):
    url = account.templates_url()
    first = get(account, url, ("limit", PAGE_SIZE), *filters)
    return pages(client, first, "templates")


def probe(client: HttpClient, account: VonageAccount) -> Record:
    """The least that shows that the templates may be seen."""
    return ask(client, get(account, account.templates_url(), ("limit", "1")))


def delete(client: HttpClient, account: VonageAccount, state: TemplateState) -> None:
    """Delete one language; what isn't there any more is deleted.

    The name alone would delete all languages, so the id goes with it. The reference
    calls both required and says that either will do.
    https://developer.vonage.com/en/api/whatsapp-template-management
    """
    request = HttpRequest(
        method="DELETE",
        url=account.templates_url(),
        headers=account.headers,
        params=(("name", state.name), ("hsm_id", state.template_id)),
    )
    ERRORS.check_deleted(client.exchange(request))


def _upload_sample(
    client: HttpClient, account: VonageAccount, template: Template
) -> str:
    """The handle of the header's file; empty if the header has none."""
    if template.header not in MEDIA_HEADERS:
        return ""
    media = template.header_media
    if media is None or media.read is None:
        raise ERRORS.reject("no_sample")
    content = media.read()
    # The file can't hold its own hash.
    boundary = hashlib.sha256(content).hexdigest()
    data, content_type = encode_multipart_formdata(
        {"mediafile": (media.filename, content, media.mimetype)}, boundary
    )
    request = HttpRequest(
        method="POST",
        url=UPLOADS,
        headers={**account.headers, "Content-Type": content_type},
        params=(("file_type", media.mimetype),),
        data=data,
    )
    handle = as_text(ask(client, request).get("h"))
    if not handle:
        raise NoAnswer("Vonage gave the sample no handle")
    return handle
