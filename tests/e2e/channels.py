"""Business numbers: what happens on them, seen from both ends."""

import base64
import contextlib
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests
from pretend_accounts import TWILIO, Wire
from requests.adapters import HTTPAdapter
from twilio.request_validator import RequestValidator
from urllib3.util import Retry
from waiting import PATIENCE, wait_for

FORM = "application/x-www-form-urlencoded; charset=utf-8"


def post_patiently(url, body, headers, tries):
    """POST as a reverse proxy does, which tries again if no connection came about.

    Odoo's prefork server lets only eight connections a worker wait; the kernel may
    reset what is beyond.
    """
    times = tries - 1
    retry = Retry(
        connect=times, read=times, status=0, backoff_factor=0.1, allowed_methods=None
    )
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retry))
        return session.post(url, data=body, headers=headers, timeout=60)


@dataclass(kw_only=True)
class Channel:
    """One of our business numbers: what happens on it, seen from both ends."""

    world: Any
    wire: Wire
    account: dict = field(repr=False)
    number: str
    number_id: str | None
    webhook_url: str
    id: int
    account_id: int
    team_id: int

    # -- the customer's end -----------------------------------------------------------

    def inbound(self, customer, text="Hola", **more):
        """A customer's message; gives it back after the webhook."""
        values = {"business": self.number, "contact": customer, "text": text, **more}
        return self.world.sandbox.post("/control/inbound", **values)["messages"][0]

    def send_file(self, customer, content, content_type, **more):
        """A customer's file, as :meth:`inbound`."""
        encoded = base64.b64encode(content).decode()
        media = {"content_type": content_type, "base64": encoded}
        return self.inbound(customer, text="", media=media, **more)

    def break_sending(self, effect, **more):
        """Trouble for what we send from this number; see :meth:`Sandbox.break_`."""
        return self.world.sandbox.break_("send", effect, business=self.number, **more)

    def break_outcome(self, effect, **more):
        """Trouble after the provider has taken a message from this number."""
        self.world.sandbox.break_("outcome", effect, business=self.number, **more)

    def tell_statuses(self, message_id, *statuses):
        """Have the provider post these statuses, one after the other."""
        self.world.sandbox.post(
            f"/control/messages/{message_id}/statuses", statuses=statuses
        )

    def tap(self, customer, shown, title):
        """The customer taps a button or a row of a message, as the phone shows it."""
        [option] = [each for each in shown["options"] if each["title"] == title]
        choice = {name: option[name] for name in ("id", "title", "description")}
        return self.inbound(
            customer, text="", kind="choice", choice=choice, reply_to=shown["id"]
        )

    def read(self, customer):
        """The customer looks at the chat."""
        self.world.sandbox.post("/control/read", business=self.number, contact=customer)

    def on_phone(self, customer, text=""):
        """What the customer got from us, oldest first."""
        found = self.world.sandbox.get(
            "/control/messages",
            business=self.number,
            contact=customer,
            direction="outbound",
            text=text,
        )
        return found["messages"]

    def wait_on_phone(self, message_ids):
        """Until the phones got these messages."""
        for message_id in message_ids:
            self.world.sandbox.message(message_id, "delivered")

    def reaction_on_phone(self, customer, message_id):
        """The emoji that the customer sees of ours under a message; empty: none."""
        emojis = [
            message["text"]
            for message in self.on_phone(customer)
            if message["kind"] == "reaction" and message["reply_to"] == message_id
        ]
        return emojis[-1] if emojis else ""

    def _requests(self, method, path):
        found = self.world.sandbox.get("/control/requests", method=method, path=path)
        return found["requests"]

    # -- templates --------------------------------------------------------------------

    def wait_submitted(self, count):
        """The sandbox's ids by language, once so many wait for WhatsApp's reviewers."""

        account = self.account[self.wire.id_field]

        def find():
            waiting = self.world.sandbox.get("/control/templates", status="pending")
            found = [t for t in waiting["templates"] if t["account"] == account]
            return len(found) == count and {t["language"]: t["id"] for t in found}

        return wait_for(find, 20, f"{count} languages with the reviewers")

    def review(self, template_id, status, reason=""):
        """Decide as WhatsApp's reviewers would."""
        path = f"/control/templates/{template_id}/review"
        self.world.sandbox.post(path, status=status, reason=reason)

    def learn_decisions(self):
        """What the clock does minutes after a submission: ask how it stands."""
        self.world.database.execute(
            "UPDATE whatsapp_account SET templates_due_at = NULL WHERE id = %s",
            self.account_id,
        )
        self.world.wake()

    # -- our end ----------------------------------------------------------------------

    def admit(self, user_id):
        """Make a user one of the team that answers this number."""
        team = {"user_ids": [(4, user_id)]}
        self.world.odoo.call("helpdesk.ticket.team", "write", [self.team_id], team)

    def received(self, customer):
        """The customer's messages in Odoo, in the order of the chat."""
        return self.world.database.rows(
            """SELECT message.id, message.body, message.kind, message.provider_id,
                      message.media_state, message.next_try_at, message.answered_id,
                      message.conversation_id, message.thread_id, mail.id AS mail_id
                 FROM whatsapp_message message
                 JOIN whatsapp_contact contact ON contact.id = message.contact_id
                 JOIN mail_message mail ON mail.id = message.mail_message_id
                WHERE message.channel_id = %s AND contact.number = %s
                  AND message.direction = 'in'
             ORDER BY mail.id""",
            self.id,
            customer,
        )

    def wait_received(self, customer, text, seconds=PATIENCE):
        """The one message of the customer with this text, once Odoo has it."""

        def find():
            return [m for m in self.received(customer) if m["body"] == text]

        found = wait_for(find, seconds, f"{text!r} of {customer} in Odoo")
        assert len(found) == 1, found
        return found[0]

    def files(self, customer):
        """The sizes of the files of the customer's messages, in order."""
        return self.world.database.column(
            """SELECT file.file_size FROM whatsapp_message message
                 JOIN ir_attachment file ON file.id = message.attachment_id
                WHERE message.id = ANY(%s)
             ORDER BY message.id""",
            [message["id"] for message in self.received(customer)],
        )

    def tickets(self, customer):
        """The tickets of the customer's chat with this number."""
        return self.world.database.rows(
            """SELECT ticket.id, ticket.name, ticket.number, ticket.partner_id,
                      ticket.whatsapp_conversation_id, conversation.thread_id
                 FROM helpdesk_ticket ticket
                 JOIN whatsapp_conversation conversation
                   ON conversation.id = ticket.whatsapp_conversation_id
                 JOIN whatsapp_contact contact ON contact.id = conversation.contact_id
                WHERE conversation.channel_id = %s AND contact.number = %s
             ORDER BY ticket.id""",
            self.id,
            customer,
        )

    def greet(self, customer, text="Hola"):
        """Have the customer write first, so that we may; gives the thread's id."""
        self.inbound(customer, text)
        return self.wait_received(customer, text)["thread_id"]

    def answer(self, thread_id, text, **more):
        """Write into a chat as an agent does; gives the queued message's id.

        :param more: of ``message_post``: what is quoted, files
        """
        self.world.odoo.call(
            "discuss.channel",
            "message_post",
            [thread_id],
            body=text,
            message_type="comment",
            **more,
        )
        return self.find_last(thread_id, text)

    def offer(self, thread_id, kind, text, titles):
        """Send buttons or a list, as their window does; gives the message's id."""
        values = {
            "thread_id": thread_id,
            "kind": kind,
            "body": text,
            "choice_ids": [(5,), *((0, 0, {"title": title}) for title in titles)],
        }
        [wizard_id] = self.world.odoo.call("whatsapp.interactive", "create", [values])
        self.world.odoo.call("whatsapp.interactive", "action_send", [wizard_id])
        return self.find_last(thread_id, text)

    def find_last(self, thread_id, text):
        """The id of the last of our messages with this text."""
        return self.world.database.value(
            """SELECT max(id) FROM whatsapp_message
                WHERE thread_id = %s AND direction = 'out' AND body = %s""",
            thread_id,
            text,
        )

    @contextlib.contextmanager
    def held_back(self):
        """Nothing is sent meanwhile, as after a fault of the account."""
        hold = "UPDATE whatsapp_account SET suspended_until = %s WHERE id = %s"
        self.world.database.execute(hold, "9999-12-31", self.account_id)
        yield
        self.world.database.execute(hold, None, self.account_id)
        self.world.wake()

    def sent(self, message_id):
        """An outbound message as Odoo has it."""
        [row] = self.world.database.rows(
            """SELECT id, state, provider_id, reference, attempts, error_code,
                      error_source, mail_message_id, next_try_at, claimed_at
                 FROM whatsapp_message WHERE id = %s""",
            message_id,
        )
        return row

    def get_fault(self):
        """What the account last complained of; None if all is well."""
        return self.world.database.value(
            "SELECT fault FROM whatsapp_account WHERE id = %s", self.account_id
        )

    def get_events(self, *states):
        """The account's webhooks in these states."""
        return self.world.database.rows(
            """SELECT id, state, error FROM whatsapp_event
                WHERE account_id = %s AND state = ANY(%s)
             ORDER BY id""",
            self.account_id,
            list(states),
        )

    def send_again(self, message_id):
        """*Send again*, as an agent clicks it; gives the new message's id."""
        mail_id = self.sent(message_id)["mail_message_id"]
        self.world.odoo.call("mail.message", "action_whatsapp_resend", [mail_id])
        return self.world.database.value(
            "SELECT max(id) FROM whatsapp_message WHERE mail_message_id = %s", mail_id
        )

    def wait_state(self, message_id, *states, seconds=PATIENCE):
        """An outbound message, once it is in one of these states."""
        row = self.sent(message_id)

        def is_there():
            row.update(self.sent(message_id))
            return row["state"] in states

        wait_for(is_there, seconds, f"message {row} in {' or '.join(states)}")
        return row


class TwilioChannel(Channel):
    """A number at Twilio, which can be played without the sandbox, too."""

    @property
    def sid(self):
        return self.account["twilio_account_sid"]

    @property
    def token(self):
        return self.account["twilio_auth_token"]

    def sends(self, text):
        """The requests to send exactly this text that reached the provider."""
        path = f"/Accounts/{self.sid}/Messages.json"
        return [
            request
            for request in self._requests("POST", path)
            if request["form"]["Body"] == [text]
        ]

    # -- webhooks of our own making ---------------------------------------------------

    def sign(self, form, query=""):
        """Twilio's signature of a form, by its own library."""
        return RequestValidator(self.token).compute_signature(
            f"{self.webhook_url}{query}", form
        )

    def inbound_form(self, customer, text="Hola", sid=None, **more):
        """The form of a customer's text."""
        sid = sid or f"SM{secrets.token_hex(16)}"
        return {
            "MessageSid": sid,
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "AccountSid": self.sid,
            "From": f"whatsapp:{customer}",
            "To": f"whatsapp:{self.number}",
            "WaId": customer.lstrip("+"),
            "ProfileName": f"Customer {customer[-4:]}",
            "MessageType": "text",
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
            **more,
        }

    def status_form(self, sid, status, customer, **more):
        """The form of a status."""
        return {
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": self.sid,
            "From": f"whatsapp:{self.number}",
            "To": f"whatsapp:{customer}",
            "ChannelPrefix": "whatsapp",
            "ApiVersion": "2010-04-01",
            **more,
        }

    def post(self, form, query="", signature=None, tries=6):
        """POST a signed form as Twilio would; gives the response."""
        headers = {
            "Content-Type": FORM,
            "X-Twilio-Signature": signature or self.sign(form, query),
        }
        url = f"{self.webhook_url}{query}"
        return post_patiently(url, urlencode(form), headers, tries)

    def post_all(self, forms):
        """POST several forms at the same time; gives the responses in order."""
        start = threading.Barrier(len(forms))

        def post(form):
            start.wait()
            return self.post(form)

        with ThreadPoolExecutor(len(forms)) as pool:
            return list(pool.map(post, forms))

    # -- what the provider is asked ----

    def have_looked_up(self, message_id):
        """What the clock does minutes later to a message of unknown fate."""
        path = f"/Accounts/{self.sid}/Messages"
        before = len(self._requests("GET", path))
        self.world.database.execute(
            """UPDATE whatsapp_message SET claimed_at = claimed_at - interval '1 hour'
                WHERE id = %s""",
            message_id,
        )
        self.world.wake()
        wait_for(
            lambda: len(self._requests("GET", path)) > before,
            what="a question to the provider",
        )


def make_channel(*, wire, **values):
    """The channel of a new number, with what its wire has beyond the others."""
    kind = TwilioChannel if wire is TWILIO else Channel
    return kind(wire=wire, **values)
