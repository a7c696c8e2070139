"""One running system for all journeys: Odoo, its database, the sandbox, a browser."""

import pytest
import running
from installer import browser as chromium
from playwright.sync_api import expect, sync_playwright
from screens import Agent, Phone
from without_odoo import register_addons

AGENT = "marta"
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-crash-reporter",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
WIDE = {"width": 1400, "height": 900}
HAS_FAILED = pytest.StashKey[bool]()
expect.set_options(timeout=40_000)
register_addons()

running_world = running.make_running_world("e2e")
world, channel = running.world, running.channel


# -- browsers -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=chromium.get_executable(), args=BROWSER_ARGUMENTS
        )


@pytest.fixture(scope="session")
def agent_id(running_world):
    return running_world.add_user(AGENT)


@pytest.fixture(scope="session")
def agent_browser(browser, agent_id, running_world):
    """A browser in which an agent is logged in; it keeps what it has loaded."""
    with browser.new_context(viewport=WIDE) as context:
        page = context.new_page()
        Agent(page, running_world.stack.odoo_url).log_in(AGENT, AGENT)
        page.close()
        yield context


@pytest.fixture(scope="session")
def phone_browser(browser):
    with browser.new_context(viewport=WIDE) as context:
        yield context


@pytest.fixture
def open_page(world, request):
    """Opens a page, and keeps a picture of it if the test fails."""
    pages = {}

    def open_page(name, browser):
        return pages.setdefault(name, browser.new_page())

    yield open_page
    for name, page in pages.items():
        if request.node.stash.get(HAS_FAILED, False):
            picture = f"{request.node.originalname}-{name}.png"
            page.screenshot(path=world.stack.folder / picture)
        page.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed:
        item.stash[HAS_FAILED] = True
    return report


@pytest.fixture
def agent(open_page, agent_browser, agent_id, world, channel):
    """An agent of the channel, in the web client."""
    channel.admit(agent_id)
    return Agent(open_page("agent", agent_browser), world.stack.odoo_url)


@pytest.fixture
def phone(open_page, phone_browser, world):
    """A customer's phone."""
    return Phone(open_page("phone", phone_browser), world.stack.sandbox_url)


# -- order ----------------------------------------------------------------------------


def pytest_configure(config):
    config.addinivalue_line("markers", "looks_back: runs after all other tests")


def pytest_collection_modifyitems(items):
    """What looks back on the whole run comes last."""
    items.sort(key=lambda item: bool(item.get_closest_marker("looks_back")))
