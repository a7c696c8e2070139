"""Faults on demand, the sandbox's own rules, and the control API."""

import json
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sandbox_kit import (
    ACCOUNT,
    BUSINESS,
    CUSTOMER,
    SANDBOX,
    TOKEN,
    Sandbox,
    account,
    start_sandbox,
    stop_process,
)

MESSAGES = f"/api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
SEND = {"To": f"whatsapp:{CUSTOMER}", "From": f"whatsapp:{BUSINESS}", "Body": "x"}


def send(sandbox, timeout=5, **more):
    """A plain request to send, without a client that repairs anything."""
    return requests.post(
        f"{sandbox.address}{MESSAGES}",
        data={**SEND, **more},
        auth=(ACCOUNT, TOKEN),
        timeout=timeout,
    )


def outbound(sandbox):
    return sandbox.get("/control/messages", direction="outbound")["messages"]


# -- faults on sending ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"), [(429, 20429), (500, 20500), (502, 20502), (503, 20503)]
)
def test_a_send_is_answered_with_the_status_asked_for(sandbox, status, code):
    sandbox.post(
        "/control/faults", on="send", effect="answer", status=status, retry_after=2
    )
    refused = send(sandbox)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.headers["Retry-After"] == "2"
    assert outbound(sandbox) == []
    assert send(sandbox).status_code == 201


def test_a_fault_strikes_as_often_as_asked(sandbox):
    sandbox.post("/control/faults", on="send", effect="answer", status=503, times=2)
    assert [send(sandbox).status_code for _ in range(3)] == [503, 503, 201]
    sandbox.post("/control/faults", on="send", effect="answer", status=503, times=0)
    assert [send(sandbox).status_code for _ in range(3)] == [503] * 3
    [fault] = sandbox.get("/control/faults")["faults"]
    sandbox.call("DELETE", f"/control/faults/{fault['id']}")
    assert send(sandbox).status_code == 201


def test_a_fault_for_one_recipient_spares_the_others(sandbox):
    sandbox.post("/control/faults", on="send", effect="answer", recipient=CUSTOMER)
    assert send(sandbox, To="whatsapp:+34600000002").status_code == 201
    assert send(sandbox).status_code == 503


def test_an_error_may_come_although_the_message_was_taken(sandbox, webhooks):
    sandbox.inbound()
    sandbox.post("/control/faults", on="send", effect="answer", status=500, taken=True)
    assert send(sandbox).status_code == 500
    [message] = outbound(sandbox)
    sandbox.wait_for_status(message["id"], "delivered")
    assert webhooks.forms("/status")[0]["MessageSid"] == message["id"]


@pytest.mark.parametrize("taken", [False, True])
def test_a_reset_breaks_the_connection(sandbox, taken):
    sandbox.post("/control/faults", on="send", effect="reset", taken=taken)
    with pytest.raises(requests.ConnectionError):
        send(sandbox)
    assert len(outbound(sandbox)) == taken
    [request] = sandbox.get("/control/requests", method="POST")["requests"]
    assert (request["fault"], request["status"]) == ("reset", None)


@pytest.mark.parametrize("taken", [False, True])
def test_a_hang_outlasts_the_clients_patience(sandbox, taken):
    sandbox.post("/control/faults", on="send", effect="hang", seconds=1, taken=taken)
    with pytest.raises(requests.ReadTimeout):
        send(sandbox, timeout=0.2)
    assert len(outbound(sandbox)) == taken


def test_a_status_can_overtake_the_answer_to_the_send(sandbox, webhooks):
    sandbox.inbound()
    sandbox.post("/control/faults", on="send", effect="hang", seconds=0.5, taken=True)
    started = time.monotonic()
    answer = send(sandbox)
    assert answer.status_code == 201 and time.monotonic() - started >= 0.5
    assert webhooks.forms("/status")[0]["MessageSid"] == answer.json()["sid"]


def test_connections_are_refused_for_a_while(sandbox):
    sandbox.post("/control/refuse", seconds=0.6)
    time.sleep(0.2)
    port = int(sandbox.address.rsplit(":", 1)[1])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    time.sleep(0.8)
    assert send(sandbox).status_code == 201


def test_a_hanging_media_host_leaves_the_rest_alone(sandbox, webhooks):
    picture = {"content_type": "image/jpeg", "base64": "/9j/4A=="}
    sandbox.inbound(media=picture)
    [form] = webhooks.forms("/in")
    url = form["MediaUrl0"].replace("https:/", sandbox.address)
    sandbox.post("/control/faults", on="media", effect="hang", seconds=3)
    redirect = requests.get(
        url, auth=(ACCOUNT, TOKEN), allow_redirects=False, timeout=5
    )
    storage = redirect.headers["Location"].replace("https:/", sandbox.address)
    with pytest.raises(requests.ReadTimeout):
        requests.get(storage, timeout=0.2)
    assert send(sandbox).status_code == 201
    assert requests.get(storage, timeout=5).status_code == 200


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ({"effect": "failed", "code": 63003}, ["failed"]),
        ({"effect": "undelivered", "code": 63024}, ["sent", "undelivered"]),
        ({"effect": "sent"}, ["sent"]),
        ({"effect": "read"}, ["sent", "read"]),
    ],
)
def test_the_outcome_of_a_message_can_be_chosen(sandbox, webhooks, fault, statuses):
    sandbox.inbound()
    sandbox.post("/control/faults", on="outcome", **fault)
    sid = send(sandbox).json()["sid"]
    message = sandbox.wait_for_status(sid, statuses[-1])
    sandbox.webhooks(len(statuses), kind="status", message=sid)
    time.sleep(0.1)
    assert [form["MessageStatus"] for form in webhooks.forms("/status")] == statuses
    assert message["history"][-1]["code"] == fault.get("code")


# -- faults on webhooks ---------------------------------------------------------------


def test_a_webhook_can_come_twice(sandbox, webhooks):
    sandbox.post("/control/faults", on="inbound", effect="duplicate", copies=3)
    sandbox.inbound()
    forms = webhooks.forms("/in")
    assert len(forms) == 3 and len({form["MessageSid"] for form in forms}) == 1


def test_a_webhook_can_be_lost_and_the_phone_shows_it(sandbox, webhooks):
    sandbox.post("/control/faults", on="inbound", effect="never")
    message = sandbox.inbound()
    assert webhooks.received == []
    assert message["delivery"]["state"] == "failed"


def test_a_webhook_can_be_overtaken_by_the_next(sandbox, webhooks):
    sandbox.post("/control/faults", on="inbound", effect="swap")
    messages = [
        {"text": text, "contact": CUSTOMER, "business": BUSINESS}
        for text in ("first", "second")
    ]
    sandbox.post("/control/inbound", messages=messages, concurrent=True)
    assert [form["Body"] for form in webhooks.forms("/in")] == ["second", "first"]


def test_a_webhook_can_be_late(sandbox, webhooks):
    sandbox.post("/control/faults", on="status", effect="delay", seconds=0.3)
    sandbox.inbound()
    sid = send(sandbox).json()["sid"]
    sandbox.webhooks(2, kind="status", message=sid)
    statuses = [form["MessageStatus"] for form in webhooks.forms("/status")]
    assert statuses == ["delivered", "sent"]


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"on": "nowhere", "effect": "reset"}, "“on” must be one of"),
        ({"on": "send", "effect": "never"}, "“effect” on send must be one of"),
        ({"on": "send"}, "effect"),
    ],
)
def test_a_wrong_fault_is_explained(sandbox, fault, complaint):
    answer = requests.post(f"{sandbox.address}/control/faults", json=fault, timeout=5)
    assert answer.status_code == 400
    assert complaint in answer.json()["error"]


# -- Twilio's way of calling ----------------------------------------------------------


def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def configure(sandbox, webhooks, **sender):
    values = account(webhooks)
    values["senders"][0].update(sender)
    sandbox.post("/control/twilio/accounts", **values)


def test_a_refused_connection_is_tried_once_more(sandbox, webhooks):
    url = f"http://127.0.0.1:{closed_port()}/in"
    configure(sandbox, webhooks, webhook_url=url)
    [call] = sandbox.inbound()["webhooks"]
    assert (call["attempts"], call["failure"], call["ok"]) == (2, "ct", False)


def test_an_error_answer_is_not_tried_again_by_default(sandbox, webhooks):
    webhooks.reply = (503, "text/plain", b"")
    message = sandbox.inbound()
    assert [call["attempts"] for call in message["webhooks"]] == [1]
    assert message["delivery"] == {
        "state": "failed",
        "http_status": 503,
        "error": "11200: got HTTP 503 response",
    }


def test_the_fragment_asks_for_more_retries_and_is_not_sent(sandbox, webhooks):
    webhooks.reply = (503, "text/plain", b"")
    url = webhooks.url("/in?a=1#rc=3&rp=5xx,ct")
    configure(sandbox, webhooks, webhook_url=url)
    [call] = sandbox.inbound()["webhooks"]
    assert call["attempts"] == 4
    assert {received.path for received in webhooks.received} == {"/in?a=1"}
    tokens = {r.headers["I-Twilio-Idempotency-Token"] for r in webhooks.received}
    assert len(tokens) == 1


def test_the_fallback_address_is_called_after_a_failure(sandbox, webhooks):
    url = f"http://127.0.0.1:{closed_port()}/in"
    fallback = webhooks.url("/fallback")
    configure(sandbox, webhooks, webhook_url=url, fallback_url=fallback)
    message = sandbox.inbound()
    [form] = webhooks.forms("/fallback")
    assert (form["MessageSid"], form["ErrorUrl"]) == (message["id"], url)
    assert message["delivery"]["state"] == "accepted"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((200, "text/plain", b""), None),
        ((204, "text/plain", b""), None),
        ((200, "text/xml", b"<Response/>"), None),
        ((200, "application/json", b"{}"), "12300"),
        ((200, "text/xml", b"<Response>"), "12100"),
        ((500, "text/plain", b""), "11200"),
    ],
)
def test_twilio_wants_twiml_or_nothing(sandbox, webhooks, reply, error):
    webhooks.reply = reply
    [call] = sandbox.inbound()["webhooks"]
    assert call["ok"] is (error is None)
    assert (call["error"] or "").startswith(error or "")


def test_a_webhook_may_be_a_get(sandbox, webhooks):
    configure(sandbox, webhooks, callback_method="GET")
    sandbox.inbound("a & b")
    [received] = webhooks.received
    assert received.method == "GET" and "Body=a+%26+b" in received.path


def test_a_public_address_is_signed_and_called_behind_its_proxy(sandbox, webhooks):
    public = "https://odoo.example.com"
    sandbox.post("/control/settings", public_addresses={public: webhooks.address})
    configure(sandbox, webhooks, webhook_url=f"{public}/in")
    [call] = sandbox.inbound()["webhooks"]
    assert call["url"] == f"{public}/in" and call["ok"]
    headers = webhooks.received[0].headers
    assert headers["Host"] == "odoo.example.com"
    assert headers["X-Forwarded-Proto"] == "https"


# -- the control API ------------------------------------------------------------------


def test_fifty_equal_webhooks_at_once(sandbox, webhooks):
    message = sandbox.inbound(copies=50)
    assert [call["http_status"] for call in message["webhooks"]] == [200] * 50
    assert {form["MessageSid"] for form in webhooks.forms("/in")} == {message["id"]}


def test_many_messages_of_one_new_sender_at_once(sandbox, webhooks):
    messages = [
        {"text": f"{n}", "contact": CUSTOMER, "business": BUSINESS} for n in range(20)
    ]
    sandbox.post("/control/inbound", messages=messages, concurrent=True)
    forms = webhooks.forms("/in")
    assert len({form["MessageSid"] for form in forms}) == 20
    assert len(sandbox.get("/control/contacts")["contacts"]) == 1


def test_statuses_can_be_posted_in_any_order(sandbox, webhooks):
    sandbox.inbound()
    sandbox.post("/control/settings", send_delay=60)
    sid = send(sandbox).json()["sid"]
    statuses = ["read", {"status": "failed", "code": 63024}, "sent", "delivered"]
    path = f"/control/messages/{sid}/statuses"
    calls = sandbox.post(path, statuses=statuses)["webhooks"]
    assert [call["ok"] for call in calls] == [True] * 4
    forms = webhooks.forms("/status")
    assert [f["MessageStatus"] for f in forms] == [
        "read",
        "failed",
        "sent",
        "delivered",
    ]
    assert forms[1]["ErrorCode"] == "63024"


def test_raw_bytes_can_be_posted(sandbox, webhooks):
    url = webhooks.url("/raw")
    sandbox.post("/control/webhook", url=url, base64="/wD+", headers={"X-A": "b"})
    [received] = webhooks.received
    assert received.body == b"\xff\x00\xfe" and received.headers["X-A"] == "b"


def test_waiting_ends_as_soon_as_the_message_is_there(sandbox):
    with ThreadPoolExecutor() as pool:
        started = time.monotonic()
        waiting = pool.submit(
            sandbox.get, "/control/messages", text="late", wait=10, direction="inbound"
        )
        time.sleep(0.2)
        sandbox.inbound("comes late")
        assert waiting.result()["complete"]
        assert time.monotonic() - started < 5


def test_waiting_in_vain_says_so(sandbox):
    answer = sandbox.get("/control/messages", text="never", wait=0.1)
    assert answer == {"messages": [], "complete": False}


def test_requests_are_recorded_without_credentials(sandbox):
    send(sandbox, StatusCallback="http://localhost/x?a=1")
    [request] = sandbox.get("/control/requests", host="api.twilio.com")["requests"]
    assert (request["method"], request["status"]) == ("POST", 201)
    assert request["path"] == MESSAGES.removeprefix("/api.twilio.com")
    assert request["form"]["StatusCallback"] == ["http://localhost/x?a=1"]
    assert "Authorization" not in request["headers"]
    assert TOKEN not in json.dumps(request)


def test_a_message_waits_for_a_phone_that_is_off(sandbox):
    sandbox.inbound()
    sandbox.post("/control/settings", auto_deliver=False)
    sid = send(sandbox).json()["sid"]
    sandbox.wait_for_status(sid, "sent")
    assert sandbox.post(f"/control/messages/{sid}/deliver")["status"] == "delivered"


def test_messages_can_be_read_by_themselves(sandbox):
    sandbox.post("/control/settings", read_delay=0.05)
    sandbox.inbound()
    sandbox.wait_for_status(send(sandbox).json()["sid"], "read")


def test_a_reset_may_keep_the_accounts(sandbox):
    sandbox.inbound()
    sandbox.post("/control/reset", keep_accounts=True)
    assert sandbox.get("/control/messages")["messages"] == []
    assert sandbox.inbound()["delivery"]["state"] == "accepted"
    sandbox.post("/control/reset")
    assert sandbox.get("/control/numbers")["numbers"] == []


def test_mistakes_are_explained(sandbox):
    answer = requests.post(f"{sandbox.address}/control/inbound", data="{", timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "The body is no valid JSON",
    )
    answer = requests.post(
        f"{sandbox.address}/control/contacts", json={"number": "600"}, timeout=5
    )
    assert "international form" in answer.json()["error"]


# -- the program ----------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com"])
def test_it_listens_on_loopback_only(host):
    refused = subprocess.run(
        [sys.executable, str(SANDBOX), "--host", host],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert refused.returncode == 2
    assert "no loopback address" in refused.stderr


def test_a_busy_port_is_reported_in_a_sentence(sandbox):
    port = sandbox.address.rsplit(":", 1)[1]
    refused = subprocess.run(
        [sys.executable, str(SANDBOX), "--port", port],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert refused.returncode == 1
    assert "cannot listen" in refused.stderr and "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}]
)
def test_pages_of_other_sites_are_turned_away(sandbox, headers):
    answer = requests.post(
        f"{sandbox.address}/control/reset", headers=headers, timeout=5
    )
    assert answer.status_code == 403


def test_the_state_file_survives_a_restart(tmp_path, webhooks):
    state = tmp_path / "state.json"
    process, address = start_sandbox("--state", state)
    try:
        sandbox = Sandbox(address)
        sandbox.post("/control/twilio/accounts", **account(webhooks))
        picture = {"content_type": "image/png", "base64": "AAEC", "name": "a.png"}
        before = sandbox.inbound("kept", media=picture)
    finally:
        stop_process(process)
    assert state.stat().st_mode & 0o077 == 0
    process, address = start_sandbox("--state", state)
    try:
        sandbox = Sandbox(address)
        [after] = sandbox.get("/control/messages")["messages"]
        assert after == {k: v for k, v in before.items() if k != "webhooks"}
        file = requests.get(f"{address}/phone/media/{after['media']['id']}", timeout=5)
        assert file.content == b"\x00\x01\x02"
        assert sandbox.inbound("again")["delivery"]["state"] == "accepted"
    finally:
        stop_process(process)
