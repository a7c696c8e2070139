"""What Twilio's codes mean: who is concerned, what is done, what an agent reads."""

import json

import pytest

from odoo.addons.whatsapp_connector.wire.http import HttpResponse
from odoo.addons.whatsapp_connector.wire.outbound import (
    OutcomeUnknown,
    Refused,
    TryLater,
)
from odoo.addons.whatsapp_connector_twilio.wire.errors import ERRORS, INFORMATION

# The codes that may reach a WhatsApp sender, as Twilio groups them.
LATER = "20429 20503 21611 30001 63009 63010 63012 63017 63018 63038"
UNKNOWN = "20500 30410"
WINDOW = "63016"
CONTACT = "21211 21604 21608 21614 30008 63003 63015 63024 63031 63032"
CONSENT = "21610 63014 63033"
ACCOUNT = (
    "20003 20404 20409 21212 21408 21603 21606 21609 21703 21704 21705 30002 57012 "
    "63001 63002 63007 63008 63020 63022 63038 63051 63062"
)
MESSAGE = (
    "20422 20429 20500 20503 21602 21611 21617 21619 21620 21623 21654 21655 21656 "
    "21658 30001 30007 30036 30410 572006 63005 63006 63009 63010 63011 63012 63013 "
    "63017 63019 63021 63023 63025 63027 63028 63029 63030 63034 63040 "
    "63041 63042 63043 63044 63045 63047 63049 63050 92001 92002 92003 92004 92005 "
    "92006 92007 92008 92009"
)
LIMIT = "63018 63026"
CODES = {c: m for c, m in ERRORS.meanings.items() if not c.startswith("http_")}
OUTCOMES = {"later": TryLater, "unknown": OutcomeUnknown, "refused": Refused}
SCOPES = {
    "message": MESSAGE,
    "contact": CONTACT,
    "consent": CONSENT,
    "window": WINDOW,
    "limit": LIMIT,
    "account": ACCOUNT,
}


def answer(status, body, **headers):
    return HttpResponse(status=status, headers=headers, body=json.dumps(body).encode())


def test_every_code_has_a_meaning():
    assert set(CODES) == {c for codes in SCOPES.values() for c in codes.split()}
    assert not INFORMATION & set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_code_in_an_answer(code):
    body = {"code": int(code), "message": "Words", "status": 400}
    result = ERRORS.read_error(answer(400, body))
    outcome = next(
        (o for o, codes in (("later", LATER), ("unknown", UNKNOWN)) if code in codes),
        "refused",
    )
    assert type(result) is OUTCOMES[outcome]
    assert code in SCOPES[result.failure.scope].split()
    assert result.failure.code == code
    assert result.failure.detail == "Words"


@pytest.mark.parametrize("code, meaning", CODES.items())
def test_sentence_is_one_that_a_person_can_read(code, meaning):
    assert meaning.sentence[0].isupper()
    assert meaning.sentence.endswith(".")
    assert code not in meaning.sentence
    assert len(meaning.sentence) < 200


@pytest.mark.parametrize("code", ACCOUNT.split())
def test_sentence_of_a_wrong_set_up_names_who_can_act(code):
    assert "administrator" in CODES[code].sentence


def test_problem_details_are_read_too():
    body = {
        "type": "https://www.twilio.com/docs/errors/20422",
        "title": "Invalid parameter",
        "status": 422,
        "code": 20422,
        "detail": "One is wrong.",
        "errors": [{"detail": "too long", "pointer": "#/name"}, "odd"],
    }
    failure = ERRORS.error_of(answer(422, body))
    assert failure.code == "20422"
    assert failure.detail == "Invalid parameter One is wrong. too long"


def test_code_that_is_not_known_is_permanent_and_shown_with_its_words():
    result = ERRORS.read_error(answer(400, {"code": 69999, "message": "New"}))
    assert isinstance(result, Refused)
    assert result.failure.code == "69999"
    assert result.failure.detail == "New"
    assert result.failure.scope == "message"


@pytest.mark.parametrize(
    "status, scope", [(401, "account"), (403, "account"), (404, "account")]
)
def test_status_speaks_where_there_is_no_code(status, scope):
    for body in ({}, {"code": None}, {"code": 1234567}, [], "x"):
        assert ERRORS.error_of(answer(status, body)).scope == scope


def test_time_to_wait_is_handed_on():
    body = {"code": 20429, "message": "Too many requests"}
    result = ERRORS.read_error(answer(429, body, **{"retry-after": "3"}))
    assert result.after == 3


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"null", b"[[[["])
def test_answer_that_is_not_json_is_refused_by_its_status(body):
    result = ERRORS.read_error(HttpResponse(status=418, body=body))
    assert isinstance(result, Refused)
    assert result.failure.code == "418"
