"""From the click on "Create 10 invoices" to the first invoice on the page, on an idle system.

Measured in two ways: in Chromium, until the progress card shows the invoice; and without a browser,
over HTTP and a WebSocket, until the event arrives. Another subscriber of Redis records when that
event was published.
"""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import websocket
from playwright.sync_api import Page, sync_playwright

from benchmarks.filling import fill_orders
from benchmarks.jobs import submit, watching
from benchmarks.running import Running
from benchmarks.services import ALL, Database, Organization, Site
from benchmarks.table import Row, below, figure
from models.accounts.passwords import hash_password

CLICKS = 20
ORDERS = 10  # a click
WARM_UP = 2
IDLE_SECONDS = 0.2
TARGET_MS = 250
PASSWORD = "only for benchmarks"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
WHAT = f"From the click on “Create {ORDERS} invoices” to the first one on the page, idle system"

_CLICK_AND_WAIT = """() => new Promise(resolve => {
    const cards = () => [...document.querySelectorAll("batch-job-progress")]
    const before = new Set(cards())
    const watch = new MutationObserver(() => {
        const card = cards().find(card => !before.has(card))
        const place = card?.querySelector("[data-count=successful_items]")
        if (!place || place.textContent.trim() === "0") return
        watch.disconnect()
        const shown = performance.now()
        const posts = performance.getEntriesByType("resource")
            .filter(({name}) => name.endsWith("/api/batch-jobs"))
        resolve({
            job: card.dataset.jobId,
            clicked: (performance.timeOrigin + clicked) / 1000,
            answered: (performance.timeOrigin + posts.at(-1).responseEnd) / 1000,
            seen: (performance.timeOrigin + shown) / 1000,
        })
    })
    watch.observe(document.body, {subtree: true, childList: true, characterData: true})
    const clicked = performance.now()
    document.querySelector("[data-action=create]").click()
})"""


@dataclass(frozen=True, slots=True)
class Click:
    """When it was clicked, the POST was answered, and the first invoice was seen (Unix seconds)."""

    job: str
    clicked: float
    answered: float
    seen: float


@dataclass(slots=True)
class Clicks:
    """The clicks measured in one way, and when each job's first invoice was published."""

    clicks: list[Click] = field(default_factory=list)
    published: dict[str, float] = field(default_factory=dict)

    def detail(self) -> str:
        """How long each part took, in medians."""
        total = _ms(click.seen - click.clicked for click in self.clicks)
        answered = _ms(click.answered - click.clicked for click in self.clicks)
        published = _ms(self.published[click.job] - click.clicked for click in self.clicks)
        return (
            f"median {figure(median(total))}: POST answered after {figure(median(answered))},"
            f" event published after {figure(median(published))};"
            f" largest {figure(max(total))}, {len(self.clicks)} clicks"
        )

    def p95(self) -> float:
        """In milliseconds."""
        total = _ms(click.seen - click.clicked for click in self.clicks)
        return sorted(total)[round(0.95 * (len(total) - 1))]


def measure(site: Site) -> Iterator[Row]:
    with site.database() as database:
        organization = database.organization("alpha")
        orders = fill_orders(
            database, organization.id, 2 * ORDERS * (CLICKS + WARM_UP), analyze=True
        )
        with site.processes(database, *ALL) as running, _listening(site) as published:
            by_api = _clicks_by_api(running, database, organization, orders, published)
            yield below(
                f"{WHAT}: without a browser, p95", by_api.p95(), TARGET_MS, "ms", by_api.detail()
            )
            if _chromium() is None:
                yield Row(
                    f"{WHAT}: p95", "not measured, Chromium is missing", f"< {TARGET_MS} ms", False
                )
                return
            in_browser = _clicks_in_browser(running, database, organization, published)
            yield below(f"{WHAT}: p95", in_browser.p95(), TARGET_MS, "ms", in_browser.detail())


def _clicks_by_api(
    running: Running,
    database: Database,
    organization: Organization,
    orders: range,
    published: dict[str, float],
) -> Clicks:
    found = Clicks(published=published)
    for number in range(WARM_UP + CLICKS):
        clicked = time.time()
        ids = orders[number * ORDERS : (number + 1) * ORDERS]
        job_id = submit(running, organization, ids)
        answered = time.time()
        seen = _see_first_invoice(running, organization, job_id)
        if number >= WARM_UP:
            found.clicks.append(Click(job_id, clicked, answered, seen))
        _wait_until_idle(running, database, job_id)
    return found


def _see_first_invoice(running: Running, organization: Organization, job_id: str) -> float:
    """Waits for the event of the first invoice on a socket; returns when it arrived."""
    socket = websocket.create_connection(
        f"ws://127.0.0.1:{running.port}/ws/batch-jobs/{job_id}",
        header={"Authorization": f"Bearer {organization.token}"},
        suppress_origin=True,
        timeout=30,
    )
    try:
        while json.loads(socket.recv())["successful_items"] == 0:
            pass
        return time.time()
    finally:
        socket.close()


def _clicks_in_browser(
    running: Running, database: Database, organization: Organization, published: dict[str, float]
) -> Clicks:
    database.sql(
        "UPDATE users SET password_hash = %s WHERE id = %s",
        [hash_password(PASSWORD), organization.user_id],
    )
    found = Clicks(published=published)
    with _page(running, organization) as page:
        for number in range(WARM_UP + CLICKS):
            page.goto(f"{running.url}/orders")
            boxes = page.locator("input[name=order]")
            for place in range(ORDERS):
                boxes.nth(place).check()
            page.get_by_role("button", name=f"Create {ORDERS} invoices").wait_for()
            click = Click(**page.evaluate(_CLICK_AND_WAIT))
            if number >= WARM_UP:
                found.clicks.append(click)
            _wait_until_idle(running, database, click.job)
    return found


def _chromium() -> str | None:
    """The path of the browser or its headless shell, None if neither is installed."""
    return shutil.which("chromium") or shutil.which("chromium-headless-shell")


@contextmanager
def _page(running: Running, organization: Organization) -> Iterator[Page]:
    """A page of Chromium without a window, logged in."""
    with sync_playwright() as playwright:
        path = _chromium()
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        form = {"email": f"{organization.slug}@bench.example", "password": PASSWORD}
        answer = page.request.post(f"{running.url}/login", form=form, max_redirects=0)
        if answer.status != 302:
            raise RuntimeError(f"the login answered {answer.status}")
        try:
            yield page
        finally:
            browser.close()


def _wait_until_idle(running: Running, database: Database, job_id: str) -> None:
    """Waits until the job has ended, and `IDLE_SECONDS` longer."""
    with watching(database, running) as watch:
        watch.wait_for_end([job_id])
    time.sleep(IDLE_SECONDS)


@contextmanager
def _listening(site: Site) -> Iterator[dict[str, float]]:
    """When the first invoice of each job was published, by the job's id."""
    published: dict[str, float] = {}
    over, ready = threading.Event(), threading.Event()

    def listen() -> None:
        with site.redis_client() as redis, redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
            pubsub.psubscribe("job:*:progress")
            while not over.is_set():
                message: Any = pubsub.get_message(timeout=0.2)
                if message is not None and message["type"] == "pmessage":
                    event = json.loads(message["data"])
                    if event["successful_items"]:
                        published.setdefault(event["job_id"], time.time())
                elif message is not None:
                    ready.set()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        ready.wait(10)
        yield published
    finally:
        over.set()
        thread.join()


def _ms(seconds: Iterator[float]) -> list[float]:
    return [1000 * value for value in seconds]
