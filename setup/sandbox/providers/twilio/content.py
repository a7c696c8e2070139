"""Content: buttons, lists and templates: ``content.twilio.com``.

https://www.twilio.com/docs/content/content-api-resources
"""

import json
import math
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ...reviewer import Submission
from ...store import Location, Message, Option
from .. import surface
from .accounts import Account
from .api import Api, iso8601, modern_page, take_page
from .errors import TwilioError
from .messages import parse_variables

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_BAD_VALUE = re.compile(r"[\r\n\t]| {5,}")
_ADJACENT = re.compile(r"\{\{\w+\}\}\s*\{\{\w+\}\}")
CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
MOST_VARIABLES = 100
NAME_LOCK = 30 * 24 * 3600
"""Seconds that the name of a deleted or rejected template can't be used again."""

TYPES = frozenset(
    f"twilio/{name}"
    for name in (
        "text media location list-picker quick-reply call-to-action card catalog "
        "carousel flows schedule"
    ).split()
) | {"whatsapp/card", "whatsapp/authentication", "whatsapp/flows"}
SESSION_ONLY = frozenset({"twilio/list-picker", "twilio/location"})
APPROVED_ONLY = frozenset({"whatsapp/card", "whatsapp/authentication"})
_PENDING = ("received", "pending")
_PROBLEM_OF_STATUS = {"paused": "template_paused", "disabled": "template_disabled"}


@dataclass
class Content:
    """A content resource and, once it was submitted, its WhatsApp approval."""

    sid: str
    account: str
    friendly_name: str
    language: str
    types: dict[str, Any]
    created: float
    variables: dict[str, str] = field(default_factory=dict)
    updated: float = 0.0
    submitted: float = 0.0
    approval: dict[str, Any] | None = None

    @property
    def is_template(self) -> bool:
        """Whether it may open a conversation."""
        return bool(self.approval) and self.approval["status"] == "approved"

    @property
    def main_type(self) -> str:
        """The richest of its types, the one that WhatsApp shows."""
        return max(self.types, key=lambda name: name != "twilio/text")

    @property
    def body(self) -> dict[str, Any]:
        """The content of that type."""
        return self.types[self.main_type]

    @property
    def keys(self) -> set[str]:
        """The variables that it has, whatever their place."""
        texts = json.dumps(self.body, ensure_ascii=False)
        return set(_PLACEHOLDER.findall(texts))

    def describe(self) -> dict[str, Any]:
        """The content resource."""
        url = f"https://content.twilio.com/v1/Content/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "friendly_name": self.friendly_name,
            "language": self.language,
            "variables": self.variables,
            "types": self.types,
            "date_created": iso8601(self.created),
            "date_updated": iso8601(self.updated or self.created),
            "url": url,
            "links": {
                "approval_create": f"{url}/ApprovalRequests/whatsapp",
                "approval_fetch": f"{url}/ApprovalRequests",
            },
        }

    def describe_approval(self) -> dict[str, Any]:
        """The approval as the list with statuses shows it."""
        return self.approval or {
            "type": "whatsapp",
            "name": "",
            "category": "",
            "content_type": self.main_type,
            "status": "unsubmitted",
            "rejection_reason": "",
            "allow_category_change": True,
        }


class ContentApi(Api, surface.TemplatesApi):
    """Create, read and delete content; ask for its approval."""

    def __init__(self, provider) -> None:
        super().__init__(provider)
        self.contents: dict[str, Content] = {}
        self._locked: dict[str, float] = {}

    def clear(self) -> None:
        """Forget everything."""
        self.contents.clear()
        self._locked.clear()

    def dump(self) -> dict[str, Any]:
        """Everything as JSON."""
        contents = [vars(content) for content in self.contents.values()]
        return {"contents": contents, "locked": self._locked}

    def load(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`dump` gave."""
        for values in state.get("contents", []):
            self.contents[values["sid"]] = Content(**values)
        self._locked.update(state.get("locked", {}))

    def routes(self) -> Iterable[web.RouteDef]:
        host = "/content.twilio.com"
        one = f"{host}/v1/Content/{{content}}"
        approvals = f"{one}/ApprovalRequests"
        return [
            web.post(f"{host}/v1/Content", self.guarded(self.create)),
            web.get(f"{host}/v1/Content", self.guarded(self.list_contents)),
            web.get(f"{host}/v1/ContentAndApprovals", self.guarded(self.list_all)),
            web.get(one, self.guarded(self.fetch)),
            web.put(one, self.guarded(self.update)),
            web.delete(one, self.guarded(self.delete)),
            web.post(f"{approvals}/whatsapp", self.guarded(self.submit)),
            web.get(approvals, self.guarded(self.fetch_approval)),
        ]

    # -- the resource -------------------------------------------------------------

    async def create(self, request: web.Request, account: Account):
        """A new content; no approval is needed to use it inside the window."""
        values = await request.json()
        _check_content(values)
        content = Content(
            sid=f"HX{secrets.token_hex(16)}",
            account=account.sid,
            friendly_name=values.get("friendly_name") or "",
            language=values["language"],
            types=values["types"],
            variables=values.get("variables") or {},
            created=self.store.clock.now(),
        )
        self.contents[content.sid] = content
        return web.json_response(content.describe(), status=201)

    async def list_contents(self, request: web.Request, account: Account):
        """All contents of the account."""
        page, place = self._page(request, account)
        records = [content.describe() for content in page]
        return web.json_response(modern_page(request, "contents", records, place))

    async def list_all(self, request: web.Request, account: Account):
        """All contents with the state of their approval."""
        page, place = self._page(request, account)
        records = []
        for content in page:
            record = content.describe()
            del record["links"]
            records.append(record | {"approval_requests": content.describe_approval()})
        return web.json_response(modern_page(request, "contents", records, place))

    async def fetch(self, request: web.Request, account: Account):
        """One content."""
        return web.json_response(self._content(request, account).describe())

    async def update(self, request: web.Request, account: Account):
        """Change a content that wasn't submitted yet."""
        content = self._content(request, account)
        if content.approval:
            raise TwilioError(92009)
        values = await request.json()
        _check_content({**vars(content), **values})
        for name in ("friendly_name", "types", "variables"):
            if name in values:
                setattr(content, name, values[name])
        content.updated = self.store.clock.now()
        return web.json_response(content.describe())

    async def delete(self, request: web.Request, account: Account):
        """Forget a content; WhatsApp keeps a template unless told otherwise."""
        content = self._content(request, account)
        del self.contents[content.sid]
        if content.approval:
            everywhere = request.query.get("deleteInWaba", "").lower() == "true"
            until = self.store.clock.now() + NAME_LOCK if everywhere else math.inf
            self._locked[_name_key(content)] = until
            self.network.reviewer.tell()
        return web.Response(status=204)

    def _page(self, request: web.Request, account: Account):
        mine = [one for one in self.contents.values() if one.account == account.sid]
        return take_page(request, mine, key=lambda content: content.sid)

    def _content(self, request: web.Request, account: Account) -> Content:
        return self._find(account, request.match_info["content"], TwilioError(20404))

    def _find(self, account: Account, sid: str, error: TwilioError) -> Content:
        content = self.contents.get(sid)
        if content is None or content.account != account.sid:
            raise error
        return content

    # -- approval -----------------------------------------------------------------

    async def submit(self, request: web.Request, account: Account):
        """Ask WhatsApp to approve a content as a template."""
        content = self._content(request, account)
        values = await request.json()
        if content.approval:
            raise TwilioError(92009)
        name, category = values.get("name", ""), values.get("category", "")
        self._check_submission(content, name, category)
        content.approval = content.describe_approval() | {
            "name": name,
            "category": category,
            "status": "received",
        }
        content.submitted = self.store.clock.now()
        answer = web.json_response(content.approval, status=201)
        if mistake := _find_mistake(content):
            self.review(content.sid, "rejected", mistake)
        self.network.reviewer.take(self.provider, content.sid)
        return answer

    def _check_submission(self, content: Content, name: str, category: str) -> None:
        """:raise TwilioError: Twilio doesn't pass it on to WhatsApp"""
        if not _NAME.fullmatch(name):
            raise TwilioError(
                92000, "The name has lower-case letters, digits and underscores only"
            )
        if category not in CATEGORIES:
            raise TwilioError(92000, f"The category is one of {', '.join(CATEGORIES)}")
        if content.main_type in SESSION_ONLY:
            raise TwilioError(92000, f"{content.main_type} can't be approved")
        is_code = content.main_type == "whatsapp/authentication"
        if is_code != (category == "AUTHENTICATION"):
            raise TwilioError(92000, "The category doesn't fit the content's type")
        numbers = {str(place) for place in range(1, len(content.keys) + 1)}
        if content.keys != numbers:
            raise TwilioError(92000, "The variables are numbered {{1}}, {{2}} …")
        if not all(content.variables.get(key) for key in content.keys):
            raise TwilioError(92000, "Each variable needs a sample")
        if self._is_taken(_name_key(content, name)):
            raise TwilioError(92000, f"A template {name} exists in this language")

    def _is_taken(self, key: str) -> bool:
        submitted = (one for one in self.contents.values() if one.approval)
        is_used = any(_name_key(one) == key for one in submitted)
        return is_used or self._locked.get(key, 0) > self.store.clock.now()

    async def fetch_approval(self, request: web.Request, account: Account):
        """How the approval stands."""
        content = self._content(request, account)
        body = {
            "sid": content.sid,
            "account_sid": account.sid,
            "whatsapp": content.describe_approval(),
            "url": f"{content.describe()['url']}/ApprovalRequests",
        }
        return web.json_response(body)

    def submissions(self) -> list[Submission]:
        """All contents that were submitted, as the reviewers see them."""
        submitted = (one for one in self.contents.values() if one.approval)
        return [_describe_submission(content) for content in submitted]

    def review(self, sid: str, status: str, reason: str, category: str = "") -> None:
        """Note a decision.

        :raise KeyError: no such content, or it wasn't submitted
        """
        content = self.contents[sid]
        if content.approval is None:
            raise KeyError(sid)
        content.approval |= {"status": status, "rejection_reason": reason}
        if category:
            content.approval["category"] = category.upper()

    # -- use ----------------------------------------------------------------------

    def render_for(self, account: Account, form: Any) -> dict[str, Any]:
        """What a message with this ``ContentSid`` shows; empty without one.

        :raise TwilioError: the content or its variables can't be used
        """
        sid, variables = form.get("ContentSid"), form.get("ContentVariables", "")
        if not sid and variables:
            raise TwilioError(21654)
        if not sid:
            return {}
        content = self._find(account, sid, TwilioError(21655))
        values = {**content.variables, **parse_variables(variables)}
        shown = render(content.main_type, _fill(content.body, values), values)
        return {**shown, "is_template": content.is_template}

    def find_problem(self, message: Message) -> str | None:
        """Why WhatsApp won't take a message that was made from a content."""
        content = self.contents.get(message.extra.get("content") or "")
        if content is None:
            return None
        status = (content.approval or {}).get("status", "")
        if status in _PROBLEM_OF_STATUS:
            return _PROBLEM_OF_STATUS[status]
        if content.main_type in APPROVED_ONLY and not content.is_template:
            return "template_not_approved"
        if any(map(_BAD_VALUE.search, message.extra["values"].values())):
            return "template_values"
        return None


def _name_key(content: Content, name: str = "") -> str:
    """A template's name is unique in its account and language."""
    name = name or content.approval["name"]
    return f"{content.account} {content.language} {name}"


def _check_content(values: dict[str, Any]) -> None:
    """:raise TwilioError: Twilio takes no such content"""
    types = values.get("types")
    if not values.get("language") or not isinstance(types, dict) or not types:
        raise TwilioError(92000)
    if unknown := set(types) - TYPES:
        raise TwilioError(92000, f"Unknown types: {', '.join(sorted(unknown))}")
    variables = values.get("variables") or {}
    if not all(isinstance(value, str) for value in variables.values()):
        raise TwilioError(92000, "Samples are texts")
    if len(variables) > MOST_VARIABLES:
        raise TwilioError(92002)


def _find_mistake(content: Content) -> str:
    """What WhatsApp rejects by itself, in seconds; empty if nothing.

    https://www.twilio.com/docs/content/using-variables-with-content-api
    """
    body = content.body.get("body", "").strip()
    places = [match.span() for match in _PLACEHOLDER.finditer(body)]
    if places and (places[0][0] == 0 or places[-1][1] == len(body)):
        return "INVALID_FORMAT: variables can't be at the start or end of the template"
    if _ADJACENT.search(body):
        return "INVALID_FORMAT: two variables can't stand side by side"
    return ""


def _describe_submission(content: Content) -> Submission:
    approval = content.approval
    body = _fill(content.body, content.variables)
    shown = render(content.main_type, body, content.variables)
    status = approval["status"]
    return Submission(
        id=content.sid,
        provider="twilio",
        account=content.account,
        name=approval["name"],
        language=content.language,
        category=approval["category"].lower(),
        status="pending" if status in _PENDING else status,
        submitted=content.submitted,
        reason=approval["rejection_reason"],
        header=shown.get("header") or shown.get("media_url") or "",
        body=shown["text"],
        footer=shown.get("footer", ""),
        buttons=shown.get("options", []),
    )


def _fill(value: Any, variables: dict[str, str]) -> Any:
    """The content with its placeholders replaced, at any depth."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: variables.get(match[1], match[0]), value)
    if isinstance(value, list):
        return [_fill(item, variables) for item in value]
    if isinstance(value, dict):
        return {name: _fill(item, variables) for name, item in value.items()}
    return value


def render(
    type_name: str, body: dict[str, Any], variables: dict[str, str]
) -> dict[str, Any]:
    """The fields of a message that a content of this type fills.

    https://www.twilio.com/docs/content/content-types-overview
    """
    if type_name == "whatsapp/authentication":
        body = _write_code_message(body, variables.get("1", "123456"))
    shown: dict[str, Any] = {
        "kind": "text",
        "header": body.get("header_text") or "",
        "text": body.get("body") or body.get("title") or "",
        "footer": body.get("footer") or body.get("subtitle") or "",
    }
    if body.get("media"):
        shown["media_url"] = body["media"][0]
    if type_name == "twilio/location":
        shown["kind"] = "location"
        shown["location"] = Location(
            float(body["latitude"]), float(body["longitude"]), body.get("label", "")
        )
    elif type_name == "twilio/list-picker":
        rows = [
            Option(row["id"], row["item"], row.get("description") or "")
            for row in body["items"]
        ]
        shown |= {"kind": "list", "list_label": body["button"], "options": rows}
    elif body.get("actions"):
        buttons = [_render_action(action) for action in body["actions"]]
        shown |= {"kind": "buttons", "options": buttons}
    return shown


_ACTIONS = {
    "QUICK_REPLY": ("reply", ""),
    "URL": ("url", "url"),
    "PHONE_NUMBER": ("phone", "phone"),
    "COPY_CODE": ("copy_code", "code"),
}


def _render_action(action: dict[str, Any]) -> Option:
    kind, name = _ACTIONS.get(action.get("type") or "QUICK_REPLY", ("other", ""))
    title = action.get("title") or action.get("copy_code_text") or ""
    value = action.get(name) or ""
    return Option(action.get("id") or title, title, kind=kind, value=value)


def _write_code_message(body: dict[str, Any], code: str) -> dict[str, Any]:
    """WhatsApp's own text around a one-time code.

    https://www.twilio.com/docs/content/whatsappauthentication
    """
    advice = " For your security, do not share this code."
    minutes = body.get("code_expiration_minutes")
    actions = [{**action, "code": code} for action in body.get("actions") or []]
    return {
        "body": f"*{code}* is your verification code."
        + (advice if body.get("add_security_recommendation", True) else ""),
        "footer": f"This code expires in {minutes} minutes." if minutes else "",
        "actions": actions,
    }
