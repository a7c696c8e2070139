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
        with page.expect_response("**/phone/contacts") as saving:
            page.get_by_test_id("contact-save").click()
        # Others may have the same name.
        contact_id = saving.value.json()["id"]
        expect(page).to_have_url(f"{self.address}/#{contact_id}")
        expect(page.get_by_test_id("phone-me")).to_have_text(f"as {name}")
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

    @property
    def subtitle(self):
        """The line under the business's name."""
        return self.page.get_by_test_id("phone-subtitle")

    def reaction(self, text):
        """The reactions under one of the customer's messages."""
        return self.messages("inbound").filter(has_text=text).locator(".reactions")

    def tap(self, message, button):
        """Tap a button below one of the messages."""
        message.get_by_test_id("phone-button").filter(has_text=button).click()

    def reject(self, template_id, reason):
        """Be WhatsApp's reviewer of one language of a template."""
        items = self.page.get_by_test_id("template-item")
        item = items.and_(self.page.locator(f"[data-id={template_id}]"))
        item.get_by_test_id("template-reason").fill(reason)
        item.get_by_test_id("template-rejected").click()
        expect(item).to_have_attribute("data-status", "rejected")


@dataclass
class Client:
    """The web client, and what is the same on all its screens."""

    page: Page
    address: str

    def log_in(self, login, password):
        self.page.goto(f"{self.address}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        expect(self.page.locator(".o_main_navbar")).to_be_visible()

    def open_contact(self, contact_id):
        self.page.goto(f"{self.address}/odoo/res.partner/{contact_id}")

    @property
    def chatter(self):
        """The messages below a record, or beside it."""
        return self.page.locator(".o-mail-Chatter .o-mail-Message")

    def _choose(self, field, text):
        """Choose from a field's list of choices."""
        field.locator("input").click()
        choices = self.page.locator(".o_select_menu_item")
        choices.filter(has_text=re.compile(f"^{re.escape(text)}$")).click()
        expect(choices).to_have_count(0)

    def _find(self, field, text):
        """Choose a record by its name."""
        field.locator("input").fill(text)
        found = self.page.locator(".o-autocomplete--dropdown-item", has_text=text)
        found.first.click()


@dataclass
class Author(Client):
    """Somebody on the form of a template, who writes it or decides about it."""

    @property
    def form(self):
        return self.page.locator(".o-whatsapp-TemplateForm .o_form_renderer").first

    def begin(self, name, account):
        """A new template, by the menu."""
        self.page.goto(f"{self.address}/odoo/whatsapp-templates")
        self.page.locator(".o_list_button_add").click()
        self.form.locator("[name=name] input").fill(name)
        self._find(self.form.locator("[name=account_id]"), account)

    def open(self, name):
        """A template of the list."""
        self.page.goto(f"{self.address}/odoo/whatsapp-templates")
        self.page.locator(".o_data_cell[name=name]", has_text=name).click()

    # -- languages --------------------------------------------------------------------

    def tab(self, language):
        tabs = self.page.get_by_role("tab")
        return tabs.filter(has_text=re.compile(f"^{re.escape(language)}$"))

    def show(self, language):
        self.tab(language).click()
        expect(self.tab(language)).to_have_attribute("aria-selected", "true")

    def add_language(self, language):
        """With the content of the one that is open."""
        self.page.get_by_role("button", name="Language", exact=True).click()
        self.page.get_by_role("menuitem", name=language, exact=True).click()
        expect(self.tab(language)).to_have_attribute("aria-selected", "true")

    def expect_state(self, language, state):
        """The state that a language's tab shows."""
        expect(self.tab(language)).to_have_attribute("title", f"{language}: {state}")

    # -- content ----------------------------------------------------------------------

    def choose(self, name, text):
        """Choose a field's value."""
        self._choose(self.form.locator(f".o_field_widget[name={name}]"), text)

    def write(self, name, text):
        """Write into a field: header_text, body or footer."""
        field = self.form.locator(f".o_field_widget[name={name}]")
        field.locator("input, textarea").fill(text)

    def upload(self, name, content_type, content):
        """The file of the header."""
        with self.page.expect_file_chooser() as chooser:
            self.form.get_by_role("button", name="Upload a file").click()
        file = {"name": name, "mimeType": content_type, "buffer": content}
        chooser.value.set_files(file)
        expect(self.form.get_by_role("link", name=name)).to_be_visible()

    def place(self, name, latitude, longitude):
        """The place of the header."""
        values = {
            "header_place": name,
            "header_latitude": str(latitude),
            "header_longitude": str(longitude),
        }
        for field, value in values.items():
            self.form.locator(f".o_field_widget[name={field}] input").fill(value)

    def add_reply(self, text):
        """A quick reply, which is what buttons are unless one says otherwise."""
        self._buttons.get_by_role("button", name="Add a line").click()
        expect(self._row.locator("[name=kind] input")).to_be_focused()
        self._write_reply(text)

    def mend_reply(self, text):
        """Change the label of the only button."""
        self._buttons.locator("td[name=text]").click()
        expect(self._row.locator("[name=text] input")).to_be_focused()
        self._write_reply(text)

    @property
    def _buttons(self):
        return self.form.locator(".o_field_widget[name=button_ids]")

    @property
    def _row(self):
        """The button that is being written; the list puts the cursor there first."""
        return self._buttons.locator(".o_selected_row")

    def _write_reply(self, text):
        field = self._row.locator("[name=text] input")
        field.fill(text)
        field.blur()

    def bind(self, variable, field, sample):
        """Have a field of the record fill a variable."""
        rows = self.form.locator(".o_field_widget[name=variable_ids] .o_data_row")
        row = rows.filter(has_text=f"{{{{{variable}}}}}")
        row.locator("td[name=source]").click()
        self._choose(row.locator("div[name=source]"), "A field of the record")
        row.locator("div[name=field_path] .o_model_field_selector").click()
        fields = self.page.locator(".o_model_field_selector_popover")
        fields.locator("input").first.fill(field)
        fields.locator(f"[data-name={field}] button").first.click()
        row.locator("div[name=sample] input").fill(sample)

    @property
    def preview(self):
        return self.form.locator(".o-whatsapp-Preview")

    # -- review -----------------------------------------------------------------------

    def press(self, button):
        self.form.get_by_role("button", name=button, exact=True).click()

    def delete(self):
        """Have the language that is open deleted, having read what that means."""
        self.press("Delete at WhatsApp…")
        window = self.page.locator(".modal")
        expect(window).to_contain_text("For 30 days WhatsApp takes no new template")
        window.get_by_role("button", name="Delete at WhatsApp", exact=True).click()
        expect(window).to_have_count(0)


@dataclass
class Agent(Client):
    """Somebody who answers tickets and writes to contacts."""

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

    def begin_to_write(self, text):
        self.chat.locator(".o-mail-Composer-input").press_sequentially(text)

    def react(self, text, emoji):
        """Choose a quick reaction to a message."""
        message = self.message(text)
        message.hover()
        message.get_by_title("Add a Reaction").click()
        menu = self.page.locator(".o-mail-QuickReactionMenu")
        menu.get_by_role("button", name=emoji).click()

    def reaction(self, text):
        """The reactions under a message."""
        return self.message(text).locator(".o-mail-MessageReaction")

    def tick(self, text):
        """The ticks of one of our messages."""
        return self.message(text).locator(".o-whatsapp-Ticks")

    @property
    def composer(self):
        """The window in which a template is sent from a record."""
        return self.page.locator(
            ".modal", has=self.page.locator(".o-whatsapp-Composer-form")
        )

    def write_whatsapp(self):
        """The button in the chatter of a record."""
        self.page.locator(".o-whatsapp-Chatter-write").click()

    def send(self):
        self.composer.get_by_role("button", name="Send", exact=True).click()
        expect(self.composer).to_have_count(0)

    def send_again(self, text):
        self.message(text).get_by_role("button", name="Send again").click()
