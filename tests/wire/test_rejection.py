"""What WhatsApp's reviewers say, in words that tell how to mend it."""

import pytest

from odoo.addons.whatsapp_connector.wire.rejection import SENTENCES, explain


@pytest.mark.parametrize("code", SENTENCES)
def test_code_is_explained_alone_and_within_a_sentence(code):
    assert explain(code) == SENTENCES[code]
    assert explain(f"Template rejected: {code.lower()}.") == SENTENCES[code]
    assert explain(f"reason = {code.replace('_', ' ')}") == SENTENCES[code]


@pytest.mark.parametrize("reason", [None, "", "NONE", "The reviewer had a bad day"])
def test_reason_that_nobody_knows_stays_as_it_is(reason):
    assert explain(reason) is None
