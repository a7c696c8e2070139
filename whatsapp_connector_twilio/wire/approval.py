"""What we ask Twilio about templates: hand in, list, delete.

https://www.twilio.com/docs/content/content-api-resources
"""

from __future__ import annotations

import contextlib

from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    HttpClient,
    HttpRequest,
    NoAnswer,
    NotSent,
)
from odoo.addons.whatsapp_connector.wire.template import Template, TemplateState

from . import content, errors
from .account import TwilioAccount
from .content import Record
from .rest import ask, get, pages

#: Twilio limits an answer to one megabyte and advises no more than this.
PAGE_SIZE = 500
ALREADY_SUBMITTED = "92009"


def submit(
    client: HttpClient, account: TwilioAccount, template: Template
) -> TemplateState:
    """Create a content for ``template`` and ask WhatsApp to approve it.

    Two requests, either of which may lose its answer: what an earlier call created is
    looked for first, by its name and its texts.

    :raises ErrorAnswer: Twilio refused it
    """
    record = _find(client, account, template) or _create(client, account, template)
    approval = content.approval_of(record)
    if not approval:
        approval = _ask_approval(client, account, template, record["sid"])
    return content.read_state(record, approval)


def _find(
    client: HttpClient, account: TwilioAccount, template: Template
) -> Record | None:
    wanted = content.build(template)
    for record in _list(client, account):
        if (
            record.get("friendly_name") == wanted["friendly_name"]
            and record.get("language") == wanted["language"]
            and _holds(record.get("types"), wanted["types"])
        ):
            return record
    return None


def _holds(given, wanted) -> bool:
    """Whether ``given`` has all of ``wanted``; Twilio adds names of its own."""
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(
            _holds(given.get(name), value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(given, list)
            and len(given) == len(wanted)
            and all(map(_holds, given, wanted))
        )
    return given == wanted


def _create(client: HttpClient, account: TwilioAccount, template: Template) -> Record:
    request = HttpRequest(
        method="POST",
        url=account.url("content", "v1/Content"),
        auth=account.auth,
        json=content.build(template),
    )
    record = ask(client, request)
    if not record.get("sid"):
        raise NoAnswer("Twilio gave the content no SID")
    return record


def _ask_approval(
    client: HttpClient, account: TwilioAccount, template: Template, sid: str
) -> Record:
    request = HttpRequest(
        method="POST",
        url=account.url("content", f"v1/Content/{sid}/ApprovalRequests/whatsapp"),
        auth=account.auth,
        json={
            "name": content.approval_name(template),
            "category": template.category.upper(),
        },
    )
    try:
        return ask(client, request)
    except ErrorAnswer as error:
        if error.failure.code == ALREADY_SUBMITTED:
            return _fetch_approval(client, account, sid)
        if not error.temporary:
            _discard(client, account, sid)
        raise


def _fetch_approval(client: HttpClient, account: TwilioAccount, sid: str) -> Record:
    url = account.url("content", f"v1/Content/{sid}/ApprovalRequests")
    approval = ask(client, get(account, url)).get("whatsapp")
    return approval if isinstance(approval, dict) else {}


def _discard(client: HttpClient, account: TwilioAccount, sid: str) -> None:
    """Leave nothing of what was refused in the console; no matter if it fails."""
    with contextlib.suppress(ErrorAnswer, NotSent, NoAnswer):
        delete(client, account, sid)


def list_states(client: HttpClient, account: TwilioAccount) -> list[TemplateState]:
    """All contents that were submitted to WhatsApp, with what they say.

    Drafts of the console and the buttons and lists of our own messages are contents,
    too, but no templates.
    """
    return [
        _read(record, approval)
        for record in _list(client, account)
        if (approval := content.approval_of(record))
    ]


def _read(record: Record, approval: Record) -> TemplateState:
    template, partial = content.parse(record, approval)
    return content.read_state(record, approval, template, partial)


def _list(client: HttpClient, account: TwilioAccount):
    url = account.url("content", "v1/ContentAndApprovals")
    first = get(account, url, ("PageSize", str(PAGE_SIZE)))
    return pages(client, first, "contents")


def delete(client: HttpClient, account: TwilioAccount, sid: str) -> None:
    """Delete a content, at WhatsApp too; what isn't there any more is deleted.

    https://www.twilio.com/docs/content/content-api-resources#delete-a-content-template
    """
    request = HttpRequest(
        method="DELETE",
        url=account.url("content", f"v1/Content/{sid}"),
        auth=account.auth,
        params=(("deleteInWaba", "true"),),
    )
    response = client.exchange(request)
    if not response.ok and response.status != 404:
        raise ErrorAnswer(response.status, errors.error_of(response))
