"""What Meta's codes mean: who is concerned, what is done, what an agent reads."""

import pytest
from meta_kit import answer, error_answer

from odoo.addons.whatsapp_connector.wire.outbound import (
    OutcomeUnknown,
    Refused,
    TryLater,
)
from odoo.addons.whatsapp_connector_meta.wire.errors import ERRORS

# The codes that may reach a sender, as Meta's page groups them.
LATER = "4 80007 130429 131056 131057 133004 2494100"
UNKNOWN = "1 2 131000 131016"
WINDOW = "131047"
CONTACT = "130472 130497 131021 131026 131030 131062 137000"
CONSENT = "131050"
ACCOUNT = (
    "0 3 10 33 102 190 200 294 299 368 404 803 131005 131031 131037 131042 131045 "
    "131063 131064 133005 133010 133016 134011 2388019"
)
SCOPES = {
    "window": WINDOW,
    "contact": CONTACT,
    "consent": CONSENT,
    "account": ACCOUNT,
}
OUTCOMES = {TryLater: LATER, OutcomeUnknown: UNKNOWN}


def test_every_code_has_a_meaning():
    named = {
        code for codes in (*SCOPES.values(), LATER, UNKNOWN) for code in codes.split()
    }
    assert named <= set(ERRORS.meanings)


CODES = [code for code in ERRORS.meanings if not code.startswith("http_")]


@pytest.mark.parametrize("code", CODES)
def test_code_in_an_answer(code):
    result = ERRORS.read_error(error_answer(code))
    expected = [kind for kind, codes in OUTCOMES.items() if code in codes.split()]
    assert isinstance(result, *(expected or [Refused]))
    scopes = [scope for scope, codes in SCOPES.items() if code in codes.split()]
    if code.isdecimal() and int(code) in range(200, 300):
        scopes = ["account"]
    assert result.failure.scope == (scopes or ["message"])[0]
    assert result.failure.code == code
    assert result.failure.sentence.endswith(".")
    assert result.failure.detail == "Words"


def test_subcode_says_more_than_its_code():
    failed = ERRORS.error_of(error_answer(100, error_subcode=2388299))
    assert "begin nor end" in failed.sentence
    failed = ERRORS.error_of(error_answer(100, error_subcode=999))
    assert failed.code == "100"


def test_words_for_people_come_first_and_once():
    response = error_answer(
        100,
        error_user_title="Title",
        error_user_msg="For people",
        message="Words",
        error_data={"details": "For people"},
    )
    assert ERRORS.error_of(response).detail == "Title For people Words"


@pytest.mark.parametrize(
    "status, like", [(401, "190"), (403, "10"), (404, "33"), (429, "4"), (418, "new")]
)
@pytest.mark.parametrize(
    "body", [None, [], {}, {"error": "x"}, {"error": {"code": []}}]
)
def test_answer_without_a_code_is_told_by_its_status(status, like, body):
    failure = ERRORS.error_of(answer(body, status))
    assert failure.code == str(status)
    assert failure.sentence == ERRORS.failure(like).sentence
