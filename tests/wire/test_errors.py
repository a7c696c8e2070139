"""What every provider's table of error codes does, whichever codes are in it."""

import json

import pytest

from odoo.addons.whatsapp_connector.wire.errors import ErrorTable
from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer, HttpResponse
from odoo.addons.whatsapp_connector.wire.items import Failure
from odoo.addons.whatsapp_connector.wire.outbound import (
    Accepted,
    OutcomeUnknown,
    Refused,
    TryLater,
)


def read(response):
    body = response.json() or {}
    return [body.get("detailed", ""), body.get("code", "")], body.get("words", "")


ERRORS = ErrorTable(
    refused={
        "message": {"bad": "Bad.", "ours": "Ours.", "132001": "No template."},
        "account": {"key http_401 http_403": "Key."},
    },
    later={"limit": {"busy http_429": "Busy."}},
    unknown={"message": {"lost": "Lost."}},
    unfamiliar="Who knows.",
    read=read,
)


def answer(status=400, headers=None, **body):
    return HttpResponse(
        status=status, headers=headers or {}, body=json.dumps(body).encode()
    )


@pytest.mark.parametrize(
    "response, result, code, scope",
    [
        (answer(code="bad"), Refused, "bad", "message"),
        (answer(code="key"), Refused, "key", "account"),
        (answer(code="busy"), TryLater, "busy", "limit"),
        (answer(code="lost"), OutcomeUnknown, "lost", "message"),
        # The most telling code that is known decides, else the status.
        (answer(detailed="busy", code="bad"), TryLater, "busy", "limit"),
        (answer(detailed="new", code="bad"), Refused, "bad", "message"),
        (answer(detailed="newer", code="new"), Refused, "new", "message"),
        (answer(401, code="new"), Refused, "new", "account"),
        (answer(429), TryLater, "429", "limit"),
        (answer(418), Refused, "418", "message"),
    ],
)
def test_error_answer_to_a_send(response, result, code, scope):
    read = ERRORS.read_error(response)
    assert isinstance(read, result)
    assert (read.failure.code, read.failure.scope) == (code, scope)
    assert read.failure == ERRORS.error_of(response)


def test_time_to_wait_is_handed_on():
    assert ERRORS.read_error(answer(429, {"retry-after": "7"})).after == 7


def test_a_code_has_one_meaning_only():
    with pytest.raises(ValueError, match="bad"):
        ErrorTable(
            refused={"message": {"bad": "Bad."}},
            later={"limit": {"worse bad": "Worse."}},
            unfamiliar="Who knows.",
        )


def test_unfamiliar_code_is_kept_with_the_words():
    assert ERRORS.failure("new", "Their words") == Failure(
        code="new", sentence="Who knows.", detail="Their words"
    )
    assert ERRORS.failure("new", otherwise="Lost.").sentence == "Lost."


@pytest.mark.parametrize("words", ["(#132001) No", "error 132001", "x132001: no"])
def test_code_of_whatsapp_within_the_words_speaks(words):
    failure = ERRORS.failure("new", words, otherwise="Lost.")
    assert (failure.code, failure.sentence) == ("new", "No template.")
    assert ERRORS.error_of(answer(words=words)).sentence == "No template."


@pytest.mark.parametrize("words", ["1320012", "2132001", "13200", ""])
def test_other_numbers_within_the_words_say_nothing(words):
    assert ERRORS.failure("new", words).sentence == "Who knows."


def test_answer_to_a_send():
    good = HttpResponse(status=201)
    assert ERRORS.read_send(good, "m1") == Accepted(provider_id="m1")
    assert isinstance(ERRORS.read_send(good, ""), OutcomeUnknown)
    assert isinstance(ERRORS.read_send(answer(code="busy"), "m1"), TryLater)


@pytest.mark.parametrize(
    "response",
    [answer(500), HttpResponse(status=200, body=b"[]"), HttpResponse(status=200)],
)
def test_answer_without_an_object_is_an_error(response):
    with pytest.raises(ErrorAnswer) as raised:
        ERRORS.object_in(response)
    assert raised.value.status == response.status


def test_what_is_not_there_is_deleted():
    ERRORS.check_deleted(HttpResponse(status=204))
    ERRORS.check_deleted(answer(404))
    with pytest.raises(ErrorAnswer):
        ERRORS.check_deleted(answer(403))


def test_reason_is_in_the_providers_words_or_in_ours():
    assert ERRORS.reject("ours").reason == "Ours."
    assert ErrorAnswer(400, ERRORS.failure("ours", "Theirs")).reason == "Theirs"
