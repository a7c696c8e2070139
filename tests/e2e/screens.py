"""What the customer and the agent see and do, each in a browser of their own."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass
class Phone:
    """The pretend phone's page."""

    page: Page
    address: str

    def open(self, name, number, business):
        """Be a new customer, in the chat with this business number."""
        page = self.page
        page.goto(self.address)
        page.get_by_test_id("phone-new-contact").click()
        page.get_by_test_id("contact-name").fill(name)
        page.get_by_test_id("contact-number").fill(number)
        page.get_by_test_id("contact-save").click()
        numbers = page.get_by_test_id("phone-business")
        if numbers.is_enabled():
            numbers.select_option(business)
        expect(numbers).to_have_value(business)

    def write(self, text):
        self.page.get_by_test_id("phone-input").fill(text)
        self.page.get_by_test_id("phone-send").click()
        expect(self.messages("inbound").filter(has_text=text)).to_have_attribute(
            "data-state", "accepted"
        )

    def send_file(self, name, content_type, content):
        file = {"name": name, "mimeType": content_type, "buffer": content}
        self.page.get_by_test_id("phone-file").set_input_files(file)
        self.page.get_by_test_id("phone-send").click()

    def record_voice_note(self):
        """From the browser's pretend microphone."""
        self.page.get_by_test_id("phone-record").click()
        expect(self.page.locator("#recording-time")).to_have_text("0:01")
        self.page.get_by_test_id("phone-send-recording").click()

    def messages(self, direction):
        """The bubbles of what the customer sent (inbound) or got (outbound)."""
        bubbles = self.page.get_by_test_id("phone-message")
        return bubbles.and_(self.page.locator(f"[data-direction={direction}]"))


@dataclass
class Agent:
    """The web client, as somebody who answers tickets."""

    page: Page
    address: str

    def log_in(self, login, password):
        self.page.goto(f"{self.address}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        expect(self.page.locator(".o_main_navbar")).to_be_visible()

    def open_ticket(self, ticket_id, number, title):
        """Open a ticket at its own address, as a notification's link does."""
        self.page.goto(f"{self.address}/odoo/helpdesk.ticket/{ticket_id}")
        heading = self.page.locator(".o_control_panel .o_last_breadcrumb_item")
        expect(heading).to_contain_text(f"{number} - {title}")

    def open_discuss(self):
        self.page.goto(f"{self.address}/odoo/discuss")
        expect(self.page.locator(".o-mail-DiscussSidebar")).to_be_visible()

    def sidebar_chat(self, name):
        return self.page.locator(".o-mail-DiscussSidebarChannel", has_text=name)

    def unread(self, name):
        """The counter of unread messages beside a chat in Discuss."""
        return self.sidebar_chat(name).locator(".o-mail-DiscussSidebar-badge")

    def open_chat(self, name):
        self.sidebar_chat(name).click()

    @property
    def chat(self):
        """The WhatsApp page of the ticket's form."""
        return self.page.locator(".o-whatsapp-ThreadField")

    def message(self, text=re.compile("")):
        """A message of the chat; the latest of several."""
        return self.chat.locator(".o-mail-Message").filter(has_text=text).last

    def answer(self, text):
        box = self.chat.locator(".o-mail-Composer-input")
        box.fill(text)
        box.press("Enter")

    def tick(self, text):
        """The ticks of one of our messages."""
        return self.message(text).locator(".o-whatsapp-Ticks")

    def send_again(self, text):
        self.message(text).get_by_role("button", name="Send again").click()
