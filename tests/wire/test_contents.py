"""Contents of messages in WhatsApp's own JSON, whichever provider hands them on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.wire import contents
from odoo.addons.whatsapp_connector.wire.items import Choice, ContactCard, OrderLine

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from("name phones phone emails org product_items".split()), inner
        )
    ),
    max_leaves=8,
)


@given(value=JSON)
def test_nothing_raises(value):
    contents.read_cards(value)
    contents.read_choice("button_reply", value, value, value)
    if isinstance(value, dict):
        contents.read_order(value)


def test_card():
    card = {
        "name": {"first_name": "Anna", "last_name": "Puig"},
        "phones": [{"phone": "+34 600"}, {"wa_id": "34601"}, {}, "x"],
        "emails": [{"email": "anna@example.com"}],
        "org": {"company": "Puig"},
    }
    expected = ContactCard(
        name="Anna Puig",
        phones=("+34 600", "34601"),
        emails=("anna@example.com",),
        organization="Puig",
    )
    assert contents.read_cards([card]) == {"kind": "contacts", "cards": (expected,)}
    assert contents.read_cards([]) is None


def test_card_without_a_name_has_its_number():
    [card] = contents.read_cards([{"phones": [{"phone": "600"}]}])["cards"]
    assert card.name == "600"


@pytest.mark.parametrize(
    "title, payload, choice",
    [
        ("Sí", "yes", Choice(title="Sí", payload="yes")),
        ("Sí", None, Choice(title="Sí")),
        ("", 7, Choice(title="7", payload="7")),
    ],
)
def test_choice(title, payload, choice):
    assert contents.read_choice("button_reply", title, payload) == {
        "kind": "button_reply",
        "text": choice.title,
        "choice": choice,
    }


def test_choice_of_nothing():
    assert contents.read_choice("list_reply", None, [], "described") is None


def test_order():
    item = {"product_retailer_id": 7, "quantity": "2", "item_price": 1.5}
    order = {"product_items": [item, None], "text": "Ràpid"}
    assert contents.read_order(order) == {
        "kind": "order",
        "order": (OrderLine(product="7", quantity=2, price=1.5),),
        "text": "Ràpid",
    }
    assert contents.read_order({"product_items": []}) is None


@pytest.mark.parametrize(
    "mimetype, kind",
    [
        ("audio/ogg; codecs=opus", "voice"),
        ("image/webp", "sticker"),
        ("IMAGE/PNG", "image"),
        ("video/mp4", "video"),
        ("application/pdf", "document"),
        ("", "document"),
    ],
)
def test_kind_of_a_file_by_its_type(mimetype, kind):
    assert contents.guess_kind(mimetype) == kind
