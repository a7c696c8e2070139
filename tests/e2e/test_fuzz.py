"""Whatever is posted to the webhook: no server error, and nothing accepted is lost."""

import hashlib
from urllib.parse import urlencode

import pytest
import requests
from channels import FORM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from installer import paths

REAL_PAYLOADS = sorted(
    (paths.CHECKOUT / "whatsapp_connector_twilio" / "tests" / "fixtures").glob("*.form")
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

# Everything that UTF-8 can say, with a liking for what breaks databases and parsers
_characters = st.characters(exclude_categories=["Cs"]) | st.sampled_from(
    "\0\ufeff\x1b'"
)
_texts = st.text(_characters, max_size=60) | st.sampled_from(
    ["0", "-1", "9" * 40, "NaN", "1e999", "whatsapp:", "whatsapp:+", "x" * 20000]
)


@pytest.fixture(scope="module")
def channel(running_world):
    return running_world.add_channel()


def read_payload(file):
    """The names and values of a real payload; ``\\n`` stands for a line break."""
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if line and line[0] != "#"]
    return [(name, value.replace("\\n", "\n")) for name, value in pairs]


@st.composite
def mutated_payloads(draw):
    """A real payload with up to five changes."""
    file = draw(st.sampled_from(REAL_PAYLOADS))
    pairs = read_payload(file)
    for _change in range(draw(st.integers(0, 5))):
        place = draw(st.integers(0, len(pairs) - 1))
        name, value = pairs[place]
        change = draw(st.sampled_from(["drop", "repeat", "value", "name", "add"]))
        if change == "drop" and len(pairs) > 1:
            del pairs[place]
        elif change == "repeat":
            pairs.append((name, draw(st.just(value) | _texts)))
        elif change == "value":
            pairs[place] = (name, draw(_texts))
        elif change == "name":
            pairs[place] = (draw(_texts), value)
        else:
            pairs.append((draw(_texts), draw(_texts)))
    return pairs


class Form(dict):
    """A form as web frameworks give it to Twilio's library: all values of a name."""

    def __init__(self, pairs):
        super().__init__()
        for name, value in pairs:
            self.setdefault(name, []).append(value)

    def getlist(self, name):
        return self[name]


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
@given(pairs=mutated_payloads(), is_ours=st.booleans())
def test_mutated_real_payload_with_a_valid_signature_is_kept(
    world, channel, pairs, is_ours
):
    ours = {"AccountSid": channel.sid}
    if is_ours:
        ours["To"] = f"whatsapp:{channel.number}"
    pairs = [pair for pair in pairs if pair[0] not in ours] + list(ours.items())
    body = urlencode(pairs).encode()
    answer = post(channel, body, FORM, channel.sign(Form(pairs)))
    assert answer.status_code == 200
    assert is_kept(world, channel, body) == 1


@FUZZ
@given(body=st.binary(max_size=3000), content_type=st.sampled_from(CONTENT_TYPES[1:]))
def test_any_bytes_with_a_valid_signature_are_kept(world, channel, body, content_type):
    query = f"?bodySHA256={hashlib.sha256(body).hexdigest()}"
    answer = post(channel, body, content_type, channel.sign({}, query), query)
    assert answer.status_code == 200
    assert is_kept(world, channel, body) >= 1


@FUZZ
@given(
    body=st.binary(max_size=300)
    | mutated_payloads().map(lambda p: urlencode(p).encode()),
    content_type=st.sampled_from(CONTENT_TYPES),
    signature=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
def test_anything_without_a_valid_signature_is_refused_and_not_kept(
    world, channel, body, content_type, signature
):
    answer = post(channel, body, content_type, signature.strip())
    assert answer.status_code == 403
    assert answer.content == b""


def test_after_all_that_every_event_has_an_outcome_and_messages_still_come(
    world, channel
):
    world.wait_until_idle(seconds=60)
    unfinished = channel.get_events("new", "processing")
    assert unfinished == []
    assert {event["state"] for event in channel.get_events("done", "failed")} == {
        "done",
        "failed",
    }
    customer = world.new_customer()
    channel.inbound(customer, "Hola?")
    channel.wait_received(customer, "Hola?")
