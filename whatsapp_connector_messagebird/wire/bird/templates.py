"""What we ask Bird about templates: hand in, list, delete.

A project holds the versions of a template; ours have one language each, and so one
project a language. A version is a draft until it is activated, which is what asks
WhatsApp for its review.
https://docs.bird.com/api/touchpoints-api/supported-projects/whatsapp-approved-message-templates/creating-whatsapp-message-templates
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    HttpClient,
    NoAnswer,
)
from odoo.addons.whatsapp_connector.wire.items import Failure
from odoo.addons.whatsapp_connector.wire.template import Template, TemplateState
from odoo.addons.whatsapp_connector.wire.translate import _lt
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_text,
)

from .. import rest
from ..account import MessageBirdAccount
from ..errors import ERRORS
from ..rest import ask, request
from . import blocks
from .rest import pages

PROJECT_TYPE = "channelTemplate"
DRAFT = "draft"
STATUSES = {
    "draft": "draft",
    "pending": "pending",
    "pending_approval": "pending",
    "submitted": "pending",
    "in_review": "pending",
    "active": "approved",
    "approved": "approved",
    "rejected": "rejected",
    "paused": "paused",
    "disabled": "disabled",
    "inactive": "disabled",
    "deleted": "deleted",
}
NO_GROUP = _lt(
    "Bird knows no WhatsApp Business account for the numbers of this account. "
    "An administrator has to check the channel ids."
)


def submit(
    client: HttpClient,
    account: MessageBirdAccount,
    template: Template,
    previous_id: str | None = None,
) -> TemplateState:
    """Create a version of ``template`` in its project and activate it.

    Three requests, any of which may lose its answer: what an earlier call created is
    looked for first. A version in use stays, as people send it until the new one is
    approved.

    :raises ErrorAnswer: Bird refused it
    """
    project_id = _find_project(client, account, template, previous_id)
    wanted = blocks.build(template, _find_group(client, account))
    if not project_id:
        project_id = _create_project(client, account, _project_name(template))
    versions = list(_list_versions(client, account, project_id))
    same = [version for version in versions if _says(version, wanted)]
    in_review = [version for version in same if _is_in_use(version, template)]
    if in_review:
        return _read_state(project_id, in_review[0], template.language)
    draft = next((each for each in versions if _status(each) == DRAFT), None)
    url = account.bird_url("projects", project_id, "channel-templates")
    if draft is None:
        draft = as_dict(ask(client, request(account, "POST", url, json=wanted)))
    elif draft not in same:
        address = f"{url}/{_id(draft)}"
        ask(client, request(account, "PATCH", address, json=wanted))
    return _activate(client, account, project_id, _id(draft), template)


def _is_in_use(version: Record, template: Template) -> bool:
    state = _read_state("", version, template.language)
    return state.status not in ("draft", "rejected", "deleted")


def _project_name(template: Template) -> str:
    return f"{template.name}_{template.language}"


def _find_project(client, account, template: Template, previous_id: str | None) -> str:
    if previous_id:
        return previous_id.partition("/")[0]
    name = _project_name(template)
    for project in _list_projects(client, account):
        if as_text(project.get("name")) == name:
            return _id(project)
    return ""


def _create_project(client, account, name: str) -> str:
    body = {"name": name, "description": name, "type": PROJECT_TYPE}
    asked = request(account, "POST", account.bird_url("projects"), json=body)
    return _id(as_dict(ask(client, asked)))


def _find_group(client: HttpClient, account: MessageBirdAccount) -> str:
    """The channel group of our numbers: it stands for the WhatsApp Business account.

    https://docs.bird.com/api/channels-api/api-reference/channel-groups
    """
    ours = set(account.channel_ids)
    for group in pages(client, account, account.bird_url("channel-groups")):
        channels = group.get("channelIds")
        channels = channels if isinstance(channels, list) else []
        if ours & set(map(as_text, channels)):
            return _id(group)
    raise ErrorAnswer(404, Failure(code="no_group", sentence=NO_GROUP, scope="account"))


def _id(found: Record) -> str:
    """:raises NoAnswer: Bird gave it no id"""
    if not as_text(found.get("id")):
        raise NoAnswer("Bird gave no id")
    return as_text(found["id"])


def _says(version: Record, wanted: Record) -> bool:
    """Whether ``version`` says what is wanted; Bird adds ids and fields of its own."""
    given = blocks.contents(version)
    ours = wanted["platformContent"][0]
    return len(given) == 1 and _holds(given[0].get("blocks"), ours["blocks"])


def _holds(given, wanted) -> bool:
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(
            _holds(given.get(name), value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        is_list = isinstance(given, list) and len(given) == len(wanted)
        return is_list and all(map(_holds, given, wanted))
    return given == wanted


def _activate(
    client, account, project_id: str, version_id: str, template: Template
) -> TemplateState:
    parts = ("projects", project_id, "channel-templates", version_id, "activate")
    url = account.bird_url(*parts)
    answer = as_dict(ask(client, request(account, "PUT", url, json={})))
    state = _read_state(project_id, {"id": version_id, **answer}, template.language)
    if state.status in ("draft", ""):
        # Activated, and its approval isn't told yet.
        state = dataclasses.replace(state, status="pending")
    return dataclasses.replace(
        state, name=template.name, category=state.category or template.category
    )


# -- listing --------------------------------------------------------------------------


def list_states(client: HttpClient, account: MessageBirdAccount) -> list[TemplateState]:
    """All languages of all versions that went to WhatsApp, in all projects."""
    return [
        _read(_id(project), version, content)
        for project in _list_projects(client, account)
        for version in _list_versions(client, account, _id(project))
        for content in blocks.contents(version)
        if _status(version) != DRAFT
    ]


def _list_projects(client: HttpClient, account: MessageBirdAccount) -> Iterator[Record]:
    url = account.bird_url("projects")
    return pages(client, account, url, ("type", PROJECT_TYPE))


def _list_versions(
    client: HttpClient, account: MessageBirdAccount, project_id: str
) -> Iterator[Record]:
    url = account.bird_url("projects", project_id, "channel-templates")
    return pages(client, account, url)


def _status(version: Record) -> str:
    return as_text(version.get("status")).lower()


def _read(project_id: str, version: Record, content: Record) -> TemplateState:
    template, partial = blocks.parse(version, content)
    state = _read_state(project_id, version, template.language)
    return dataclasses.replace(state, content=template, partial=partial)


def _read_state(project_id: str, version: Record, language: str) -> TemplateState:
    """One language of a version as the base knows it.

    WhatsApp's decision is the last of the approvals; a version without any has what
    Bird says of the whole.
    """
    locale = blocks.locale_of(language)
    approvals = [
        approval
        for content in blocks.contents(version)
        if as_text(content.get("locale")) == locale
        for approval in as_dicts(content.get("approvals"))
    ]
    approval = approvals[-1] if approvals else {}
    word = as_text(approval.get("platformStatus")) or as_text(approval.get("status"))
    word = word.lower().removeprefix("whatsapp_") or _status(version)
    reasons = ("reason", "rejectionReason", "reasonCode")
    info = _platform_info(version, locale)
    return TemplateState(
        template_id=f"{project_id}/{as_text(version.get('id'))}",
        name=blocks.deployment(version, blocks.NAME),
        language=language,
        status=STATUSES.get(word, word),
        category=(
            as_text(info.get("category")) or blocks.deployment(version, blocks.CATEGORY)
        ).lower(),
        reason=next(filter(None, (as_text(approval.get(key)) for key in reasons)), ""),
        quality=as_text(info.get("qualityRating")).lower(),
    )


def _platform_info(version: Record, locale: str) -> Record:
    """``{"whatsapp:<account>:<locale>": {"status", "category", "qualityRating"}}``."""
    for key, info in as_dict(version.get("platformInfo")).items():
        if key.startswith("whatsapp:") and key.endswith(f":{locale}"):
            return as_dict(info)
    return {}


def delete(client: HttpClient, account: MessageBirdAccount, template_id: str) -> None:
    """Delete one version of a template; its project stays."""
    project_id, _slash, version_id = template_id.partition("/")
    if not version_id:
        raise ERRORS.reject("no_template", 404)
    parts = ("projects", project_id, "channel-templates", version_id)
    rest.delete(client, account, account.bird_url(*parts))
