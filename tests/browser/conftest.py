"""Fixtures of the browser tests: the running application, an organisation, and a page that is
checked for errors."""

import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import redis
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

import models.database
from models.settings import Settings
from tests.browser.processes import Site, running_site
from tests.conftest import SECRET_KEY
from tests.http.conftest import PASSWORD, with_password
from tests.network_changes import unchanged_network
from tests.records import Account, new_account
from tests.servers import Servers, leave_database

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DEADLINE_MS = 60_000
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
FAILED = pytest.StashKey[bool]()
# Short pauses of our scripts are a tenth as long. Timeouts of five seconds and more stay.
HURRY = """
    const { setTimeout: later, setInterval: often } = window
    window.setTimeout = (act, ms, ...rest) => later(act, ms < 5000 ? ms / 10 : ms, ...rest)
    window.setInterval = (act, ms, ...rest) => often(act, ms / 10, ...rest)
"""

_numbers = count(1)

expect.set_options(timeout=DEADLINE_MS)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "hurried: pauses in the pages are a tenth as long")


@pytest.fixture(scope="package")
def site(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running application, on a database that the tests of this package share."""
    database = servers.clone()
    models.database.configure(database.app_url, database.owner_url)
    with redis.Redis.from_url(servers.redis.url) as client:
        client.flushall()
    directory = tmp_path_factory.mktemp("site")
    settings = Settings(
        database_url=database.app_url,
        migration_database_url=database.owner_url,
        redis_url=servers.redis.url,
        secret_key=SECRET_KEY,
        port=0,
        data_dir=directory,
    )
    with running_site(settings, directory) as running:
        yield running
    leave_database()
    servers.drop(database)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window.

    Its headless shell takes half as long to open a page as the whole browser.
    """
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    """No other test changes the machine's network meanwhile."""
    with unchanged_network():
        yield


@pytest.fixture
def worker(site: Site) -> Iterator[Site]:
    """The worker; it is released after the test."""
    yield site
    site.release_worker()


@pytest.fixture
def clerk(site: Site) -> Account:
    """A user of an organisation made for the test."""
    return with_password(new_account(f"shop-{next(_numbers)}"))


@dataclass
class Complaints:
    """The errors that the browser reported; a test may declare those that it provokes."""

    heard: list[str]
    expected: tuple[str, ...] = ()

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.heard.append(message.text)

    def unexpected(self) -> list[str]:
        return [text for text in self.heard if not any(part in text for part in self.expected)]


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Console errors, uncaught exceptions and violations of the Content-Security-Policy.

    Any that a test does not expect fails it.
    """
    noted = Complaints([])
    yield noted
    assert noted.unexpected() == []


OpenPage = Callable[..., Page]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Records that a test failed; the windows are closed after that."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def open_page(
    chromium: Browser,
    site: Site,
    complaints: Complaints,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[OpenPage]:
    """Opens a new window: `open_page(account)` logs in; options are those of a context.

    In a test marked `hurried` its scripts pause for a tenth of the time.
    The screenshots of a failed test are `page-0.png`, `page-1.png` ... of its `tmp_path`.
    """
    contexts = []

    def opened(account: Account | None = None, **options: Any) -> Page:
        settings = {"viewport": DESKTOP, "color_scheme": "light"} | options
        context = chromium.new_context(base_url=site.url, **settings)
        contexts.append(context)
        context.set_default_timeout(DEADLINE_MS)
        if request.node.get_closest_marker("hurried"):
            context.add_init_script(HURRY)
        page = context.new_page()
        page.on("console", complaints.hear)
        page.on("pageerror", lambda error: complaints.heard.append(_text(error)))
        if account is not None:
            log_in(page, account)
        return page

    yield opened
    for number, context in enumerate(contexts):
        if request.node.stash.get(FAILED, False) or complaints.unexpected():
            for page in context.pages:
                page.screenshot(path=tmp_path / f"page-{number}.png")
        context.close()


@pytest.fixture
def page(open_page: OpenPage, clerk: Account) -> Page:
    """A window in which the clerk has logged in, still empty."""
    return open_page(clerk)


def log_in(page: Page, account: Account) -> None:
    """Sends what the login form sends."""
    form = {"email": account.email, "password": PASSWORD}
    assert page.request.post("/login", form=form, max_redirects=0).status == 302


def _text(error: Error) -> str:
    return f"{error.name}: {error.message}"
