"""Our account at each provider that the sandbox plays, over real HTTP, without Odoo.

The sandbox was written apart from our wire code.
"""

import base64

import pytest
from conformance_kit import WIRES
from pretend_accounts import WIRES as PRETENDED
from sandbox_kit import CUSTOMER, Sandbox

from odoo.addons.whatsapp_connector.tests.conformance import intents
from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER, REFERENCE
from odoo.addons.whatsapp_connector.wire import http
from odoo.addons.whatsapp_connector.wire.items import Person
from odoo.addons.whatsapp_connector.wire.outbound import Accepted, Refused
from odoo.addons.whatsapp_connector.wire.template import (
    OutboundTemplate,
    Template,
    TemplateButton,
    TemplateValue,
    TemplateVariable,
)
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
PRETENDED_BY_TITLE = {pretended.title: pretended for pretended in PRETENDED}
#: What the form has besides what the wires' settings say.
FIELDS = {pretended.title: pretended.make_account() for pretended in PRETENDED}


def each(offers=lambda capabilities: True):
    """Run a test in the world of each wire that offers what it takes."""
    return each_of(*(wire for wire in WIRES if offers(wire.capabilities)))


def each_of(*wires):
    """Run a test in the world of each of these wires."""
    return pytest.mark.parametrize("world", wires, ids=str, indirect=True)


def encode(content, content_type, **values):
    """A customer's file, in the words of the sandbox's control API."""
    data = base64.b64encode(content).decode()
    return {"base64": data, "content_type": content_type, **values}


#: What customers send, by the kind that we read it as.
SENT = {
    "text": {"text": "Hola *món* 😀\n+1"},
    "image": {"text": "Mira", "media": encode(PIXEL, "image/png")},
    "voice": {"media": encode(b"OggS", "audio/ogg"), "kind": "voice"},
    "audio": {"media": encode(b"ID3", "audio/mpeg")},
    "video": {"media": encode(b"mp4", "video/mp4")},
    "sticker": {"media": encode(b"RIFF", "image/webp")},
    "document": {"media": encode(b"%PDF-", "application/pdf", name="a.pdf")},
    "contacts": {"kind": "contacts", "cards": [{"name": "Pau", "phone": "+346"}]},
    "location": {
        "kind": "location",
        "location": {"latitude": 41.4, "longitude": 2.17, "name": "Casa"},
    },
}

TEMPLATE = Template(
    name="ticket_update",
    language="ca",
    category="utility",
    header="text",
    header_text="Tiquet {{1}}",
    body="Hola {{name}}, hi ha novetats de {{ticket}}.",
    footer="Acme",
    buttons=(
        TemplateButton(kind="quick_reply", text="Gràcies", payload="thanks"),
        TemplateButton(kind="url", text="Obre", url="https://x.example/{{1}}"),
    ),
    variables=(
        TemplateVariable(place="header", name="1", sample="HT7"),
        TemplateVariable(place="body", name="name", sample="Ana"),
        TemplateVariable(place="body", name="ticket", sample="la factura"),
        TemplateVariable(place="button:1", name="1", sample="t7"),
    ),
)
VALUES = (
    TemplateValue(place="header", name="1", value="HT42"),
    TemplateValue(place="body", name="name", value="Núria"),
    TemplateValue(place="body", name="ticket", value="res"),
    TemplateValue(place="button:1", name="1", value="t42"),
)


class World:
    """The sandbox with nothing but one account of ours in it, and our client.

    ``odoo`` is a server in Odoo's place. What the sandbox posts there is verified
    before it is read.
    """

    def __init__(self, address, odoo, wire):
        self.odoo = odoo
        self.wire = wire
        self.account = wire.account
        self.client = http.HttpClient(redirect_url=address)
        self.sandbox = Sandbox(address)
        self.sandbox.post("/control/reset")
        self.sandbox.post("/control/settings", send_delay=0.01, deliver_delay=0.02)
        self.register()

    @property
    def webhook_url(self):
        return self.odoo.url("/whatsapp/webhook/key")

    @property
    def status_url(self):
        return f"{self.webhook_url}?ref={REFERENCE}"

    def register(self, **changes):
        """Have the account at the provider, with webhooks that lead to us."""
        self._register(self.webhook_url, changes)

    def register_without_webhooks(self):
        self._register("", {})

    def _register(self, webhook_url, changes):
        pretended = PRETENDED_BY_TITLE[self.wire.label]
        fields = {**FIELDS[self.wire.label], **self.wire.settings}
        values = pretended.describe(
            fields, NUMBER, self.wire.number_id, "Acme", webhook_url
        )
        path = f"/control/{pretended.name}/accounts"
        self.sandbox.post(path, **{**values, **changes})

    # -- in ---------------------------------------------------------------------------

    def read(self, call):
        """The item of a call that the sandbox made."""
        webhook = WebhookRequest(
            method="POST",
            url=call["url"],
            headers={name.lower(): value for name, value in call["headers"].items()},
            body=call["body"].encode(),
        )
        self.wire.signing.verify(webhook, self.account)
        [item] = self.wire.parse(webhook, self.account)
        return item

    def receive(self, text="Hola", **sent):
        """A customer's message as we read it."""
        [call] = self.sandbox.inbound(text, **sent)["webhooks"]
        return self.read(call)

    def choose(self, shown, title):
        """A customer picks what a message of ours offers; as we read it."""
        [choice] = [each for each in shown["options"] if each["title"] == title]
        return self.receive("", kind="choice", choice=choice, reply_to=shown["id"])

    def fetch(self, media, account=None):
        """The answer to the question for a customer's file."""
        files = self.wire.files
        request = files.request(account or self.account, media)
        return self.client.fetch(request, hosts=files.is_host, limit=10_000)

    def read_statuses(self, message_id, count=1):
        calls = self.sandbox.webhooks(count, kind="status", message=message_id)
        return [self.read(call) for call in calls]

    # -- out --------------------------------------------------------------------------

    def build(self, kind="text", **values):
        """A message of ours to the customer."""
        to = {"person": Person(number=CUSTOMER), "status_url": self.status_url}
        return intents.make_outbound(self.wire, kind, **{**to, **values})

    def send(self, kind="text", account=None, **values):
        """What comes of asking the provider to send a message."""
        outbound = self.build(kind, **values)
        request = self.wire.build(outbound, account or self.account)
        result = http.run(self.client, request)
        is_answer = isinstance(result, http.HttpResponse)
        return self.wire.read(result) if is_answer else result

    def deliver(self, kind="text", **values):
        """A message of ours as the phone shows it."""
        return self.wait_for_delivery(self.send(kind, **values))

    def wait_for_delivery(self, sent):
        assert isinstance(sent, Accepted), sent
        return self.sandbox.wait_for_status(sent.provider_id, "delivered")

    def get_failure(self, sent):
        """Why a message doesn't arrive: some providers tell at once, some later."""
        if isinstance(sent, Refused):
            return sent.failure
        self.sandbox.wait_for_status(sent.provider_id, "failed")
        return self.read_statuses(sent.provider_id)[-1].failure

    # -- templates --------------------------------------------------------------------

    def submit(self, template=TEMPLATE, previous_id=None, client=None):
        submit = self.wire.templates.submit
        return submit(client or self.client, self.account, template, previous_id)

    def review(self, status="approved", **more):
        """WhatsApp decides about the newest submission."""
        newest = self.get_submitted()[0]
        path = f"/control/templates/{newest['id']}/review"
        self.sandbox.post(path, status=status, **more)

    def get_submitted(self):
        """What WhatsApp was asked to approve, the newest first."""
        return self.sandbox.get("/control/templates")["templates"]

    def list_states(self):
        return self.wire.templates.list_states(self.client, self.account)

    def send_template(self, state, template=TEMPLATE, values=VALUES, **carried):
        carried = self.fill(state, template, values, **carried)
        return self.send("template", template=carried)

    def fill(self, state, template=TEMPLATE, values=VALUES, **carried):
        """What a message carries of a template."""
        return OutboundTemplate(
            template_id=state.template_id,
            name=state.name,
            template=template,
            values=values,
            **carried,
        )


class Losing:
    """A client to which the answer of one request gets lost: the first is number 1."""

    def __init__(self, client, number):
        self._client = client
        self._left = number

    def exchange(self, request):
        answer = self._client.exchange(request)
        self._left -= 1
        if not self._left:
            raise http.NoAnswer("reset")
        return answer
