"""Contact cards that come as files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.wire.items import ContactCard
from odoo.addons.whatsapp_connector.wire.vcard import parse

FROM_A_PHONE = b"""BEGIN:VCARD\r
VERSION:3.0\r
N:Serra;N\xc3\xbaria;;;\r
FN:N\xc3\xbaria Serra\r
ORG:Fusteria Serra;Taller\r
TEL;type=CELL;waid=34600111222:+34 600 11 12 22\r
TEL;type=WORK:+34 93 123 45 67\r
EMAIL;type=INTERNET:nuria@example.com\r
END:VCARD\r
"""


def test_card_from_a_phone():
    [card] = parse(FROM_A_PHONE)
    assert card.name == "Núria Serra"
    assert card.phones == ("+34 600 11 12 22", "+34 93 123 45 67")
    assert card.emails == ("nuria@example.com",)
    assert "Fusteria Serra" in card.organization


def test_several_cards_of_one_file():
    other = b"BEGIN:VCARD\nVERSION:2.1\nFN:Pau\nTEL:600\nEND:VCARD\n"
    cards = parse(FROM_A_PHONE + other)
    assert [card.name for card in cards] == ["Núria Serra", "Pau"]
    assert cards[1] == ContactCard(name="Pau", phones=("600",))


@pytest.mark.parametrize("cut", [1, 20, 60, 150, len(FROM_A_PHONE) - 5])
def test_card_that_is_cut_off_is_no_error(cut):
    assert isinstance(parse(FROM_A_PHONE[:cut]), tuple)


@given(st.binary(max_size=100))
def test_arbitrary_bytes_are_no_error(noise):
    for content in (noise, b"BEGIN:VCARD\n" + noise + b"\nEND:VCARD\n"):
        for card in parse(content):
            assert isinstance(card, ContactCard)
