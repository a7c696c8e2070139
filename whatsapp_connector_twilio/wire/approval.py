"""What we ask Twilio about templates: hand in, list, delete.

https://www.twilio.com/docs/content/content-api-resources
"""

from __future__ import annotations

import contextlib

from odoo.addons.whatsapp_connector.wire.components import submission_name
from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    HttpClient,
    HttpRequest,
    NoAnswer,
    NotSent,
)
from odoo.addons.whatsapp_connector.wire.template import Template, TemplateState

from . import content
from .account import TwilioAccount
from .content import Record
from .errors import ERRORS
from .rest import ask, get, pages

#: Twilio limits an answer to one megabyte and advises no more than this.
PAGE_SIZE = 500
ALREADY_SUBMITTED = "92009"


def submit(
    client: HttpClient,
    account: TwilioAccount,
    template: Template,
    previous_id: str | None = None,
) -> TemplateState:
    """Create a content for ``template`` and ask WhatsApp to approve it.

    Two requests, either of which may lose its answer: what an earlier call created is
    looked for first, among what is newer than ``previous_id`` and says the same.

    :raises ErrorAnswer: Twilio refused it
    """
    ours = {
        record.get("sid"): (count, record)
        for record in _list(client, account)
        if (count := content.count_of(template, record))
    }
    previous = ours[previous_id][0] if previous_id in ours else 0
    first = max(template.version, previous + 1)
    wanted = content.build(template)["types"]
    for count, record in ours.values():
        if count >= first and _holds(record.get("types"), wanted):
            break
    else:
        count = max([first - 1, *(count for count, _record in ours.values())]) + 1
        record = _create(client, account, template, count)
    approval = content.approval_of(record)
    if not approval:
        name = submission_name(template, count)
        approval = _ask_approval(client, account, record["sid"], name, template)
    return content.read_state(record, approval)


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


def _create(
    client: HttpClient, account: TwilioAccount, template: Template, count: int
) -> Record:
    request = HttpRequest(
        method="POST",
        url=account.url("content", "v1/Content"),
        auth=account.auth,
        json=content.build(template, count),
    )
    record = ask(client, request)
    if not record.get("sid"):
        raise NoAnswer("Twilio gave the content no SID")
    return record


def _ask_approval(
    client: HttpClient, account: TwilioAccount, sid: str, name: str, template: Template
) -> Record:
    request = HttpRequest(
        method="POST",
        url=account.url("content", f"v1/Content/{sid}/ApprovalRequests/whatsapp"),
        auth=account.auth,
        json={"name": name, "category": template.category.upper()},
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
    ERRORS.check_deleted(client.exchange(request))
