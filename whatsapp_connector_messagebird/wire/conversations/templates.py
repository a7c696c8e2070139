"""What we ask MessageBird about templates: hand in, list, delete.

A template has no id of its own: name and language tell it.
https://developers.messagebird.com/api/whatsapp/#whatsapp-templates
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from odoo.addons.whatsapp_connector.wire.components import submission_name
from odoo.addons.whatsapp_connector.wire.http import HttpClient
from odoo.addons.whatsapp_connector.wire.template import Template, TemplateState
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
)

from .. import rest
from ..account import MessageBirdAccount
from ..errors import ERRORS
from ..rest import MAX_PAGES, ask, request
from .components import FORMAT

PAGE_SIZE = 20


def submit(
    client: HttpClient,
    account: MessageBirdAccount,
    template: Template,
    previous_id: str | None = None,
) -> TemplateState:
    """Create the template, or change what ``previous_id`` names.

    Either asks WhatsApp for its review. What an earlier call created is found by its
    name and its content; a name that others use in this language is left to them.

    :raises ErrorAnswer: MessageBird refused it
    """
    wanted = FORMAT.build_components(template)
    for name in _names(template, previous_id):
        existing = _fetch(client, account, name, template.language)
        if existing is None:
            return _create(client, account, template, name, wanted)
        state = FORMAT.read_state(existing)
        if state.status == "deleted":
            continue
        if FORMAT.is_done(existing, template, previous_id):
            return state
        if state.template_id == previous_id:
            return _update(client, account, template, name, wanted)
    raise AssertionError("names never end")


def _names(template: Template, previous_id: str | None) -> Iterator[str]:
    """Names to try: what was submitted before, then ours, numbered."""
    if previous_id:
        yield previous_id.rpartition("/")[0]
    count = template.version
    while True:
        yield submission_name(template, count)
        count += 1


def _create(client, account, template: Template, name: str, wanted) -> TemplateState:
    body = {
        "name": name,
        "language": template.language,
        "wabaID": account.waba_id,
        "category": template.category.upper(),
        "components": wanted,
    }
    asked = request(account, "POST", account.templates_url(), json=body)
    return _read_answer(ask(client, asked), name, template)


def _update(client, account, template: Template, name: str, wanted) -> TemplateState:
    body = {
        "wabaID": account.waba_id,
        "category": template.category.upper(),
        "components": wanted,
    }
    url = account.templates_url(_path(name, template.language))
    return _read_answer(
        ask(client, request(account, "PUT", url, json=body)), name, template
    )


def _read_answer(answer, name: str, template: Template) -> TemplateState:
    """The new state; an answer that tells little means that the review goes on."""
    known = {
        "name": name,
        "language": template.language,
        "category": template.category,
        "status": "PENDING",
    }
    told = {name: value for name, value in as_dict(answer).items() if value}
    return FORMAT.read_state({**known, **told})


def _fetch(client, account, name: str, language: str) -> Record | None:
    url = account.templates_url(_path(name, language))
    found = rest.find(client, request(account, "GET", url))
    if isinstance(found, list):
        found = next(iter(as_dicts(found)), None)
    return as_dict(found) or None


def _path(name: str, language: str) -> str:
    return f"/{quote(name, safe='')}/{quote(language, safe='')}"


def list_states(client: HttpClient, account: MessageBirdAccount) -> list[TemplateState]:
    """All templates of the WhatsApp Business account, all languages, all pages."""
    return [FORMAT.read_state(each) for each in _list(client, account)]


def _list(client: HttpClient, account: MessageBirdAccount) -> Iterator[Record]:
    url = account.templates_url(version="v3")
    for page in range(MAX_PAGES):
        params = (
            ("offset", str(page * PAGE_SIZE)),
            ("limit", str(PAGE_SIZE)),
            ("wabaId", account.waba_id),
        )
        answer = ask(client, request(account, "GET", url, params=params))
        found = answer if isinstance(answer, list) else as_dict(answer).get("items")
        yield from as_dicts(found)
        if isinstance(answer, list) or len(as_dicts(found)) < PAGE_SIZE:
            return


def delete(client: HttpClient, account: MessageBirdAccount, template_id: str) -> None:
    """Delete one language of a template."""
    name, _slash, language = template_id.rpartition("/")
    if not name:
        raise ERRORS.reject("no_template", 404)
    rest.delete(client, account, account.templates_url(_path(name, language)))
