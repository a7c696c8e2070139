"""Projects and the versions of their templates.

https://docs.bird.com/api/touchpoints-api/api-reference/message-templates
"""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from ...reviewer import Submission
from ...store import Message, Option
from .. import surface
from .accounts import Account
from .api import Api, BirdError, iso8601, take_page

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_BAD_VALUE = re.compile(r"[\r\n\t]| {5,}")
_ORDER = ("link-action", "call-phone-number-action", "reply-action")
_PROBLEM_OF_STATUS = {"paused": "template_paused", "disabled": "template_disabled"}
_GENERATED = ("id", "projectId", "status", "createdAt", "updatedAt", "submittedAt")


class TemplatesApi(Api, surface.TemplatesApi):
    """Projects hold versions: drafts, until they are activated."""

    def __init__(self, provider) -> None:
        super().__init__(provider)
        self.projects: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, dict[str, Any]] = {}

    def clear(self) -> None:
        self.projects.clear()
        self.versions.clear()

    def dump(self) -> dict[str, Any]:
        return {"projects": self.projects, "versions": self.versions}

    def load(self, state: dict[str, Any]) -> None:
        self.projects.update(state.get("projects", {}))
        self.versions.update(state.get("versions", {}))

    def routes(self) -> Iterable[web.RouteDef]:
        projects = "/api.bird.com/workspaces/{workspace}/projects"
        project = projects + "/{project}"
        versions = project + "/channel-templates"
        version = versions + "/{version}"
        return [
            web.get(projects, self.guarded(self.list_projects)),
            web.post(projects, self.guarded(self.create_project)),
            web.get(project, self.guarded(self.fetch_project)),
            web.get(versions, self.guarded(self.list_versions)),
            web.post(versions, self.guarded(self.create)),
            web.get(version, self.guarded(self.fetch)),
            web.patch(version, self.guarded(self.update)),
            web.delete(version, self.guarded(self.delete)),
            web.put(version + "/activate", self.guarded(self.activate)),
        ]

    # -- projects ---------------------------------------------------------------

    async def list_projects(self, request: web.Request, account: Account):
        """All projects of the workspace."""
        found = [
            project
            for project in self.projects.values()
            if project["workspaceId"] == account.workspace_id
        ]
        return web.json_response(take_page(request, found))

    async def create_project(self, request: web.Request, account: Account):
        """A new project, empty."""
        values = await request.json()
        if values.get("type") != "channelTemplate" or not values.get("name"):
            raise BirdError("invalid", type="must be channelTemplate")
        project = {
            "id": str(uuid.uuid4()),
            "workspaceId": account.workspace_id,
            "name": values["name"],
            "type": values["type"],
        }
        self.projects[project["id"]] = project
        return web.json_response(project, status=201)

    async def fetch_project(self, request: web.Request, account: Account):
        """One project."""
        return web.json_response(self._project(request, account))

    def _project(self, request: web.Request, account: Account) -> dict[str, Any]:
        project = self.projects.get(request.match_info["project"])
        if project is None or project["workspaceId"] != account.workspace_id:
            raise BirdError("not_found")
        return project

    # -- versions ---------------------------------------------------------------

    async def list_versions(self, request: web.Request, account: Account):
        """All versions of a project, the newest first."""
        project = self._project(request, account)
        found = [each for each in self._of(project["id"])]
        return web.json_response(take_page(request, found[::-1]))

    async def create(self, request: web.Request, account: Account):
        """A draft; a project holds one at a time."""
        project = self._project(request, account)
        if any(each["status"] == "draft" for each in self._of(project["id"])):
            raise BirdError("invalid", status="A draft exists in this project")
        values = await request.json()
        _check(values)
        version = {
            **values,
            "id": str(uuid.uuid4()),
            "projectId": project["id"],
            "status": "draft",
            "createdAt": iso8601(self.store.clock.now()),
            "platformInfo": {},
        }
        self.versions[version["id"]] = version
        self._tell(version, "created")
        return web.json_response(version, status=201)

    async def fetch(self, request: web.Request, account: Account):
        """One version."""
        return web.json_response(self._version(request, account))

    async def update(self, request: web.Request, account: Account):
        """Change a draft."""
        version = self._version(request, account)
        if version["status"] != "draft":
            raise BirdError("invalid", status="only drafts can be changed")
        values = await request.json()
        _check({**version, **values})
        version |= {k: v for k, v in values.items() if k not in _GENERATED}
        self.versions[version["id"]] = version
        self._tell(version, "updated")
        return web.json_response(version)

    async def delete(self, request: web.Request, account: Account):
        """Forget a version."""
        version = self.versions.pop(self._version(request, account)["id"])
        self._tell(version, "deleted")
        self.network.reviewer.tell()
        return web.Response(status=204)

    async def activate(self, request: web.Request, account: Account):
        """Ask WhatsApp to approve a draft."""
        version = self._version(request, account)
        if version["status"] != "draft":
            raise BirdError("invalid", status="only drafts can be activated")
        for content in version["platformContent"]:
            if content.get("channelGroupIds") != [account.group_id]:
                raise BirdError("invalid", channelGroupIds="no such channel group")
            content["approvals"] = [{"status": "pending", "platformStatus": ""}]
        version["status"] = "pending"
        version["submittedAt"] = self.store.clock.now()
        self._tell(version, "updated")
        self.network.reviewer.take(self.provider, version["id"])
        return web.json_response(version)

    def _tell(self, version: dict[str, Any], change: str) -> None:
        version["updatedAt"] = iso8601(self.store.clock.now())
        self.provider.tell_template(version, change)

    def _of(self, project_id: str) -> list[dict[str, Any]]:
        everything = self.versions.values()
        return [one for one in everything if one["projectId"] == project_id]

    def _version(self, request: web.Request, account: Account) -> dict[str, Any]:
        project = self._project(request, account)
        version = self.versions.get(request.match_info["version"])
        if version is None or version["projectId"] != project["id"]:
            raise BirdError("not_found")
        return version

    # -- review -----------------------------------------------------------------

    def submissions(self) -> list[Submission]:
        submitted = (one for one in self.versions.values() if "submittedAt" in one)
        return [self._describe_submission(one) for one in submitted]

    def _describe_submission(self, version: dict[str, Any]) -> Submission:
        content = version["platformContent"][0]
        samples = {
            each["key"]: _sample(each, content["locale"])
            for each in version.get("variables") or []
        }
        shown = _render(content["blocks"], samples)
        approval = content["approvals"][-1]
        return Submission(
            id=version["id"],
            provider="bird",
            account=self.projects[version["projectId"]]["workspaceId"],
            name=_deployment(version, "whatsappTemplateName"),
            language=content["locale"].replace("-", "_"),
            category=_deployment(version, "whatsappCategory").lower(),
            status=approval["status"],
            submitted=version["submittedAt"],
            reason=approval.get("reasonCode", ""),
            header=shown["header"] or shown.get("media_url") or "",
            body=shown["text"],
            footer=shown["footer"],
            buttons=shown.get("options", []),
        )

    def review(self, submission: str, status: str, reason: str, category: str) -> None:
        """Note a decision and tell who subscribed.

        :raise KeyError: no such version
        """
        version = self.versions[submission]
        version["status"] = {"approved": "active"}.get(status, "pending")
        for content in version["platformContent"]:
            approval = {"status": status, "platformStatus": f"whatsapp_{status}"}
            if reason:
                approval["reasonCode"] = reason
            content["approvals"] = [approval]
            info = {"status": status, "qualityRating": "HIGH"}
            if category:
                info["category"] = category.upper()
            key = f"whatsapp:100000000000001:{content['locale']}"
            version["platformInfo"] = {key: info}
        self._tell(version, "updated")

    # -- use --------------------------------------------------------------------

    def render(self, account: Account, template: dict[str, Any]) -> dict[str, Any]:
        """What a message with this template shows.

        :raise BirdError: no such project, version or locale
        """
        project = self.projects.get(template.get("projectId") or "")
        if project is None or project["workspaceId"] != account.workspace_id:
            raise BirdError("not_found")
        version = self._wanted(project, template.get("version"))
        contents = [
            content
            for content in version["platformContent"]
            if content["locale"] == template.get("locale")
        ]
        if not contents:
            raise BirdError("invalid", locale="the template has no such locale")
        values = {
            each["key"]: each["value"] for each in template.get("parameters") or []
        }
        known = {each["key"] for each in version.get("variables") or []}
        if set(values) != known:
            raise BirdError("invalid", parameters="they are not the variables")
        shown = _render(contents[0]["blocks"], values)
        extra = {"template": version["id"], "values": list(values.values())}
        is_approved = contents[0].get("approvals", [{}])[-1].get("status") == "approved"
        return {**shown, "is_template": is_approved, "extra": extra}

    def _wanted(self, project: dict[str, Any], wanted: Any) -> dict[str, Any]:
        versions = self._of(project["id"])
        if wanted == "latest":
            versions = [one for one in versions if one["status"] == "active"][-1:]
        else:
            versions = [one for one in versions if one["id"] == wanted]
        if not versions:
            raise BirdError("not_found")
        return versions[0]

    def find_problem(self, message: Message) -> str | None:
        """Why WhatsApp won't take a message that was made from a template."""
        if "template" not in message.extra:
            return None
        version = self.versions.get(message.extra["template"])
        approvals = version and version["platformContent"][0].get("approvals")
        status = approvals[-1]["status"] if approvals else ""
        if status != "approved":
            return _PROBLEM_OF_STATUS.get(status, "template_not_approved")
        if any(map(_BAD_VALUE.search, message.extra["values"])):
            return "template_values"
        return None


def _deployment(version: dict[str, Any], key: str) -> str:
    for each in version["deployments"]:
        if each["key"] == key:
            return each["value"]
    return ""


def _sample(variable: dict[str, Any], locale: str) -> str:
    examples = variable.get("examplesLocale") or {}
    return (examples.get(locale) or {}).get("exampleValueStrings", [""])[0]


def _check(values: dict[str, Any]) -> None:
    """:raise BirdError: Bird takes no such template"""
    contents = values.get("platformContent") or []
    names = {each.get("key") for each in values.get("deployments") or []}
    if not contents or not {"whatsappTemplateName", "whatsappCategory"} <= names:
        raise BirdError("invalid", platformContent="content and name are needed")
    variables = {each["key"]: each for each in values.get("variables") or []}
    for content in contents:
        _check_blocks(content["blocks"])
        used = set(_PLACEHOLDER.findall(str(content["blocks"])))
        if used != set(variables):
            raise BirdError("invalid", variables="declare what the blocks use")
        if not all(_sample(each, content["locale"]) for each in variables.values()):
            raise BirdError("invalid", variables="each needs an example")


def _check_blocks(blocks: list[dict[str, Any]]) -> None:
    buttons = [one["type"] for one in blocks if one["type"] in _ORDER]
    if buttons != sorted(buttons, key=_ORDER.index):
        raise BirdError("invalid", blocks="the buttons are in the wrong order")
    bodies = [one for one in blocks if one.get("role") == "body"]
    if len(bodies) != 1:
        raise BirdError("invalid", blocks="one body is needed")


def _fill(text: str, values: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def _render(blocks: list[dict[str, Any]], values: dict[str, str]) -> dict[str, Any]:
    """The fields of a message that a template fills."""
    shown: dict[str, Any] = {"kind": "text", "header": "", "text": "", "footer": ""}
    options = []
    for block in blocks:
        kind = block["type"]
        if kind == "text":
            place = {"body": "text"}.get(block["role"], block["role"])
            shown[place] = _fill(block["text"]["text"], values)
        elif kind in ("image", "file"):
            shown["media_url"] = _fill(block[kind]["mediaUrl"], values)
        else:
            options.append(_render_button(kind, block, values))
    if options:
        shown |= {"kind": "buttons", "options": options}
    return shown


def _render_button(kind: str, block: dict[str, Any], values) -> Option:
    if kind == "link-action":
        link = block["linkAction"]
        url = _fill(link["url"], values)
        return Option(link["text"], link["text"], kind="url", value=url)
    if kind == "call-phone-number-action":
        call = block["callPhoneNumberAction"]
        return Option(
            call["text"], call["text"], kind="phone", value=call["phoneNumber"]
        )
    reply = block["replyAction"]
    return Option(reply.get("payload") or reply["text"], reply["text"])
