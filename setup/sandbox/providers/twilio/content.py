"""Content: buttons, lists and templates: ``content.twilio.com``.

https://www.twilio.com/docs/content/content-api-resources
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ...store import Location, Option
from .accounts import Account
from .api import Api, iso8601, modern_page, take_page
from .errors import TwilioError
from .messages import parse_variables

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_APPROVAL_FIELDS = ("name", "category")
STATUSES = ("received", "pending", "approved", "rejected", "paused", "disabled")


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
    approval: dict[str, Any] | None = None

    @property
    def is_template(self) -> bool:
        """Whether it may open a conversation."""
        return bool(self.approval) and self.approval["status"] == "approved"

    @property
    def main_type(self) -> str:
        """The richest of its types, the one that WhatsApp shows."""
        return max(self.types, key=lambda name: name != "twilio/text")

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


class ContentApi(Api):
    """Create, read and delete content; ask for its approval."""

    def __init__(self, twilio) -> None:
        super().__init__(twilio)
        self.contents: dict[str, Content] = {}

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
        if not values.get("language") or not values.get("types"):
            raise TwilioError(92000)
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
        for name in ("friendly_name", "types", "variables"):
            if name in values:
                setattr(content, name, values[name])
        content.updated = self.store.clock.now()
        return web.json_response(content.describe())

    async def delete(self, request: web.Request, account: Account):
        """Forget a content."""
        del self.contents[self._content(request, account).sid]
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
        if not all(values.get(name) for name in _APPROVAL_FIELDS):
            raise TwilioError(92000)
        content.approval = content.describe_approval() | {
            "name": values["name"],
            "category": values["category"],
            "status": "received",
        }
        return web.json_response(content.approval, status=201)

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

    def review(self, sid: str, status: str, reason: str = "") -> Content:
        """Decide as WhatsApp's reviewers would.

        :raise KeyError: no such content, or it wasn't submitted
        :raise ValueError: no such status
        """
        content = self.contents[sid]
        if content.approval is None:
            raise KeyError(sid)
        if status not in STATUSES:
            raise ValueError(f"“status” must be one of {', '.join(STATUSES)}")
        content.approval |= {"status": status, "rejection_reason": reason}
        return content

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
        body = _fill(content.types[content.main_type], values)
        shown = render(content.main_type, body)
        return {**shown, "is_template": content.is_template}


def _fill(value: Any, variables: dict[str, str]) -> Any:
    """The content with its placeholders replaced, at any depth."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: variables.get(match[1], match[0]), value)
    if isinstance(value, list):
        return [_fill(item, variables) for item in value]
    if isinstance(value, dict):
        return {name: _fill(item, variables) for name, item in value.items()}
    return value


def render(type_name: str, body: dict[str, Any]) -> dict[str, Any]:
    """The fields of a message that a content of this type fills.

    https://www.twilio.com/docs/content/content-types-overview
    """
    shown: dict[str, Any] = {"kind": "text", "text": body.get("body", "")}
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
        buttons = [
            Option(action.get("id") or action["title"], action["title"])
            for action in body["actions"]
            if action.get("type", "QUICK_REPLY") == "QUICK_REPLY"
        ]
        shown |= {"kind": "buttons", "options": buttons}
    return shown
