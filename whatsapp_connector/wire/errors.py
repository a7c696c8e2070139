"""What a provider's error codes mean: one table a provider, all read in one way.

A provider's ``wire/errors.py`` has its table, and a function that finds codes and words
in its own error answers. Whom an error concerns and what is done follows from these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .http import ErrorAnswer, HttpResponse
from .items import Failure
from .outbound import Accepted, OutcomeUnknown, Refused, SendResult, TryLater
from .translate import _lt

#: Said of a message that failed without a code that says why.
UNDELIVERED = _lt("The message could not be delivered.")
NO_ID = _lt("The provider seems to have taken the message, but gave it no id.")

_WHATSAPP_CODE = re.compile(r"(?<![0-9])1[0-9]{5}(?![0-9])")

#: Sentences by whom they concern (see :class:`Failure`) and by codes, which are
#: separated by blanks. ``http_404`` stands for answers of that status whose own codes
#: nobody knows.
Sentences = Mapping[str, Mapping[str, str]]
#: Finds in an error answer its codes, the most telling first, and its words.
Reader = Callable[[HttpResponse], tuple[Iterable[str], str]]


@dataclass(frozen=True)
class Meaning:
    """How to say it, whom it concerns, and what comes of a send that is refused so."""

    sentence: str
    scope: str = "message"
    result: type[Refused | TryLater | OutcomeUnknown] = Refused


class ErrorTable:
    """What the codes of one provider mean. Every code has one meaning.

    :param refused: codes that refuse for good
    :param later: codes of what was surely not sent and may be tried again
    :param unknown: codes after which nobody knows whether it was sent
    :param unfamiliar: the sentence for all other codes, which refuse for good
    """

    def __init__(
        self,
        *,
        unfamiliar: str,
        refused: Sentences,
        later: Sentences | None = None,
        unknown: Sentences | None = None,
        read: Reader = lambda _response: ((), ""),
    ):
        self.meanings: dict[str, Meaning] = {}
        self._unfamiliar = Meaning(unfamiliar)
        self._read = read
        self._add(refused, Refused)
        self._add(later or {}, TryLater)
        self._add(unknown or {}, OutcomeUnknown)

    def _add(self, sentences: Sentences, result: type) -> None:
        for scope, by_code in sentences.items():
            for codes, sentence in by_code.items():
                for code in codes.split():
                    if code in self.meanings:
                        raise ValueError(f"{code} has two meanings")
                    self.meanings[code] = Meaning(sentence, scope, result)

    # -- by code ----------------------------------------------------------------------

    def failure(
        self, code: str, detail: str | None = None, *, otherwise: str = ""
    ) -> Failure:
        """What ``code`` means, with the provider's own words as ``detail``.

        :param otherwise: the sentence for a code that isn't in the table
        """
        fallback = Meaning(otherwise) if otherwise else self._unfamiliar
        meaning = self._find([code], detail) or fallback
        return _describe(meaning, code, detail)

    def refuse(self, code: str) -> Refused:
        """What can't be sent for a reason of ours."""
        return Refused(failure=self.failure(code))

    def reject(self, code: str, status: int = 400) -> ErrorAnswer:
        """What isn't worth a request, as if the provider had answered it."""
        return ErrorAnswer(status, self.failure(code))

    def _find(self, codes: Iterable[str], words: str | None) -> Meaning | None:
        """By code; else by a code of WhatsApp's that stands within the words."""
        inside = _WHATSAPP_CODE.findall(words or "")
        known = filter(None, map(self.meanings.get, (*codes, *inside)))
        return next(known, None)

    # -- by answer --------------------------------------------------------------------

    def error_of(self, response: HttpResponse) -> Failure:
        """The failure that an error answer describes."""
        _meaning, failure = self._read_error(response)
        return failure

    def read_error(self, response: HttpResponse) -> Refused | TryLater | OutcomeUnknown:
        """What an error answer means for the message that was to be sent."""
        meaning, failure = self._read_error(response)
        if meaning.result is TryLater:
            return TryLater(failure=failure, after=response.retry_after)
        return meaning.result(failure=failure)

    def read_send(self, response: HttpResponse, provider_id: str) -> SendResult:
        """What the answer to a send means.

        :param provider_id: what a good answer calls the message; empty if it doesn't
        """
        if not response.ok:
            return self.read_error(response)
        if not provider_id:
            return OutcomeUnknown(failure=Failure(code="no_id", sentence=NO_ID))
        return Accepted(provider_id=provider_id)

    def object_in(self, response: HttpResponse) -> dict[str, Any]:
        """The JSON object that answers a question.

        :raises ErrorAnswer: the answer is an error, or something else
        """
        body = response.json()
        if not response.ok or not isinstance(body, dict):
            raise ErrorAnswer(response.status, self.error_of(response))
        return body

    def check_deleted(self, response: HttpResponse) -> None:
        """What wasn't there is deleted, too.

        :raises ErrorAnswer: the answer is another error
        """
        if not response.ok and response.status != 404:
            raise ErrorAnswer(response.status, self.error_of(response))

    def _read_error(self, response: HttpResponse) -> tuple[Meaning, Failure]:
        found, words = self._read(response)
        codes = [*filter(None, found)]
        known = next(filter(self.meanings.get, codes), "")
        shown = known or next(reversed(codes), str(response.status))
        meaning = self._find([known, f"http_{response.status}"], words)
        meaning = meaning or self._unfamiliar
        return meaning, _describe(meaning, shown, words)


def _describe(meaning: Meaning, code: str, detail: str | None) -> Failure:
    return Failure(
        code=code, sentence=meaning.sentence, scope=meaning.scope, detail=detail or None
    )
