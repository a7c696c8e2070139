"""Templates: ``integrations.messagebird.com``.

https://developers.messagebird.com/api/whatsapp
"""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from ...reviewer import Submission
from ...store import Message
from .. import surface
from ..components import (
    BAD_VALUE,
    CATEGORIES,
    NAME,
    read_parameters,
    read_samples,
    render,
    variables_of,
)
from .accounts import Account
from .api import Api, MessageBirdError, take_page, whole_second

_PROBLEM_OF_STATUS = {"PAUSED": "template_paused", "DISABLED": "template_disabled"}
Key = tuple[str, str, str]


class TemplatesApi(Api, surface.TemplatesApi):
    """Create, change, list and delete templates; WhatsApp reviews them."""

    def __init__(self, provider) -> None:
        super().__init__(provider)
        #: By WhatsApp Business account, name and language.
        self.templates: dict[Key, dict[str, Any]] = {}

    def clear(self) -> None:
        self.templates.clear()

    def dump(self) -> list[dict[str, Any]]:
        return list(self.templates.values())

    def load(self, state: list[dict[str, Any]]) -> None:
        for template in state:
            self.templates[_key(template)] = template

    def routes(self) -> Iterable[web.RouteDef]:
        root = "/integrations.messagebird.com/{version}/platforms/whatsapp/templates"
        one = root + "/{name}/{language}"
        return [
            web.post(root, self.guarded(self.create)),
            web.get(root, self.guarded(self.list_templates)),
            web.get(root + "/{name}", self.guarded(self.fetch_languages)),
            web.delete(root + "/{name}", self.guarded(self.delete_languages)),
            web.get(one, self.guarded(self.fetch)),
            web.put(one, self.guarded(self.update)),
            web.delete(one, self.guarded(self.delete)),
        ]

    # -- the resource -----------------------------------------------------------

    async def create(self, request: web.Request, account: Account):
        """A new template, which WhatsApp gets to review."""
        values = await request.json()
        if values.get("wabaID") != account.waba_id:
            raise MessageBirdError("not_found", "wabaID")
        if not NAME.fullmatch(values.get("name") or ""):
            raise MessageBirdError("invalid", "name")
        if _key(values) in self.templates:
            raise MessageBirdError("invalid", "name", "the template exists")
        now = self.store.clock.now()
        template = {
            "name": values["name"],
            "language": values["language"],
            "wabaID": account.waba_id,
            "namespace": account.namespace,
            "createdAt": whole_second(now),
            "submitted": now,
        }
        self.templates[_key(template)] = template
        return self._submit(template, values, 201)

    async def update(self, request: web.Request, account: Account):
        """Change it; WhatsApp reviews it once more."""
        template = self._template(request, account)
        return self._submit(template, await request.json(), 200)

    def _submit(self, template: dict[str, Any], values, status: int) -> web.Response:
        if values.get("category") not in CATEGORIES:
            raise MessageBirdError("invalid", "category")
        _check_components(values.get("components"))
        now = self.store.clock.now()
        template |= {
            "category": values["category"],
            "components": values["components"],
            "status": "PENDING",
            "rejectedReason": "",
            "updatedAt": whole_second(now),
            "submitted": now,
        }
        self.templates[_key(template)] = template
        self.network.reviewer.take(self.provider, _id(template))
        return web.json_response(_describe(template), status=status)

    async def list_templates(self, request: web.Request, account: Account):
        """All languages of all templates of a business account, or of a channel's."""
        waba_id, channel = (request.query.get(key) for key in ("wabaId", "channelId"))
        if request.match_info["version"] == "v3" and bool(waba_id) == bool(channel):
            raise MessageBirdError("invalid", "wabaId")
        if (waba_id or account.waba_id) != account.waba_id:
            raise MessageBirdError("not_found", "wabaId")
        found = [_describe(each) for each in self._of(account)]
        return web.json_response(take_page(request, found))

    async def fetch_languages(self, request: web.Request, account: Account):
        """All languages of a name."""
        name = request.match_info["name"]
        found = [_describe(one) for one in self._of(account) if one["name"] == name]
        if not found:
            raise MessageBirdError("not_found")
        return web.json_response(found)

    async def fetch(self, request: web.Request, account: Account):
        """One language."""
        return web.json_response(_describe(self._template(request, account)))

    async def delete(self, request: web.Request, account: Account):
        """Forget one language."""
        del self.templates[_key(self._template(request, account))]
        self.network.reviewer.tell()
        return web.Response(status=204)

    async def delete_languages(self, request: web.Request, account: Account):
        """Forget all languages of a name."""
        for template in self._of(account):
            if template["name"] == request.match_info["name"]:
                del self.templates[_key(template)]
        self.network.reviewer.tell()
        return web.Response(status=204)

    def _of(self, account: Account) -> list[dict[str, Any]]:
        everything = self.templates.values()
        return [one for one in everything if one["wabaID"] == account.waba_id]

    def _template(self, request: web.Request, account: Account) -> dict[str, Any]:
        place = request.match_info
        return self._find(account, place["name"], place["language"])

    def _find(self, account: Account, name: str, language: str) -> dict[str, Any]:
        template = self.templates.get((account.waba_id, name, language))
        if template is None:
            raise MessageBirdError("not_found", "template")
        return template

    # -- review -----------------------------------------------------------------

    def submissions(self) -> list[Submission]:
        return [_describe_submission(one) for one in self.templates.values()]

    def review(self, submission: str, status: str, reason: str, category: str) -> None:
        """:raise KeyError: no such template"""
        for template in self.templates.values():
            if _id(template) == submission:
                template |= {"status": status.upper(), "rejectedReason": reason}
                if category:
                    template["category"] = category.upper()
                return
        raise KeyError(submission)

    # -- use --------------------------------------------------------------------

    def render(self, account: Account, hsm: dict[str, Any]) -> dict[str, Any]:
        """What a message with this template shows.

        :raise MessageBirdError: no such template, or no such namespace
        """
        if hsm.get("namespace") != account.namespace:
            raise MessageBirdError("not_found", "namespace")
        language = (hsm.get("language") or {}).get("code", "")
        template = self._find(account, hsm.get("templateName", ""), language)
        values = read_parameters(hsm.get("components") or [])
        shown = render(template["components"], values)
        extra = {"template": _id(template), "values": values.all()}
        if not _is_filled(template["components"], values):
            extra["values"] = ["\n"]
        is_approved = template["status"] == "APPROVED"
        return {**shown, "is_template": is_approved, "extra": extra}

    def find_problem(self, message: Message) -> str | None:
        """Why WhatsApp won't take a message that was made from a template."""
        wanted = message.extra.get("template")
        found = [one for one in self.templates.values() if _id(one) == wanted]
        if not wanted or not found:
            return "template_not_approved" if wanted else None
        status = found[0]["status"]
        if status != "APPROVED":
            return _PROBLEM_OF_STATUS.get(status, "template_not_approved")
        if any(map(BAD_VALUE.search, message.extra["values"])):
            return "template_values"
        return None


def _key(template: dict[str, Any]) -> Key:
    return template["wabaID"], template["name"], template["language"]


def _id(template: dict[str, Any]) -> str:
    return ":".join(_key(template))


def _describe(template: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in template.items() if name != "submitted"}


def _check_components(components: Any) -> None:
    """:raise MessageBirdError: no body, or a variable without its sample"""
    components = components if isinstance(components, list) else []
    bodies = [one for one in components if one.get("type") == "BODY"]
    if len(bodies) != 1:
        raise MessageBirdError("invalid", "components")
    samples = (bodies[0].get("example") or {}).get("body_text") or [[]]
    count = len(variables_of(bodies[0]))
    if len(samples[0]) != count or not all(samples[0]):
        raise MessageBirdError("invalid", "components.example")


def _describe_submission(template: dict[str, Any]) -> Submission:
    shown = render(template["components"], read_samples(template["components"]))
    return Submission(
        id=_id(template),
        provider="messagebird",
        account=template["wabaID"],
        name=template["name"],
        language=template["language"],
        category=template["category"].lower(),
        status=template["status"].lower(),
        submitted=template["submitted"],
        reason=template["rejectedReason"],
        header=shown["header"] or shown.get("media_url") or "",
        body=shown["text"],
        footer=shown["footer"],
        buttons=shown["options"],
    )


def _is_filled(components: list[dict[str, Any]], values) -> bool:
    """Whether body and header have a value for each variable."""
    for component in components:
        place = component["type"].lower()
        count = len(variables_of(component))
        if place in ("header", "body") and len(values.texts.get(place, {})) < count:
            return False
    return True
