"""What Meta tells of the account and its numbers: their standing, limits and quality.

Such news has no ``metadata``: its number is told as it is shown, if at all.
https://developers.facebook.com/documentation/business-messaging/whatsapp/policy-enforcement
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from odoo.addons.whatsapp_connector.wire.items import AccountUpdate
from odoo.addons.whatsapp_connector.wire.translate import _lt
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_e164,
    as_moment,
    as_text,
)


class Verdict(NamedTuple):
    """A value in the base's words, and what it means."""

    value: str
    sentence: str


#: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_update
BANS = {
    "SCHEDULE_FOR_DISABLE": Verdict(
        "restricted",
        _lt("WhatsApp will disable this account soon for breaking its rules."),
    ),
    "DISABLE": Verdict(
        "disabled",
        _lt("WhatsApp disabled this account for breaking its rules."),
    ),
    "REINSTATE": Verdict("good", _lt("WhatsApp took this account up again.")),
}
RESTRICTED = _lt("WhatsApp restricts what this account may do.")
RESTRICTIONS = {
    "RESTRICTED_BIZ_INITIATED_MESSAGING": _lt(
        "WhatsApp lets you write to nobody first: templates are refused."
    ),
    "RESTRICTED_CUSTOMER_INITIATED_MESSAGING": _lt(
        "WhatsApp lets you answer nobody: messages are refused."
    ),
    "RESTRICTED_ADD_PHONE_NUMBER_ACTION": _lt(
        "WhatsApp lets you add no more numbers to this account."
    ),
    "RESTRICTED_UTILITY_TEMPLATES": _lt(
        "WhatsApp lets you make no more utility templates."
    ),
}
DELETED = _lt("The WhatsApp Business account was deleted.")
VIOLATION = _lt("WhatsApp found that this account broke its rules.")
OFFBOARDED = _lt("The number left the platform: its phone was changed or set up anew.")
RECONNECTED = _lt("The number is back on the platform.")
FASTER = _lt("WhatsApp lets the number send more messages a second.")

#: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_review_update
REVIEWS = {
    "APPROVED": Verdict("good", _lt("WhatsApp reviewed this account and approved it.")),
    "REJECTED": Verdict(
        "disabled", _lt("WhatsApp reviewed this account and rejected it.")
    ),
    "PENDING": Verdict("review", _lt("WhatsApp is reviewing this account.")),
    "DEFERRED": Verdict("review", _lt("WhatsApp is reviewing this account.")),
}
#: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/phone_number_name_update
NAMES = {
    "APPROVED": Verdict("info", _lt("WhatsApp approved the name that people see.")),
    "REJECTED": Verdict("warning", _lt("WhatsApp rejected the name that people see.")),
    "PENDING": Verdict("info", _lt("WhatsApp is reviewing the name that people see.")),
    "DEFERRED": Verdict("info", _lt("WhatsApp is reviewing the name that people see.")),
}
#: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_alerts
ALERTS = {
    "INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED": _lt(
        "WhatsApp doesn't raise your limit of new people yet."
    ),
    "INCREASED_CAPABILITIES_ELIGIBILITY_FAILED": _lt(
        "WhatsApp doesn't raise your limit of new people."
    ),
    "INCREASED_CAPABILITIES_ELIGIBILITY_NEED_MORE_INFO": _lt(
        "WhatsApp wants to know more before it raises your limit of new people."
    ),
    "OBA_APPROVED": _lt("WhatsApp shows the number as that of an official business."),
    "OBA_REJECTED": _lt(
        "WhatsApp doesn't show the number as that of an official business."
    ),
    "PROFILE_PICTURE_LOST": _lt("The number's profile picture is gone: upload one."),
}
ALERT = _lt("WhatsApp has something to say about this account.")
#: Of Meta's events about a number, those that tell its quality. *Unflagged* tells that
#: it is low no longer, not what it is.
QUALITIES = {"FLAGGED": "red", "UNFLAGGED": "unknown"}

_TIER = re.compile(r"TIER_([1-9][0-9]{0,5})(K?)")


def read(field: str, value: Record, at: datetime | None) -> Iterator[AccountUpdate]:
    """What one change tells; nothing if it is about something else."""
    if reader := _READERS.get(field):
        yield from reader(value, at)


def _read_account(value: Record, at: datetime | None) -> Iterator[AccountUpdate]:
    event = as_text(value.get("event"))
    number = as_e164(value.get("phone_number"))
    ban = as_text(as_dict(value.get("ban_info")).get("waba_ban_state"))
    if event == "ACCOUNT_RESTRICTION":
        yield _read_restriction(value, at)
    elif event == "DISABLED_UPDATE" and ban in BANS:
        day = as_text(as_dict(value.get("ban_info")).get("waba_ban_date"))
        yield _tell("standing", BANS[ban], at, detail=day or None)
    elif event == "ACCOUNT_DELETED":
        yield _tell("standing", Verdict("disabled", DELETED), at)
    elif event == "ACCOUNT_VIOLATION":
        kind = as_text(as_dict(value.get("violation_info")).get("violation_type"))
        yield _tell("notice", Verdict("warning", VIOLATION), at, detail=kind or None)
    elif event == "ACCOUNT_OFFBOARDED":
        why = as_text(as_dict(value.get("disconnection_info")).get("reason"))
        yield _tell(
            "notice",
            Verdict("warning", OFFBOARDED),
            at,
            number=number,
            detail=why or None,
        )
    elif event == "ACCOUNT_RECONNECTED":
        yield _tell("notice", Verdict("info", RECONNECTED), at, number=number)


def _read_restriction(value: Record, at: datetime | None) -> AccountUpdate:
    """Several at a time, each with an end of its own, or none."""
    found = as_dicts(value.get("restriction_info"))
    kinds = [as_text(each.get("restriction_type")) for each in found]
    ends = [as_moment(each.get("expiration")) for each in found]
    sentences = [RESTRICTIONS.get(kind, RESTRICTED) for kind in kinds] or [RESTRICTED]
    return AccountUpdate(
        change="standing",
        value="restricted",
        sentences=tuple(dict.fromkeys(sentences)),
        detail=", ".join(filter(None, kinds))[:200] or None,
        until=max(ends) if ends and all(ends) else None,
        at=at,
    )


def _read_review(value: Record, at: datetime | None) -> Iterator[AccountUpdate]:
    if verdict := REVIEWS.get(as_text(value.get("decision"))):
        yield _tell("standing", verdict, at)


def _read_name(value: Record, at: datetime | None) -> Iterator[AccountUpdate]:
    if verdict := NAMES.get(as_text(value.get("decision"))):
        words = (value.get("requested_verified_name"), value.get("rejection_reason"))
        yield _tell(
            "notice",
            verdict,
            at,
            number=as_e164(value.get("display_phone_number")),
            detail=" · ".join(filter(None, map(as_text, words)))[:200] or None,
        )


def _read_alert(value: Record, at: datetime | None) -> Iterator[AccountUpdate]:
    # Once what is now in ``alert_info`` stood beside it.
    alert = as_dict(value.get("alert_info")) or value
    kind = as_text(alert.get("alert_type"))
    severity = as_text(alert.get("alert_severity"))
    if not kind and not severity:
        return
    is_over = as_text(alert.get("alert_status")) == "NONE"
    is_number = as_text(value.get("entity_type")) == "PHONE_NUMBER"
    yield _tell(
        "notice",
        Verdict(
            "info" if is_over or severity == "INFORMATIONAL" else "warning",
            ALERTS.get(kind, ALERT),
        ),
        at,
        number_id=as_text(value.get("entity_id")) or None if is_number else None,
        detail=as_text(alert.get("alert_description"))[:500] or kind or None,
    )


def _read_quality(value: Record, at: datetime | None) -> Iterator[AccountUpdate]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/phone_number_quality_update"""
    number = as_e164(value.get("display_phone_number"))
    event = as_text(value.get("event"))
    if not number:
        return
    if event == "THROUGHPUT_UPGRADE":
        # Its limit is that of messages a second, in the words of the other one.
        yield _tell("notice", Verdict("info", FASTER), at, number=number)
        return
    if quality := QUALITIES.get(event):
        yield AccountUpdate(change="quality", value=quality, number=number, at=at)
    yield from _read_limit(value, at)


def _read_limit(value: Record, at: datetime | None) -> Iterator[AccountUpdate]:
    """How many new people a day: of the portfolio, formerly of a number.

    Texts and integers are both documented, under names of before and after v24.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/business_capability_update
    """
    for name in (
        "max_daily_conversations_per_business",
        "max_daily_conversation_per_phone",
        "current_limit",
    ):
        if (people := _read_tier(value.get(name))) is not None:
            yield AccountUpdate(change="limit", value=str(people), at=at)
            return


def _read_tier(value: Any) -> int | None:
    """People a day, 0 for any number; None if it isn't told."""
    word = as_text(value)
    if word in ("TIER_UNLIMITED", "-1"):
        return 0
    if tier := _TIER.fullmatch(word):
        return int(tier[1]) * (1000 if tier[2] else 1)
    return int(word) if re.fullmatch("[1-9][0-9]{0,8}", word) else None


def _tell(
    change: str, verdict: Verdict, at: datetime | None, **values: Any
) -> AccountUpdate:
    value, sentence = verdict
    return AccountUpdate(
        change=change, value=value, sentences=(sentence,), at=at, **values
    )


_READERS: dict[str, Callable[[Record, datetime | None], Iterator[AccountUpdate]]] = {
    "account_update": _read_account,
    "account_review_update": _read_review,
    "account_alerts": _read_alert,
    "business_capability_update": _read_limit,
    "phone_number_name_update": _read_name,
    "phone_number_quality_update": _read_quality,
}
