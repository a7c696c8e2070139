"""Whatever is posted to the webhook: no server error, nothing accepted is lost, and
nobody is taken for somebody else.
"""

import hashlib
import itertools
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from channels import FORM
from conformance_kit import WIRES
from conformance_mutations import mutations
from conformance_people import check_people, get_ids, get_people
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER
from odoo.addons.whatsapp_connector.wire.items import CHANGES, InboundMessage, Person
from odoo.addons.whatsapp_connector.wire.webhook import (
    InvalidSignature,
    MalformedEvent,
)

FUZZ = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CONTENT_TYPES = (
    FORM,
    "application/json",
    "text/xml; charset=nonsense",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "",
)

#: What makes messages and people of this run unlike all others.
NUMBERS = itertools.count(500_000)
[TWILIO] = (wire for wire in WIRES if wire.provider == "twilio")


@pytest.fixture(scope="module")
def channel(running_world):
    return running_world.add_channel()


def post(channel, body, content_type, signature, query=""):
    headers = {"Content-Type": content_type, "X-Twilio-Signature": signature}
    url = f"{channel.webhook_url}{query}"
    return requests.post(url, data=body, headers=headers, timeout=30)


def is_kept(world, channel, body):
    return world.database.value(
        "SELECT count(*) FROM whatsapp_event WHERE account_id = %s AND body = %s",
        channel.account_id,
        body,
    )


@FUZZ
@given(body=st.binary(max_size=3000), content_type=st.sampled_from(CONTENT_TYPES[1:]))
def test_any_bytes_with_a_valid_signature_are_kept(world, channel, body, content_type):
    query = f"?bodySHA256={hashlib.sha256(body).hexdigest()}"
    answer = post(channel, body, content_type, channel.sign({}, query), query)
    assert answer.status_code == 200
    assert is_kept(world, channel, body) >= 1


@FUZZ
@given(
    body=st.binary(max_size=300) | mutations(TWILIO).map(lambda pair: pair[1]),
    content_type=st.sampled_from(CONTENT_TYPES),
    signature=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
def test_anything_without_a_valid_signature_is_refused_and_not_kept(
    world, channel, body, content_type, signature
):
    before = is_kept(world, channel, body)
    answer = post(channel, body, content_type, signature.strip())
    assert answer.status_code == 403
    assert answer.content == b""
    assert is_kept(world, channel, body) == before


def test_after_all_that_every_event_has_failed_and_messages_still_come(world, channel):
    world.wait_until_idle(seconds=60)
    assert not channel.get_events("new", "processing", "retry", "done")
    assert all(event["error"] for event in channel.get_events("failed"))
    customer = world.new_customer()
    channel.inbound(customer, "Hola?")
    channel.wait_received(customer, "Hola?")


# -- every wire: fixtures that are wrong somewhere -------------------------------------


@dataclass
class Line:
    """The business number that a wire's fixtures are for, in Odoo."""

    world: Any
    wire: Any
    account_id: int
    url: str

    def sign(self, name, body):
        """The POST of a body like that of fixture ``name``."""
        return self.wire.sign(self.wire.wrap(name, body, self.url))

    def is_signed(self, request):
        """Whether it is the account's: Twilio's signature alone doesn't say so."""
        try:
            self.wire.signing.verify(request, self.wire.account)
        except InvalidSignature:
            return False
        return True

    def parse(self, request):
        """Its items; None if it can't be read."""
        try:
            return self.wire.parse(request, self.wire.account)
        except MalformedEvent:
            return None

    def get_event(self, request):
        [event] = self.world.database.rows(
            """SELECT id, state, error, awaits_message FROM whatsapp_event
                WHERE account_id = %s AND body = %s""",
            self.account_id,
            request.body,
        )
        return event

    def get_received(self, event):
        """The messages of an event: the provider's id, and what tells the contact."""
        rows = self.world.database.rows(
            """SELECT message.provider_id, contact.number, contact.wa_id,
                      array_agg(identity.user_id) AS user_ids
                 FROM whatsapp_message message
                 JOIN whatsapp_contact contact ON contact.id = message.contact_id
            LEFT JOIN whatsapp_contact_identity identity
                   ON identity.contact_id = contact.id
                WHERE message.event_id = %s AND message.direction = 'in'
             GROUP BY message.id, contact.id""",
            event["id"],
        )
        for row in rows:
            contact = Person(number=row["number"], wa_id=row["wa_id"])
            yield row["provider_id"], get_ids(contact) | {*row["user_ids"]}


@pytest.fixture(params=WIRES, ids=str)
def line(request, world):
    wire = request.param
    values = {
        "name": f"Fixtures of {wire}",
        "provider": wire.provider,
        "public_url": world.stack.odoo_url,
        **wire.settings,
    }
    [account_id] = world.odoo.call("whatsapp.account", "create", [values])
    values = {
        "name": f"Fixtures of {wire}",
        "account_id": account_id,
        "number": NUMBER,
        "number_id": wire.number_id,
        "ticket_policy": "never",
    }
    world.odoo.call("whatsapp.channel", "create", [values])
    key = world.database.value(
        "SELECT webhook_key FROM whatsapp_account WHERE id = %s", account_id
    )
    url = f"{world.stack.odoo_url}/whatsapp/webhook/{key}"
    return Line(world, wire, account_id, url)


def make_unique(wire, name, body):
    """``body`` with messages and people that nobody has heard of."""
    known = set()
    for item in wire.events[name].items:
        known.update(*map(get_ids, get_people(item).values()))
        known.add(getattr(item, "message_id", None) or "")
    endings = {}
    for value in sorted(known - {""}):
        # Spellings of one number have the same ending.
        ending = endings.setdefault(value[-6:], f"{next(NUMBERS):06}")
        body = body.replace(value.encode(), (value[:-6] + ending).encode())
    return body


def test_mutated_webhook_is_applied_to_its_senders_or_kept_as_failed(world, line):
    posted = []
    log_size = world.stack.odoo_log.stat().st_size

    @settings(FUZZ, max_examples=150)
    @given(mutation=mutations(line.wire))
    def post_all(mutation):
        name, body = mutation
        request = line.sign(name, make_unique(line.wire, name, body))
        answer = requests.post(
            request.url, data=request.body, headers=request.headers, timeout=30
        )
        is_signed = line.is_signed(request)
        assert answer.status_code == (200 if is_signed else 403)
        if is_signed:
            posted.append((name, request))

    post_all()
    world.wait_until_idle(seconds=60)
    assert len(posted) > 50
    for name, request in posted:
        check_outcome(line, name, request)
    assert not world.database.value(
        "SELECT count(*) FROM whatsapp_contact WHERE number = %s", NUMBER
    )
    with world.stack.odoo_log.open(errors="replace") as log:
        log.seek(log_size)
        told = log.read()
    assert "Traceback" not in told and " ERROR " not in told


def check_outcome(line, name, request):
    """Each message is applied, and is of its sender; or the event says why not."""
    event, items = line.get_event(request), line.parse(request)
    # A status waits for its message, which never left here.
    assert event["state"] in ("done", "failed") or event["awaits_message"], event
    assert event["error"] or event["state"] != "failed"
    assert items is not None or event["state"] == "failed"
    check_people(line.wire, name, request.body, items or [])
    sent = [item for item in items or () if isinstance(item, InboundMessage)]
    received = list(line.get_received(event))
    for message_id, contact in received:
        # Of a message with many files, the first alone has its id.
        senders = [m.person for m in sent if message_id in (m.message_id, None)]
        assert any(contact & get_ids(sender) for sender in senders)
    if event["state"] == "done":
        shown = {message.message_id for message in sent if message.kind not in CHANGES}
        assert shown <= {message_id for message_id, _contact in received}
