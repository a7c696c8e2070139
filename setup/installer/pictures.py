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


def main():
    parser = argparse.ArgumentParser()
    for name in ("odoo", "sandbox", "browser", "ticket", "thread"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=options.browser, args=_ARGUMENTS
        )
        page = chromium.new_page(viewport=_SIZE)
        _log_in(page, options.odoo)
        ticket = f"{options.odoo}/odoo/helpdesk.ticket/{options.ticket}"
        _take(page, ticket, ".o-mail-Composer-input", options.folder / "ticket.png")
        discuss = f"{options.odoo}/odoo/discuss?active_id=discuss.channel_"
        _take(
            page,
            discuss + options.thread,
            ".o-mail-Composer-input",
            options.folder / "discuss.png",
        )
        _take(
            page,
            options.sandbox,
            "[data-testid=phone-message]",
            options.folder / "phone.png",
        )
        chromium.close()


def _log_in(page, odoo_url):
    page.goto(f"{odoo_url}/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


def _take(page, url, selector, file):
    page.goto(url)
    page.wait_for_selector(selector)
    page.wait_for_timeout(_SETTLE_MS)
    page.screenshot(path=file)


if __name__ == "__main__":
    main()
