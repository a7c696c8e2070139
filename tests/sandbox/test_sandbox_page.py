"""The phone page, in a browser."""

import os
import re
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright
from sandbox_kit import ACCOUNT, BUSINESS, CUSTOMER, TOKEN, make_client
from test_sandbox_templates import approval, create, submit

expect.set_options(timeout=15000)

FROM, TO = f"whatsapp:{BUSINESS}", f"whatsapp:{CUSTOMER}"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser():
    """``CHROMIUM`` names a browser; else the first one on the path."""
    on_path = filter(None, map(shutil.which, BROWSERS))
    found = os.environ.get("CHROMIUM") or next(on_path)
    arguments = [
        "--no-sandbox",
        "--disable-crash-reporter",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, sandbox):
    """The page with Anna's chat open; a mistake of its scripts fails the test."""
    mistakes = []
    sandbox.post("/control/contacts", name="Anna", number=CUSTOMER)
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(15000)
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.goto(sandbox.address)
    expect(page.get_by_test_id("phone-input")).to_be_visible()
    yield page
    page.close()
    assert mistakes == []


def write(page, text):
    page.get_by_test_id("phone-input").fill(text)
    page.get_by_test_id("phone-send").click()


def messages(page):
    return page.get_by_test_id("phone-message")


def test_what_is_written_reaches_odoo_and_gets_its_tick(page, webhooks):
    write(page, "Hola, no em funciona la factura")
    expect(messages(page)).to_have_attribute("data-state", "accepted")
    assert webhooks.forms("/in")[0]["Body"] == "Hola, no em funciona la factura"
    expect(page.get_by_test_id("phone-input")).to_have_value("")


def test_enter_sends_and_shift_enter_does_not(page, webhooks):
    field = page.get_by_test_id("phone-input")
    field.press_sequentially("one")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    field.press("Enter")
    expect(messages(page)).to_have_count(1)
    expect(messages(page)).to_have_attribute("data-state", "accepted")
    assert webhooks.forms("/in")[0]["Body"] == "one\ntwo"


def test_a_message_that_odoo_refuses_is_marked_with_the_reason(page, webhooks):
    webhooks.reply = (403, "text/plain", b"")
    write(page, "Hola")
    expect(messages(page)).to_have_attribute("data-state", "failed")
    expect(page.get_by_test_id("phone-failure")).to_contain_text("403")


def test_an_answer_appears_formatted_and_is_reported_as_read(page, sandbox, client):
    sandbox.inbound()
    text = "*Bold* _it_ ~no~ ```x < y``` <b>2*3*4</b> https://example.com/a_b_c."
    sent = client.messages.create(to=TO, from_=FROM, body=text)
    bubble = page.locator(f"[data-id={sent.sid}]")
    expect(bubble.locator("strong")).to_have_text("Bold")
    expect(bubble.locator("em")).to_have_text("it")
    expect(bubble.locator("s")).to_have_text("no")
    expect(bubble.locator("code")).to_have_text("x < y")
    expect(bubble.locator("a")).to_have_text("https://example.com/a_b_c")
    expect(bubble).to_contain_text("<b>2*3*4</b>")
    sandbox.wait_for_status(sent.sid, "read")


def test_a_chat_that_is_not_open_stays_unread(page, sandbox, client):
    other = "+34600000002"
    sandbox.inbound(contact={"number": other, "name": "Bo"})
    sent = client.messages.create(to=f"whatsapp:{other}", from_=FROM, body="x")
    bo = page.get_by_test_id("phone-contact").filter(has_text="Bo")
    expect(bo.get_by_label("1 unread")).to_be_visible()
    assert sandbox.get(f"/control/messages/{sent.sid}")["status"] == "delivered"
    bo.click()
    sandbox.wait_for_status(sent.sid, "read")
    expect(bo.get_by_label("1 unread")).to_have_count(0)


def test_customer_chooses_which_number_to_write_to(page, sandbox, webhooks):
    numbers = page.get_by_test_id("phone-number")
    expect(numbers).to_be_hidden()
    sandbox.post(
        "/control/vonage/accounts",
        api_key="abcd1234",
        api_secret="s3cret",
        signature_secret="signed",
        applications=[
            {
                "id": "11111111-1111-4111-8111-111111111111",
                "inbound_url": webhooks.url("/vonage"),
                "numbers": {"+34931234567": "Acme Orders"},
            }
        ],
    )
    expect(numbers).to_have_count(2)
    numbers.filter(has_text="Acme Orders").click()
    expect(page.get_by_test_id("phone-subtitle")).to_have_text("Vonage · +34931234567")
    expect(page.get_by_test_id("phone-business")).to_have_value("+34931234567")
    write(page, "Hola")
    expect(messages(page)).to_have_attribute("data-state", "accepted")
    assert [one.path for one in webhooks.received] == ["/vonage"]
    numbers.filter(has_text="Twilio").click()
    expect(messages(page)).to_have_count(0)


def test_a_message_that_never_arrives_is_told_with_its_code(page, client):
    client.messages.create(to=TO, from_=FROM, body="too late")
    expect(page.get_by_test_id("phone-notice")).to_contain_text("63016")


def test_a_button_is_tapped(page, sandbox, client, webhooks):
    sandbox.inbound()
    actions = [{"title": "Yes", "id": "y"}, {"title": "No", "id": "n"}]
    send_content(client, "twilio/quick-reply", {"body": "Well?", "actions": actions})
    page.get_by_test_id("phone-button").filter(has_text="No").click()
    expect(messages(page)).to_have_count(3)
    expect(messages(page).last).to_have_attribute("data-state", "accepted")
    assert webhooks.forms("/in")[1]["ButtonPayload"] == "n"


def test_a_row_is_picked(page, sandbox, client, webhooks):
    sandbox.inbound()
    rows = [{"id": "a", "item": "Alpha"}, {"id": "b", "item": "Beta"}]
    body = {"body": "Which?", "button": "Choose", "items": rows}
    send_content(client, "twilio/list-picker", body)
    page.get_by_test_id("phone-list").click()
    page.get_by_test_id("list-rows").get_by_text("Beta").click()
    page.get_by_test_id("list-send").click()
    expect(messages(page)).to_have_count(3)
    expect(messages(page).last).to_have_attribute("data-state", "accepted")
    assert webhooks.forms("/in")[1]["ListId"] == "b"


def send_content(client, type_name, body):
    # The client's own model of a content drops what it doesn't know.
    response = client.request(
        "POST",
        "https://content.twilio.com/v1/Content",
        data={"language": "en", "types": {type_name: body}},
        headers={"Content-Type": "application/json"},
    )
    sid = re.search(r"HX\w{32}", response.text)[0]
    return client.messages.create(to=TO, from_=FROM, content_sid=sid)


def test_a_reply_quotes_the_message(page, sandbox, client, webhooks):
    sandbox.inbound()
    sent = client.messages.create(to=TO, from_=FROM, body="Which invoice?")
    bubble = page.locator(f"[data-id={sent.sid}]")
    bubble.hover()
    bubble.get_by_test_id("phone-reply").click()
    write(page, "42")
    quote = messages(page).last.locator("blockquote")
    expect(quote).to_contain_text("Which invoice?")
    assert webhooks.forms("/in")[1]["OriginalRepliedMessageSid"] == sent.sid


def test_a_file_goes_with_its_caption(page, webhooks):
    file = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    page.get_by_test_id("phone-file").set_input_files(file)
    expect(page.get_by_test_id("phone-attachment")).to_contain_text("a.pdf")
    write(page, "The contract")
    expect(messages(page)).to_have_attribute("data-kind", "document")
    expect(messages(page)).to_have_attribute("data-state", "accepted")
    form = webhooks.forms("/in")[0]
    assert form["MediaContentType0"] == "application/pdf"
    assert form["Body"] == "The contract"


def test_a_voice_note_is_sent_as_ogg(page, webhooks):
    page.get_by_test_id("phone-record").click()
    expect(page.get_by_role("timer")).to_have_text("0:01")
    page.get_by_test_id("phone-send-recording").click()
    expect(messages(page)).to_have_attribute("data-kind", "voice")
    expect(messages(page)).to_have_attribute("data-state", "accepted")
    assert webhooks.forms("/in")[0]["MediaContentType0"] == "audio/ogg"
    length = page.evaluate(
        """async () => {
            const sound = await fetch(document.querySelector("audio").src);
            const context = new OfflineAudioContext(1, 48000, 48000);
            return (await context.decodeAudioData(await sound.arrayBuffer())).duration;
        }"""
    )
    assert length > 0.2


def test_location_and_contact_card(page, webhooks):
    page.get_by_test_id("phone-attach").click()
    page.get_by_test_id("phone-attach-location").click()
    page.get_by_test_id("location-send").click()
    expect(messages(page)).to_have_count(1)
    page.get_by_test_id("phone-attach").click()
    page.get_by_test_id("phone-attach-card").click()
    page.get_by_test_id("card-name").fill("Marc")
    page.get_by_test_id("card-send").click()
    expect(messages(page)).to_have_count(2)
    expect(messages(page).last).to_contain_text("Marc")
    expect(messages(page).last).to_have_attribute("data-state", "accepted")
    kinds = [form["MessageType"] for form in webhooks.forms("/in")]
    assert kinds == ["location", "contacts"]


def test_a_new_customer_is_created_and_a_wrong_number_explained(page, sandbox):
    page.get_by_test_id("phone-new-contact").click()
    page.get_by_test_id("contact-name").fill("Carla")
    page.get_by_test_id("contact-number").fill("600")
    page.get_by_test_id("contact-save").click()
    expect(page.get_by_role("alert")).to_contain_text("international form")
    page.get_by_test_id("contact-number").fill("+34 600 000 003")
    page.get_by_test_id("contact-save").click()
    expect(page.get_by_test_id("phone-me")).to_have_text("as Carla")


def test_typing_shows_until_the_answer_comes(page, sandbox, client):
    sid = sandbox.inbound()["id"]
    client.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sid)
    expect(page.get_by_test_id("phone-subtitle")).to_have_text("typing…")
    expect(messages(page)).to_have_attribute("data-state", "accepted")
    client.messages.create(to=TO, from_=FROM, body="x")
    expect(page.get_by_test_id("phone-subtitle")).to_have_text(f"Twilio · {BUSINESS}")


def test_trouble_is_asked_for_on_the_page(page, sandbox):
    label = "Sending answers 503"
    page.get_by_test_id("fault-kind").select_option(label=label)
    page.get_by_test_id("fault-times").fill("2")
    page.get_by_test_id("fault-add").click()
    expect(page.get_by_test_id("fault-item")).to_contain_text(label)
    [fault] = sandbox.get("/control/faults")["faults"]
    assert (fault["on"], fault["status"], fault["times"]) == ("send", 503, 2)
    page.get_by_test_id("fault-item").get_by_label("Take it back").click()
    expect(page.get_by_test_id("fault-item")).to_have_count(0)


def test_the_page_recovers_when_the_sandbox_comes_back(page, sandbox):
    sandbox.post("/control/refuse", seconds=0.5)
    expect(page.locator("body.lost")).to_be_attached()
    expect(page.locator("body.lost")).to_have_count(0, timeout=10000)
    sandbox.inbound("still here")
    expect(messages(page)).to_contain_text("still here")


def test_on_a_small_screen_list_and_chat_take_turns(browser, sandbox):
    sandbox.inbound(contact={"number": CUSTOMER, "name": "Anna"})
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(sandbox.address)
    expect(page.get_by_test_id("phone-input")).to_be_hidden()
    page.get_by_test_id("phone-contact").click()
    expect(page.get_by_test_id("phone-input")).to_be_visible()
    sent = make_client(sandbox, ACCOUNT, TOKEN).messages.create(
        to=TO, from_=FROM, body="x"
    )
    sandbox.wait_for_status(sent.sid, "read")
    page.get_by_label("Back to the customers").click()
    expect(page.get_by_test_id("phone-contacts")).to_be_visible()
    page.close()


# -- templates ------------------------------------------------------------------------

CARD = {
    "header_text": "Ticket 7",
    "body": "It was *solved*.",
    "footer": "Acme Support",
    "actions": [
        {"type": "QUICK_REPLY", "title": "Thanks", "id": "solved:0"},
        {"type": "COPY_CODE", "title": "Copy code", "code": "SAVE10"},
    ],
}


def submitted(sandbox, name="solved"):
    client = make_client(sandbox, ACCOUNT, TOKEN)
    content = create(client, {"whatsapp/card": CARD}, {})
    submit(client, content, name=name)
    return client, content


def test_reviewers_approve_and_reject_with_a_reason(page, sandbox):
    expect(page.get_by_test_id("reviewer")).to_be_hidden()
    client, content = submitted(sandbox)
    item = page.get_by_test_id("template-item")
    expect(item).to_contain_text("It was solved.")
    item.get_by_test_id("template-reason").fill("PROMOTIONAL")
    item.get_by_test_id("template-rejected").click()
    expect(item).to_have_attribute("data-status", "rejected")
    decision = approval(client, content)
    assert (decision["status"], decision["rejection_reason"]) == (
        "rejected",
        "PROMOTIONAL",
    )
    item.get_by_test_id("template-approved").click()
    expect(item).to_have_attribute("data-status", "approved")
    item.get_by_test_id("template-paused").click()
    expect(item).to_have_attribute("data-status", "paused")
    assert approval(client, content)["status"] == "paused"


def test_a_reason_that_is_being_typed_stays_when_another_template_comes(page, sandbox):
    submitted(sandbox)
    reason = page.get_by_test_id("template-reason").last
    reason.fill("INVALID")
    submitted(sandbox, name="another")
    expect(page.get_by_test_id("template-item")).to_have_count(2)
    expect(reason).to_have_value("INVALID")


def test_many_decided_templates_are_folded_away_and_a_new_one_is_not(page, sandbox):
    items = page.get_by_test_id("template-item")
    for number in range(7):
        _client, content = submitted(sandbox, name=f"number_{number}")
        sandbox.post(f"/control/templates/{content.sid}/review", status="approved")
    expect(page.get_by_test_id("template-decided")).to_have_text("Decided: 7")
    expect(items.first).to_be_hidden()
    submitted(sandbox, name="another")
    expect(items.first).to_contain_text("another")
    expect(items.first).to_be_visible()


def test_a_template_shows_all_its_parts_and_its_button_answers(page, sandbox, webhooks):
    client, content = submitted(sandbox)
    sandbox.post(f"/control/templates/{content.sid}/review", status="approved")
    sent = client.messages.create(to=TO, from_=FROM, content_sid=content.sid)
    expect(page.get_by_test_id("phone-header")).to_have_text("Ticket 7")
    expect(page.get_by_test_id("phone-footer")).to_have_text("Acme Support")
    reply, code = page.get_by_test_id("phone-button").all()
    code.click()
    expect(page.get_by_test_id("phone-toast")).to_contain_text("SAVE10")
    reply.click()
    expect(messages(page)).to_have_count(2)
    [message] = sandbox.get("/control/messages", direction="inbound")["messages"]
    assert message["reply_to"] == sent.sid
    expect(messages(page).last).to_have_attribute("data-state", "accepted")
    assert webhooks.forms("/in")[0]["ButtonPayload"] == "solved:0"


def test_newest_message_stays_in_view_though_the_chat_grows(page, sandbox):
    for number in range(30):
        sandbox.inbound(f"Message {number}")
    expect(messages(page).last).to_be_in_viewport()
    # A picture arrives while the page is still going to the end.
    page.get_by_test_id("phone-chat").evaluate(
        """chat => {
            chat.style.paddingBottom = "400px";
            chat.dispatchEvent(new Event("scroll"));
        }"""
    )
    sandbox.inbound("The newest")
    expect(messages(page).filter(has_text="The newest")).to_be_in_viewport(ratio=1)


def test_who_went_up_to_read_is_left_there(page, sandbox):
    for number in range(30):
        sandbox.inbound(f"Message {number}")
    expect(messages(page).last).to_be_in_viewport()
    messages(page).first.scroll_into_view_if_needed()
    expect(messages(page).first).to_be_in_viewport()
    sandbox.inbound("The newest")
    newest = messages(page).filter(has_text="The newest")
    expect(newest).to_be_visible()
    expect(newest).not_to_be_in_viewport()
