"""What a reason of WhatsApp's reviewers means, and how to mend it.

Providers hand on WhatsApp's codes, alone or within a sentence of their own.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/message_template_status_update
"""

from __future__ import annotations

import re

from .translate import _lt

_CATEGORY = _lt(
    "WhatsApp says that the text doesn't fit the category. Choose the other category, "
    "or take out what promotes something and say what the message is about."
)
SENTENCES = {
    "ABUSIVE_CONTENT": _lt(
        "WhatsApp takes the text for abusive or threatening. Write it in friendlier "
        "words, and don't ask for data such as card or identity numbers."
    ),
    "INCORRECT_CATEGORY": _CATEGORY,
    "TAG_CONTENT_MISMATCH": _lt(
        "WhatsApp says that the text doesn't fit the category or the language. Check "
        "that all of it is written in the language that was chosen."
    ),
    "PROMOTIONAL": _CATEGORY,
    "INVALID_FORMAT": _lt(
        "WhatsApp can't use the form of the text. Check the variables: none at the "
        "start or the end, none side by side, numbered from 1, each with a sample that "
        "looks real, and enough words around them."
    ),
    "SCAM": _lt(
        "WhatsApp takes the template for a fraud. Say who writes and why, name your "
        "company, and use web addresses of your own domain, not shortened ones."
    ),
}
_CODE = re.compile("|".join(sorted(SENTENCES, key=len, reverse=True)))


def explain(reason: str | None) -> str | None:
    """How to mend what was rejected for ``reason``; None if it says nothing we know."""
    found = _CODE.search(re.sub(r"[\s-]+", "_", (reason or "").upper()))
    return SENTENCES[found[0]] if found else None
