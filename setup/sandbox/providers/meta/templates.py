"""Templates: create, list, edit, delete; their review and their use.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from aiohttp import web

from ...reviewer import Submission
from .. import surface
from ..components import (
    BAD_VALUE,
    CATEGORIES,
    FILES,
    NAME,
    PLACEHOLDER,
    find,
    has_variable_at_end,
    read_parameters,
    read_samples,
    render,
    variables_of,
)
from .accounts import Account
from .api import NODE, Api, answer_page, read_json
from .errors import MetaError
from .messages import read_location

_NAMED = re.compile(r"[a-z_]+")
EDITABLE = ("APPROVED", "REJECTED", "PAUSED")
MOST_TEMPLATES = 6000
NAME_LOCK = 30 * 24 * 3600
"""Seconds that the name of a deleted template can't be used again."""

EXISTS, DELETED, NO_SAMPLE, EDGES = 2388024, 2388023, 2388043, 2388299


@dataclass
class Template:
    """One language of a template; ``status`` is Meta's word."""

    id: str
    account: str
    name: str
    language: str
    category: str
    components: list[dict[str, Any]]
    submitted: float
    parameter_format: str = "POSITIONAL"
    status: str = "PENDING"
    reason: str = ""

    @property
    def reason_code(self) -> str:
        """The reason as webhooks have it: a code, or none."""
        first = self.reason.partition(":")[0].strip()
        return first if first and first.isupper() else "NONE"

    def component(self, kind: str) -> dict[str, Any]:
        """The component of this type, or an empty one."""
        return find(self.components, kind)

    def describe(self) -> dict[str, Any]:
        """The template as its list shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "components": self.components,
            "parameter_format": self.parameter_format,
            "quality_score": {"score": "UNKNOWN", "date": int(self.submitted)},
            "rejected_reason": self.reason_code,
        }


class TemplatesApi(Api, surface.TemplatesApi):
    """The templates of all accounts."""

    def __init__(self, provider) -> None:
        super().__init__(provider)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.templates: dict[str, Template] = {}
        self._locked: dict[str, float] = {}

    def dump(self) -> dict[str, Any]:
        """Everything as JSON."""
        templates = [asdict(one) for one in self.templates.values()]
        return {"templates": templates, "locked": self._locked}

    def load(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`dump` gave."""
        known = [each.name for each in fields(Template)]
        for values in state.get("templates", []):
            # The state file of an earlier version may have more.
            kept = {name: values[name] for name in known if name in values}
            self.templates[values["id"]] = Template(**kept)
        self._locked.update(state.get("locked", {}))

    def routes(self) -> Iterable[web.RouteDef]:
        path = f"{NODE}/message_templates"
        return [
            web.post(path, self.guarded(self.create)),
            web.get(path, self.guarded(self.list_templates)),
            web.delete(path, self.guarded(self.delete)),
        ]

    # -- management ---------------------------------------------------------------

    def find(self, account: Account, template_id: str) -> Template | None:
        """A template of the account, by id."""
        template = self.templates.get(template_id)
        return template if template and template.account == account.waba_id else None

    def _of(self, account: Account) -> list[Template]:
        every = self.templates.values()
        return [one for one in every if one.account == account.waba_id]

    async def create(self, request: web.Request, account: Account):
        """A new one goes to the reviewers."""
        self._check_waba(request, account)
        values = await read_json(request)
        template = Template(
            id=str(secrets.randbelow(10**15) + 10**15),
            account=account.waba_id,
            name=str(values.get("name", "")),
            language=str(values.get("language", "")),
            category=str(values.get("category", "")).upper(),
            components=values.get("components") or [],
            parameter_format=str(values.get("parameter_format", "POSITIONAL")).upper(),
            submitted=self.store.clock.now(),
        )
        self._check_identity(account, template)
        self._check_components(template)
        self.templates[template.id] = template
        self.network.reviewer.take(self.provider, template.id)
        body = {
            "id": template.id,
            "status": template.status,
            "category": template.category,
        }
        return web.json_response(body)

    def edit(
        self, account: Account, template: Template, values: dict[str, Any]
    ) -> web.Response:
        """Replace all components; the review begins anew."""
        if template.status not in EDITABLE:
            raise MetaError(100, "This template can't be edited now", subcode=2593002)
        changed = Template(**asdict(template))
        changed.components = values.get("components") or template.components
        category = str(values.get("category", "")).upper()
        if category and template.status == "APPROVED":
            raise MetaError(100, "The category of an approved template stays")
        changed.category = category or template.category
        form = values.get("parameter_format") or template.parameter_format
        changed.parameter_format = str(form).upper()
        changed.status, changed.reason = "PENDING", ""
        changed.submitted = self.store.clock.now()
        self._check_components(changed)
        self.templates[template.id] = changed
        self.network.reviewer.take(self.provider, template.id)
        return web.json_response({"success": True})

    async def list_templates(self, request: web.Request, account: Account):
        """All languages, filtered."""
        self._check_waba(request, account)
        query = request.query
        found = [
            template.describe()
            for template in self._of(account)
            if query.get("name", "") in template.name
            and query.get("language", template.language) == template.language
            and query.get("status", template.status) == template.status
            and query.get("category", template.category) == template.category
        ]
        summary = {
            "total_count": len(found),
            "message_template_count": len(self._of(account)),
            "message_template_limit": MOST_TEMPLATES,
            "are_translations_complete": True,
        }
        return answer_page(request, found, summary)

    async def delete(self, request: web.Request, account: Account):
        """One language with ``hsm_id``, else all of the name."""
        self._check_waba(request, account)
        name, one = request.query.get("name"), request.query.get("hsm_id")
        gone = [
            template
            for template in self._of(account)
            if template.name == name and one in (None, template.id)
        ]
        if not gone:
            raise MetaError(100, "Message template not found", status=404)
        for template in gone:
            del self.templates[template.id]
            until = self.store.clock.now() + NAME_LOCK
            self._locked[_key(template)] = until
        self.network.reviewer.tell()
        return web.json_response({"success": True})

    @staticmethod
    def _check_waba(request: web.Request, account: Account) -> None:
        if request.match_info["node"] != account.waba_id:
            raise MetaError.no_such_object(request.match_info["node"])

    def _check_identity(self, account: Account, template: Template) -> None:
        if not NAME.fullmatch(template.name):
            raise MetaError(
                100, "The name has lower-case letters, digits and underscores only"
            )
        if template.category not in CATEGORIES or not template.language:
            raise MetaError(100, "Category and language are needed")
        if any(_key(one) == _key(template) for one in self._of(account)):
            raise MetaError(
                100, "Content in this language already exists", subcode=EXISTS
            )
        if self._locked.get(_key(template), 0) > self.store.clock.now():
            raise MetaError(100, "It is being deleted; try later", subcode=DELETED)

    def _check_components(self, template: Template) -> None:
        """:raise MetaError: Meta doesn't take it to its reviewers"""
        body = template.component("BODY")
        if template.category == "AUTHENTICATION":
            if "text" in body:
                raise MetaError(100, "The text of authentication is WhatsApp's own")
            return
        text = body.get("text", "").strip()
        if not text or len(text) > 1024:
            raise MetaError(100, "The body has 1 to 1024 characters", subcode=2388040)
        if has_variable_at_end(template.components):
            raise MetaError(100, "Variables at the start or end", subcode=EDGES)
        for kind in ("HEADER", "BODY"):
            self._check_variables(template, kind)
        header = template.component("HEADER")
        if str(header.get("format")).lower() in FILES:
            handles = header.get("example", {}).get("header_handle") or [""]
            if handles[0] not in self.provider.files.handles:
                raise MetaError(100, "A sample is missing", subcode=NO_SAMPLE)

    @staticmethod
    def _check_variables(template: Template, kind: str) -> None:
        component = template.component(kind)
        names = variables_of(component)
        samples = read_samples([component]).texts.get(kind.lower(), {})
        if template.parameter_format == "NAMED":
            if not all(map(_NAMED.fullmatch, names)):
                raise MetaError(100, "Names have lower-case letters only")
        elif names != [str(place) for place in range(1, len(names) + 1)]:
            raise MetaError(100, "The variables are numbered {{1}}, {{2}} …")
        if not all(samples.get(name) for name in names):
            raise MetaError(100, "Each variable needs a sample", subcode=NO_SAMPLE)

    # -- review -------------------------------------------------------------------

    def submissions(self) -> list[Submission]:
        """All templates, as the reviewers see them."""
        return [self._describe_submission(one) for one in self.templates.values()]

    def _describe_submission(self, template: Template) -> Submission:
        shown = render(template.components, read_samples(template.components))
        return Submission(
            id=template.id,
            provider=self.provider.name,
            account=template.account,
            name=template.name,
            language=template.language,
            category=template.category.lower(),
            status=template.status.lower(),
            submitted=template.submitted,
            reason=template.reason,
            header=shown["header"],
            body=shown["text"],
            footer=shown["footer"],
            buttons=shown["options"],
        )

    def review(self, template_id: str, status: str, reason: str, category: str) -> None:
        """Note a decision and tell the business.

        :raise KeyError: no such template
        """
        template = self.templates[template_id]
        template.status, template.reason = status.upper(), reason
        template.category = category.upper() or template.category
        self.provider.tell_template(self.provider.accounts[template.account], template)

    # -- use ----------------------------------------------------------------------

    def render_for(
        self, account: Account, content: dict[str, Any], is_number: bool
    ) -> dict[str, Any]:
        """What a message with this template shows.

        :raise MetaError: the template or its values can't be used
        """
        language = content.get("language", {}).get("code")
        template = next(
            (
                one
                for one in self._of(account)
                if (one.name, one.language) == (content.get("name"), language)
            ),
            None,
        )
        blocked = {"PAUSED": 132015, "DISABLED": 132016}
        if template is None or template.status not in ("APPROVED", *blocked):
            raise MetaError(132001, "template name does not exist in the translation")
        if template.status in blocked:
            raise MetaError(blocked[template.status])
        if template.category == "AUTHENTICATION" and not is_number:
            raise MetaError(131062)
        given = content.get("components") or []
        _check_parameters(template, given)
        shown = render(template.components, read_parameters(given))
        extra = {"category": template.category}
        return {**shown, "is_template": True, "extra": extra}


def _key(template: Template) -> str:
    """A template's name is unique in its account and language."""
    return f"{template.account} {template.language} {template.name}"


def _check_parameters(template: Template, components: list[dict[str, Any]]) -> None:
    """:raise MetaError: they don't fit the template"""
    given = {
        (str(one.get("type")).lower(), str(one.get("index", ""))): one.get("parameters")
        or []
        for one in components
    }
    texts = [one.get("text") or "" for each in given.values() for one in each]
    if any(map(BAD_VALUE.search, texts)):
        raise MetaError(132018, "A value has a line break or five spaces")
    if template.category == "AUTHENTICATION":
        body, button = given.get(("body", ""), []), given.get(("button", "0"), [])
        if len(body) != 1 or body != button:
            raise MetaError(132000, "Body and button carry the code")
        return
    for kind in ("HEADER", "BODY"):
        _check_texts(template, kind, given.get((kind.lower(), ""), []))
    for place, button in enumerate(template.component("BUTTONS").get("buttons", [])):
        _check_button(place, button, given.get(("button", str(place)), []))


def _check_texts(template: Template, kind: str, given: list[dict[str, Any]]) -> None:
    component = template.component(kind)
    form = component.get("format", "TEXT").lower()
    if form != "text":
        _check_above(form, given)
        return
    names = variables_of(component)
    if len(given) != len(names):
        where = kind.lower()
        raise MetaError(
            132000, f"{where}: number of params ({len(given)}) does not match"
        )
    values = read_parameters([{"type": kind, "parameters": given}])
    if not all(values.texts.get(kind.lower(), {}).get(name) for name in names):
        raise MetaError(132012, "A value is missing")


def _check_above(form: str, given: list[dict[str, Any]]) -> None:
    if len(given) != 1 or given[0].get("type") != form:
        raise MetaError(132012, f"header: a {form} is expected")
    if form in FILES and not given[0][form].get("link"):
        raise MetaError(132012, "header: link is expected")
    if form == "location":
        read_location(given[0][form])


def _check_button(place: int, button: dict[str, Any], given: list[Any]) -> None:
    needs_url = button["type"] == "URL" and bool(PLACEHOLDER.search(button["url"]))
    if button["type"] == "URL" and needs_url != bool(given):
        raise MetaError(132000, f"button {place}: params do not match")
    if button["type"] == "COPY_CODE" and not given:
        raise MetaError(132000, f"button {place}: the code is missing")
