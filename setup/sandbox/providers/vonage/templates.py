"""Templates: ``/v2/whatsapp-manager``.

https://developer.vonage.com/en/api/whatsapp-template-management
"""

import itertools
import secrets
from collections.abc import Iterable

from aiohttp import web

from ...reviewer import Submission
from ...store import Message
from .. import surface
from ..components import (
    BAD_VALUE,
    CATEGORIES,
    NAME,
    Record,
    has_variable_at_end,
    read_parameters,
    read_samples,
    render,
    variables_of,
)
from .accounts import Account
from .api import Api, read_object
from .errors import VonageError

SAMPLE_TYPES = ("image/jpeg", "image/jpg", "image/png", "video/mp4")
EDITABLE = ("APPROVED", "REJECTED", "PAUSED")
_PROBLEMS = {"PAUSED": "template_paused", "DISABLED": "template_disabled"}


class TemplatesApi(Api, surface.TemplatesApi):
    """Create, list, edit and delete; subscribe to decisions; fill for a message."""

    def __init__(self, provider) -> None:
        super().__init__(provider)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.records: dict[str, Record] = {}
        self._subscriptions: dict[str, Record] = {}
        self._ids = itertools.count(secrets.randbelow(10**14) + 10**14)

    def dump(self) -> Record:
        """Everything as JSON."""
        return {"records": self.records, "subscriptions": self._subscriptions}

    def load(self, state: Record) -> None:
        """Take back what :meth:`dump` gave."""
        self.records.update(state.get("records", {}))
        self._subscriptions.update(state.get("subscriptions", {}))

    def routes(self) -> Iterable[web.RouteDef]:
        base = "/api.nexmo.com/v2/whatsapp-manager"
        templates = f"{base}/wabas/{{waba}}/templates"
        one = f"{templates}/{{template}}"
        return [
            web.get(templates, self.guarded(self.list_templates)),
            web.post(templates, self.guarded(self.create)),
            web.delete(templates, self.guarded(self.delete)),
            web.get(one, self.guarded(self.fetch)),
            web.put(one, self.guarded(self.update)),
            web.post(f"{base}/media/uploads", self.guarded(self.upload)),
            web.get(f"{base}/subscriptions", self.guarded(self.list_subscriptions)),
            web.post(f"{base}/subscriptions", self.guarded(self.subscribe)),
            web.delete(
                f"{base}/subscriptions/{{subscription}}",
                self.guarded(self.unsubscribe),
            ),
        ]

    # -- the resource -----------------------------------------------------------------

    async def list_templates(self, request: web.Request, account: Account, _app):
        """A page of all languages of all templates; names by any part of them."""
        part = request.query.get("name", "")
        found = [
            one for one in self._records_of(request, account) if part in one["name"]
        ]
        limit = min(max(int(request.query.get("limit", "25")), 1), 500)
        start = int(request.query.get("after", "0"))
        page, rest = found[start : start + limit], found[start + limit :]
        paging: Record = {
            "cursors": {"before": str(start), "after": str(start + limit)}
        }
        if rest:
            url = f"https:/{request.path}"
            query = f"name={part}&limit={limit}&after={start + limit}"
            paging["next"] = f"{url}?{query}"
        return web.json_response(
            {"templates": [_describe(one) for one in page], "paging": paging}
        )

    async def fetch(self, request: web.Request, account: Account, _app):
        """One language of a template."""
        return web.json_response(_describe(self._find(request, account)))

    async def create(self, request: web.Request, account: Account, _app):
        """Hand in one language of a template."""
        others = self._records_of(request, account)
        values = await read_object(request)
        _check(values)
        key = (values["name"], values["language"])
        if key in [(one["name"], one["language"]) for one in others]:
            raise VonageError(422, "", "(#100) A template of this name exists")
        record = {
            "id": str(next(self._ids)),
            "account": account.api_key,
            "submitted": self.store.clock.now(),
        }
        self._submit(record, values)
        return web.json_response({"id": record["id"]})

    async def update(self, request: web.Request, account: Account, _app):
        """Replace all components: the review begins anew."""
        record = self._find(request, account)
        values = await read_object(request)
        _check(values)
        if record["status"] not in EDITABLE:
            raise VonageError(422, "", "(#100) Only what was decided can be edited")
        if record["name"] != values["name"]:
            raise VonageError(422, "", "(#100) The name can't be changed")
        self._submit(record, values)
        return web.Response(status=204)

    def _submit(self, record: Record, values: Record) -> None:
        record.update(
            name=values["name"],
            language=values["language"],
            category=values["category"],
            components=values["components"],
            status="PENDING",
            rejected_reason="NONE",
        )
        self.records[record["id"]] = record
        if has_variable_at_end(values["components"]):
            self.review(record["id"], "rejected", "INVALID_FORMAT")
        self.network.reviewer.take(self.provider, record["id"])

    async def delete(self, request: web.Request, account: Account, _app):
        """Delete one language by its id, or all languages of a name."""
        name, template_id = (request.query.get(key) for key in ("name", "hsm_id"))
        found = [
            one
            for one in self._records_of(request, account)
            if one["id"] == template_id or (not template_id and one["name"] == name)
        ]
        if not found:
            raise VonageError(404)
        for record in found:
            del self.records[record["id"]]
        self.network.reviewer.tell()
        return web.Response(status=204)

    async def upload(self, request: web.Request, _account, _app):
        """Take a sample of a header's file."""
        if request.query.get("file_type") not in SAMPLE_TYPES:
            raise VonageError(422, "", f"file_type: one of {', '.join(SAMPLE_TYPES)}")
        form = await request.post()
        if not isinstance(form.get("mediafile"), web.FileField):
            raise VonageError(422, "", "mediafile is missing")
        return web.json_response({"h": f"4:{secrets.token_urlsafe(24)}"})

    def _records_of(self, request: web.Request, account: Account) -> list[Record]:
        if not account.waba_id or request.match_info["waba"] != account.waba_id:
            raise VonageError(404, "", "WABA not found")
        records = self.records.values()
        return [one for one in records if one["account"] == account.api_key]

    def _find(self, request: web.Request, account: Account) -> Record:
        for record in self._records_of(request, account):
            if record["id"] == request.match_info["template"]:
                return record
        raise VonageError(404, "", "Template not found")

    # -- subscriptions ----------------------------------------------------------------

    async def list_subscriptions(self, _request, account: Account, _app):
        """Who is told about decisions."""
        mine = [
            one
            for one in self._subscriptions.values()
            if one["account"] == account.api_key
        ]
        return web.json_response(mine)

    async def subscribe(self, request: web.Request, account: Account, _app):
        """Tell an address about decisions."""
        values = await read_object(request)
        subscription = {
            "id": secrets.token_hex(8),
            "account": account.api_key,
            "type": "webhook",
            "webhook": {"url": values["webhook"]["url"]},
        }
        self._subscriptions[subscription["id"]] = subscription
        return web.json_response(subscription, status=201)

    async def unsubscribe(self, request: web.Request, account: Account, _app):
        """Tell an address no more."""
        subscription_id = request.match_info["subscription"]
        known = self._subscriptions.get(subscription_id)
        if not known or known["account"] != account.api_key:
            raise VonageError(404)
        del self._subscriptions[subscription_id]
        return web.Response(status=204)

    def subscribers(self, account: Account) -> list[str]:
        """The addresses that are told about this account's templates."""
        return [
            one["webhook"]["url"]
            for one in self._subscriptions.values()
            if one["account"] == account.api_key
        ]

    # -- review -----------------------------------------------------------------------

    def submissions(self) -> list[Submission]:
        """All templates, as the reviewers see them."""
        return [_describe_submission(record) for record in self.records.values()]

    def review(self, template_id: str, status: str, reason: str, category: str = ""):
        """Note a decision and tell who subscribed.

        :raise KeyError: no such template
        """
        record = self.records[template_id]
        record["status"] = status.upper()
        record["rejected_reason"] = reason or "NONE"
        if category:
            record["category"] = category.upper()
        self.provider.tell_review(self.provider.accounts[record["account"]], record)

    # -- use --------------------------------------------------------------------------

    def render(self, account: Account, content: Record) -> Record:
        """What a message made from a template shows.

        One that doesn't exist is taken all the same, and rejected later.
        """
        language = content.get("language") or {}
        wanted = (content.get("name"), language.get("code"))
        parts = content.get("components") or []
        filled = read_parameters(parts)
        extra: Record = {"template": "", "values": filled.all()}
        for record in self.records.values():
            is_ours = record["account"] == account.api_key
            if is_ours and (record["name"], record["language"]) == wanted:
                extra["template"] = record["id"]
                extra["fits"] = _fits(record, parts)
                shown = render(record["components"], filled)
                return {**shown, "is_template": True, "extra": extra}
        return {"kind": "text", "text": "", "is_template": True, "extra": extra}

    def find_problem(self, message: Message) -> str | None:
        """Why WhatsApp won't take a message that was made from a template."""
        if "template" not in message.extra:
            return None
        record = self.records.get(message.extra["template"])
        status = record["status"] if record else "DELETED"
        if status != "APPROVED":
            return _PROBLEMS.get(status, "template_not_approved")
        values = message.extra["values"]
        is_bad = any(not value or BAD_VALUE.search(value) for value in values)
        return "template_values" if is_bad or not message.extra["fits"] else None


def _describe(record: Record) -> Record:
    hidden = ("account", "submitted")
    return {name: value for name, value in record.items() if name not in hidden}


def _check(values: Record) -> None:
    """:raise VonageError: WhatsApp takes no such template"""
    if not NAME.fullmatch(str(values.get("name") or "")):
        raise VonageError(
            422, "", "(#100) The name has small letters, digits and underscores only"
        )
    if values.get("category") not in CATEGORIES:
        raise VonageError(422, "", f"(#100) Param category must be one of {CATEGORIES}")
    if not values.get("language"):
        raise VonageError(422, "", "(#100) The language is missing")
    parts = {part["type"]: part for part in values.get("components") or []}
    if "BODY" not in parts:
        raise VonageError(422, "", "(#100) A template has a body")
    for part in parts.values():
        _check_samples(part)


def _check_samples(part: Record) -> None:
    example = part.get("example") or {}
    keys = variables_of(part)
    if not all(key.isdecimal() for key in keys):
        raise VonageError(422, "", "(#100) The variables are numbered {{1}}, {{2}} …")
    given = example.get("header_text") or (example.get("body_text") or [[]])[0]
    if keys and len(given) != len(keys):
        raise VonageError(422, "", "(#100) Each variable needs a sample")
    needs_file = part.get("format") in ("IMAGE", "VIDEO", "DOCUMENT")
    if needs_file and not example.get("header_handle"):
        raise VonageError(422, "", "(#100) The header needs a sample")


def _describe_submission(record: Record) -> Submission:
    shown = render(record["components"], read_samples(record["components"]))
    return Submission(
        id=record["id"],
        provider="vonage",
        account=record["account"],
        name=record["name"],
        language=record["language"],
        category=record["category"],
        status=record["status"].lower(),
        submitted=record["submitted"],
        reason=record["rejected_reason"].replace("NONE", ""),
        header=shown["header"],
        body=shown["text"],
        footer=shown["footer"],
        buttons=shown["options"],
    )


def _fits(record: Record, parts: list[Record]) -> bool:
    """Whether each text gets as many values as it has variables."""
    given = {part["type"].lower(): part["parameters"] for part in parts}
    for part in record["components"]:
        kind, form = part["type"].lower(), part.get("format", "TEXT")
        keys = variables_of(part)
        count = len(keys) if form == "TEXT" else 1
        if record["category"] == "AUTHENTICATION":
            count = 1 if kind == "body" else 0
        if kind in ("header", "body") and len(given.get(kind, [])) != count:
            return False
    return True
