"""Takes the pictures; runs with the virtual environment's Python (Playwright)."""

import argparse
from pathlib import Path

from playwright.sync_api import sync_playwright

_SIZE = {"width": 1400, "height": 900}
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-crash-reporter",
]
_SETTLE_MS = 2000  # fonts, avatars, the last bus message
_PATIENCE_MS = 90_000


_ENOUGH_PERCENT = 40


def main():
    parser = argparse.ArgumentParser()
    for name in ("odoo", "sandbox", "browser"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("ticket", "thread", "template", "contact", "mailing"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=options.browser, args=_ARGUMENTS
        )
        _take_chats(_log_in(chromium, options, "admin"), options)
        _take_template(_log_in(chromium, options, "aina"), options)
        _take_review(_log_in(chromium, options, "nuria"), options)
        _take_composer(_log_in(chromium, options, "marta"), options)
        _take_mailing(_log_in(chromium, options, "nuria"), options)
        chromium.close()


def _log_in(chromium, options, login):
    """A page of this user, whose password is the login."""
    page = chromium.new_page(viewport=_SIZE)
    page.goto(f"{options.odoo}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", login)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")
    return page


def _take_chats(page, options):
    page.goto(f"{options.odoo}/odoo/helpdesk.ticket/{options.ticket}")
    _take(page, ".o-mail-Composer-input", options.folder / "ticket.png")
    thread = f"discuss.channel_{options.thread}"
    page.goto(f"{options.odoo}/odoo/discuss?active_id={thread}")
    _take(page, ".o-mail-Composer-input", options.folder / "discuss.png")
    page.goto(options.sandbox)
    _take(page, "[data-testid=phone-message]", options.folder / "phone.png")


def _take_template(page, options):
    """A language that is being written."""
    page.goto(f"{options.odoo}/odoo/whatsapp-templates/{options.template}")
    page.get_by_role("tab", name="English").click()
    _take(page, "textarea", options.folder / "template.png")


def _take_review(page, options):
    """A language that waits for a manager, who sees it filled from a contact."""
    page.goto(f"{options.odoo}/odoo/whatsapp-templates/{options.template}")
    page.get_by_role("tab", name="Catalan").click()
    _take(page, "button[name=action_approve]", options.folder / "review.png")


def _take_composer(page, options):
    """A contact who is written to."""
    page.goto(f"{options.odoo}/odoo/res.partner/{options.contact}")
    page.click(".o-whatsapp-Chatter-write")
    _take(page, ".modal .o-whatsapp-Bubble", options.folder / "composer.png")


def _take_mailing(page, options):
    """A mass message on its way."""
    page.goto(f"{options.odoo}/odoo/whatsapp-mass-messages/{options.mailing}")
    page.click("button[name=action_resume]")
    page.wait_for_function(
        """percent => {
            const bar = document.querySelector(".o_progress[aria-valuenow]");
            return bar && Number(bar.getAttribute("aria-valuenow")) >= percent;
        }""",
        arg=_ENOUGH_PERCENT,
        timeout=_PATIENCE_MS,
    )
    page.screenshot(path=options.folder / "mailing.png")


def _take(page, selector, file):
    page.wait_for_selector(selector)
    page.wait_for_timeout(_SETTLE_MS)
    page.screenshot(path=file)


if __name__ == "__main__":
    main()
