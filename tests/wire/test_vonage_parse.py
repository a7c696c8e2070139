"""What is particular to Vonage's webhooks."""

import json

import pytest
from vonage_kit import THEIRS, load_fixture, webhook

from odoo.addons.whatsapp_connector.wire.webhook import MalformedEvent
from odoo.addons.whatsapp_connector_vonage.wire.parse import parse


def test_message_without_words_for_the_sender_is_malformed():
    for name in ("from", "to", "message_uuid"):
        event = load_fixture("text")
        del event[name]
        with pytest.raises(MalformedEvent, match=name):
            parse(webhook(json.dumps(event).encode()))


def test_sender_without_number_and_id_is_malformed():
    event = load_fixture("text") | {"from": "nobody", "whatsapp": {}}
    with pytest.raises(MalformedEvent):
        parse(webhook(json.dumps(event).encode()))


def test_user_id_is_never_taken_for_a_number():
    event = load_fixture("text_without_number")
    event["whatsapp"] = {}
    [message] = parse(webhook(json.dumps(event).encode()))
    assert (message.person.number, message.person.wa_id) == (None, None)
    assert message.person.user_id == "ES.4480491918930694"


def test_number_that_only_the_ids_tell_is_taken():
    event = load_fixture("text_without_number")
    event["whatsapp"]["sender"]["wa_id"] = THEIRS
    [message] = parse(webhook(json.dumps(event).encode()))
    assert message.person.number == f"+{THEIRS}"


def test_place_may_have_whatsapps_own_names():
    event = load_fixture("location")
    [message] = parse(webhook(json.dumps(event).encode()))
    place = event["location"]
    place["latitude"], place["longitude"] = place.pop("lat"), place.pop("long")
    [same] = parse(webhook(json.dumps(event).encode()))
    assert same.location == message.location
