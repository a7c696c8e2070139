import gzip
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..controllers import webhook
from ..tools import work
from ..wire.webhook import InvalidSignature, WebhookReply
from .common import FakeTransport, WhatsappHttpCase

LOG = "odoo.addons.whatsapp_connector.controllers.webhook"
#: Bytes that a form parser would change: order, repetition, plus signs, case of
#: escapes, an empty value, no value, a lone surrogate.
FORM = b"b=1&a=2&b=3&c=x+y%2Bz&d=%c3%A0&e=&f&g=%00&h=%ED%A0%80"


@tagged("post_install", "-at_install")
class TestWebhook(WhatsappHttpCase):
    def setUp(self):
        super().setUp()
        webhook._last_refusal_logged.clear()

    def events(self):
        return self.env["whatsapp.event"].search(
            [("account_id", "=", self.account.id)], order="id"
        )

    # -- who may call -----------------------------------------------------------------

    def test_a_signed_call_is_stored_and_answered_with_nothing(self):
        response = self.call_webhook(self.provider.pack([self.inbound("Hola")]))
        self.assertEqual((response.status_code, response.content), (200, b""))
        event = self.events()
        self.assertEqual((event.state, event.method), ("new", "POST"))
        self.run_inbox()
        self.assertEqual(event.message_ids.body, "Hola")

    def test_a_wrong_key_is_not_found(self):
        for key in ("nobody", "%00", "..", "a" * 5000, "%F0%28%8C%28", "'--"):
            with self.subTest(key[:20]):
                response = self.call_webhook(b"x", key=key)
                self.assertEqual(response.status_code, 404)

    def test_the_key_of_an_archived_account_is_not_found(self):
        self.account.active = False
        self.assertEqual(self.call_webhook(b"x").status_code, 404)

    def test_a_bad_or_missing_signature_is_forbidden_and_nothing_is_kept(self):
        for headers in ({"X-Test-Signature": "wrong"}, {"X-Test-Signature": ""}, {}):
            with self.subTest(headers), mute_logger(LOG):
                response = self.call_webhook(b"x", headers=headers or {"X-None": "1"})
                self.assertEqual((response.status_code, response.content), (403, b""))
        self.assertFalse(self.events())

    def test_a_refusal_is_logged_once_and_without_the_body(self):
        with self.assertLogs(LOG, "WARNING") as log:
            for _call in range(5):
                self.call_webhook(b"private words", headers={"X-Test-Signature": "no"})
        self.assertEqual(len(log.output), 1)
        self.assertIn("refused", log.output[0])
        self.assertNotIn("private words", log.output[0])
        self.assertNotIn(self.provider.secret, log.output[0])

    @mute_logger(LOG)
    def test_without_a_secret_nobody_is_let_in(self):
        self.provider.secret = ""
        for headers in ({"X-Test-Signature": ""}, {"X-None": "1"}):
            self.assertEqual(self.call_webhook(b"x", headers=headers).status_code, 403)

    def test_a_call_that_may_be_proved_later_is_asked_for_again(self):
        def _verify(_transport, _account, _webhook):
            raise InvalidSignature("not signed", temporary=True)

        with patch.object(FakeTransport, "_verify", _verify), mute_logger(LOG):
            self.assertEqual(self.call_webhook(b"x").status_code, 503)
        self.assertFalse(self.events())

    @mute_logger(LOG)
    def test_without_a_provider_nobody_is_let_in(self):
        self.account.provider = "none"
        self.assertEqual(self.call_webhook(b"x").status_code, 403)
        self.assertEqual(self.call_webhook(None, method="GET").status_code, 403)

    def test_other_methods_are_refused(self):
        for method in ("PUT", "DELETE", "PATCH"):
            with self.subTest(method), mute_logger("odoo.http"):
                response = self.call_webhook(b"x", method=method)
                self.assertEqual(response.status_code, 405)

    # -- what they send ---------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_an_oversize_body_is_refused(self):
        with patch.object(webhook, "MAX_BODY_BYTES", 10):
            for content_type in (
                "application/json",
                "application/x-www-form-urlencoded",
            ):
                response = self.call_webhook(
                    b"x" * (4 * 1024 * 1024 + 1),
                    headers={
                        "X-Test-Signature": self.provider.secret,
                        "Content-Type": content_type,
                    },
                )
                self.assertEqual(response.status_code, 413)
        self.assertFalse(self.events())

    @mute_logger("odoo.addons.whatsapp_connector.models.whatsapp_event")
    def test_authentic_but_malformed_is_accepted_and_kept_as_failed(self):
        response = self.call_webhook(b"\x00\xff not what anybody documents")
        self.assertEqual(response.status_code, 200)
        self.run_inbox()
        event = self.events()
        self.assertEqual(event.state, "failed")
        self.assertTrue(event.error)

    def test_fifty_identical_calls_are_one_event_and_fifty_times_accepted(self):
        body = self.provider.pack([self.inbound("Hola")])
        answers = {self.call_webhook(body).status_code for _call in range(50)}
        self.assertEqual(answers, {200})
        self.assertEqual(len(self.events()), 1)

    def test_the_same_body_under_another_query_is_another_event(self):
        body = self.provider.pack([self.inbound("Hola")])
        self.call_webhook(body, query="?ref=1")
        self.call_webhook(body, query="?ref=2")
        self.assertEqual(len(self.events()), 2)

    def test_the_exact_bytes_are_kept_whatever_their_type(self):
        for number, content_type in enumerate(
            (
                "application/x-www-form-urlencoded",
                "application/x-www-form-urlencoded; charset=UTF-8",
                "multipart/form-data; boundary=x",
                "multipart/form-data",
                "application/json",
                "text/plain; charset=no-such",
                "application/octet-stream",
            )
        ):
            with self.subTest(content_type):
                body = FORM + b"&n=%d" % number
                response = self.call_webhook(
                    body,
                    headers={
                        "X-Test-Signature": self.provider.secret,
                        "Content-Type": content_type,
                    },
                )
                self.assertEqual(response.status_code, 200)
                event = self.events()[-1:]
                self.assertEqual(event._get_bodies()[event.id], body)

    def test_a_compressed_body_is_kept_as_it_came(self):
        body = gzip.compress(FORM)
        headers = {
            "X-Test-Signature": self.provider.secret,
            "Content-Encoding": "gzip",
        }
        self.assertEqual(self.call_webhook(body, headers=headers).status_code, 200)
        event = self.events()
        self.assertEqual(event._get_bodies()[event.id], body)

    def test_the_transport_sees_the_providers_address_not_the_proxys(self):
        seen = []
        self.account.public_url = "https://odoo.example.com/"
        with patch.object(
            FakeTransport, "_verify", lambda _t, _a, request: seen.append(request)
        ):
            self.call_webhook(b"x", query="?ref=a%20b&x=+")
        self.assertEqual(
            seen[0].url,
            f"https://odoo.example.com/whatsapp/webhook/{self.account.webhook_key}"
            "?ref=a%20b&x=+",
        )
        self.assertEqual(seen[0].query, "ref=a%20b&x=+")

    def test_only_the_headers_that_matter_are_kept(self):
        with patch.object(
            FakeTransport, "_kept_headers", lambda _t: ("x-kept",), create=True
        ):
            self.call_webhook(
                b"x",
                headers={
                    "X-Test-Signature": self.provider.secret,
                    "X-Kept": "1",
                    "Authorization": "Basic abc",
                },
            )
        self.assertEqual(self.events().headers, {"x-kept": "1"})

    def test_the_providers_own_key_tells_repetitions(self):
        with patch.object(
            FakeTransport, "_event_key", lambda *_a: "the-same", create=True
        ):
            self.call_webhook(b"one")
            self.call_webhook(b"two")
        self.assertEqual(self.events().key, "the-same")

    # -- what they get ----------------------------------------------------------------

    def test_a_handshake_is_answered_in_the_providers_words(self):
        def _handshake(_transport, _account, request):
            if request.method != "GET":
                return None
            if request.query != "verify_token=right":
                raise InvalidSignature("wrong token")
            return WebhookReply(body="challenge")

        with patch.object(FakeTransport, "_handshake", _handshake, create=True):
            right = self.call_webhook(None, method="GET", query="?verify_token=right")
            with mute_logger(LOG):
                wrong = self.call_webhook(None, method="GET", query="?verify_token=x")
        self.assertEqual((right.status_code, right.text), (200, "challenge"))
        self.assertEqual(wrong.status_code, 403)
        self.assertFalse(self.events())

    def test_an_answer_in_the_providers_form_is_given(self):
        reply = WebhookReply(body="<Response/>", content_type="text/xml")
        with patch.object(FakeTransport, "_reply", lambda *_a: reply, create=True):
            response = self.call_webhook(b"x")
        self.assertEqual(response.text, "<Response/>")
        self.assertIn("text/xml", response.headers["Content-Type"])

    def test_the_caller_gets_no_session(self):
        response = self.call_webhook(self.provider.pack([self.inbound()]))
        self.assertNotIn("Set-Cookie", response.headers)

    def test_a_call_wakes_the_worker(self):
        cron = self.env["whatsapp.inbox"]._lane(self.account.id % 2)
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        body = self.provider.pack([self.inbound()])
        self.call_webhook(body)
        after = triggers.search_count([("cron_id", "=", cron.id)])
        self.assertEqual(after, before + 1)
        with patch.object(work, "WAKE_SECONDS", 60):
            self.call_webhook(body)
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), after)

    def test_a_new_address_makes_the_old_one_unknown(self):
        old = self.account.webhook_key
        self.account.action_new_webhook_key()
        self.assertEqual(self.call_webhook(b"x", key=old).status_code, 404)
        self.assertEqual(self.call_webhook(b"x").status_code, 200)
