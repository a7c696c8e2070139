"""The pretend Meta beside the pretend Twilio; what it says on the wire is in
``tests/wire/test_meta_sandbox.py``."""

import requests
from sandbox_kit import BUSINESS, CUSTOMER, Sandbox, start_sandbox, stop_process

WABA, PHONE, TOKEN = "102290129340398", "106540352242922", "EAAtoken"
NUMBER = "+34931234567"
GRAPH = "graph.facebook.com/v25.0"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
ACCOUNT = {
    "waba_id": WABA,
    "app_id": "634974688087057",
    "app_secret": "s3cret",
    "access_token": TOKEN,
    "numbers": [{"id": PHONE, "number": NUMBER, "name": "Acme"}],
}
TEMPLATE = {
    "name": "hello",
    "language": "ca",
    "category": "UTILITY",
    "components": [{"type": "BODY", "text": "Hola!"}],
}


def post(sandbox, path, **values):
    url = f"{sandbox.address}/{GRAPH}/{path}"
    return requests.post(url, json=values, headers=HEADERS, timeout=30)


def send(sandbox, text="Hola"):
    return post(
        sandbox,
        f"{PHONE}/messages",
        messaging_product="whatsapp",
        to=CUSTOMER,
        text={"body": text},
    )


def sent_by(sandbox, business):
    query = {"business": business, "direction": "outbound"}
    return sandbox.get("/control/messages", **query)["messages"]


def test_both_providers_play_side_by_side(sandbox, webhooks):
    account = {**ACCOUNT, "webhook_url": webhooks.url("/meta")}
    sandbox.post("/control/meta/accounts", **account)
    for business in (BUSINESS, NUMBER):
        sandbox.inbound(business=business)
    assert [one.path for one in webhooks.received] == ["/in", "/meta"]
    assert send(sandbox).ok
    [shown] = sent_by(sandbox, NUMBER)
    sandbox.wait_for_status(shown["id"], "delivered")
    assert not sent_by(sandbox, BUSINESS)


def test_phone_offers_reactions_to_numbers_at_meta_only(sandbox):
    known = sandbox.get("/phone/state")["capabilities"]
    assert (known["twilio"], known["meta"]) == ([], ["reactions"])


def test_accounts_templates_and_locks_survive_a_restart(tmp_path):
    state = tmp_path / "state.json"
    process, address = start_sandbox("--state", state)
    sandbox = Sandbox(address)
    sandbox.post("/control/meta/accounts", **ACCOUNT, webhook_url="http://x.invalid/")
    assert post(sandbox, f"{WABA}/message_templates", **TEMPLATE).ok
    stop_process(process)
    process, address = start_sandbox("--state", state)
    try:
        sandbox = Sandbox(address)
        [template] = sandbox.get("/control/templates")["templates"]
        assert (template["name"], template["body"]) == ("hello", "Hola!")
        again = post(sandbox, f"{WABA}/message_templates", **TEMPLATE).json()
        assert again["error"]["error_subcode"] == 2388024
        [call] = sandbox.inbound(business=NUMBER)["webhooks"]
        assert call["url"] == "http://x.invalid/"
    finally:
        stop_process(process)
