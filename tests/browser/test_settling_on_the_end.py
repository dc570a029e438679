"""Whatever fails, the card follows its job through one socket and shows the right end."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.conftest import Complaints
from tests.browser.processes import Site
from tests.browser.steps import card, create_invoices, select_all_matching, wait_until_processed
from tests.records import Account, new_orders
from tests.waiting import wait_for

SILENCE_MS = 15_000
A_MINUTE_MS = 60_000


@dataclass
class Sockets:
    """The sockets of a page: each passes on the snapshot and is silent afterwards."""

    opened: list[WebSocketRoute] = field(default_factory=list)
    alive: int = 0
    most_alive: int = 0

    def answer(self, socket: WebSocketRoute) -> None:
        self.opened.append(socket)
        self.alive += 1
        self.most_alive = max(self.most_alive, self.alive)
        heard: list[str | bytes] = []

        def pass_on(message: str | bytes) -> None:
            if not heard:
                heard.append(message)
                socket.send(message)

        socket.connect_to_server().on_message(pass_on)
        socket.on_close(lambda _code, _reason: self._gone())

    def close(self, socket: WebSocketRoute, code: int = 1011) -> None:
        """Closes the socket as a server does."""
        socket.close(code=code)
        self._gone()

    def _gone(self) -> None:
        self.alive -= 1


def start_a_job(page: Page, clerk: Account, worker: Site) -> None:
    """A job of two orders whose card is live, while the worker is held."""
    new_orders(clerk, 2)
    page.goto("/orders")
    select_all_matching(page)
    worker.hold_worker()
    create_invoices(page, 2)


@pytest.mark.hurried
@pytest.mark.parametrize("answer", ["connection refused", "503", "200 that breaks off"])
def test_the_card_shows_the_end_although_its_first_fetches_failed(
    page: Page, clerk: Account, worker: Site, complaints: Complaints, answer: str
) -> None:
    complaints.expected = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "503")
    fail: dict[str, Callable[[Route], None]] = {
        "connection refused": lambda route: route.abort("connectionrefused"),
        "503": lambda route: route.fulfill(status=503, body="busy"),
        "200 that breaks off": lambda route: route.abort("connectionreset"),
    }
    failed: list[str] = []

    def fail_twice(route: Route) -> None:
        failed.append(route.request.url)
        if len(failed) > 2:
            route.continue_()
        else:
            fail[answer](route)

    start_a_job(page, clerk, worker)
    expect(card(page).get_by_text("Live")).to_be_visible()
    page.route(re.compile("/jobs/[^/]+/card$"), fail_twice)
    worker.release_worker()
    expect(card(page)).to_contain_text("2 invoices created")
    expect(card(page).get_by_role("alert")).to_have_count(0)


@pytest.mark.hurried
def test_a_list_shows_the_last_event_although_its_fetch_failed(
    page: Page, clerk: Account, worker: Site, complaints: Complaints
) -> None:
    complaints.expected = ("ERR_CONNECTION_REFUSED",)
    start_a_job(page, clerk, worker)
    expect(card(page).get_by_text("Live")).to_be_visible()
    page.goto("/invoices")
    expect(card(page).get_by_text("Live")).to_be_visible()
    away = True

    def answer(route: Route) -> None:
        if away:
            route.abort("connectionrefused")
        else:
            route.continue_()

    page.route("**/invoices", answer)
    with page.expect_event("requestfailed"):
        worker.release_worker()
    expect(card(page)).to_contain_text("2 invoices created")
    away = False
    expect(page.get_by_role("row", name="INV-2026-000002")).to_be_visible()


def test_a_silent_socket_that_closes_while_it_is_checked_is_followed_by_one(
    page: Page, clerk: Account, worker: Site
) -> None:
    sockets = Sockets()
    page.route_web_socket("**/ws/batch-jobs/*", sockets.answer)
    page.clock.install()
    start_a_job(page, clerk, worker)
    expect(card(page).get_by_text("Live")).to_be_visible()
    held: list[Route] = []
    holding = True

    def hold(route: Route) -> None:
        if holding:
            held.append(route)
        else:
            route.continue_()

    page.route(re.compile("/api/batch-jobs/[^/?]+$"), hold)
    page.clock.run_for(SILENCE_MS)
    wait_for(lambda: page.evaluate("1") and len(held) == 1)

    sockets.close(sockets.opened[0])
    expect(card(page).get_by_text("Reconnecting…")).to_be_visible()
    page.clock.run_for(10)
    wait_for(lambda: page.evaluate("1") and len(held) == 2)  # it polls, too
    check, poll = held
    now = check.fetch().json()
    with page.expect_event("requestfinished"):
        check.fulfill(json=now | {"status": "processing"})
    page.clock.run_for(10)
    poll.fulfill(json=now)
    holding = False
    expect(card(page).get_by_text("Updating every 2 s")).to_be_visible()
    page.clock.run_for(2_000)
    wait_for(lambda: page.evaluate("1") and len(sockets.opened) == 2)
    expect(card(page).get_by_text("Live")).to_be_visible()

    page.clock.run_for(A_MINUTE_MS)
    assert sockets.most_alive == 1
    worker.release_worker()
    wait_until_processed(clerk, 2)
    page.clock.run_for(SILENCE_MS)  # the socket is silent; polling finds the end
    page.clock.run_for(SILENCE_MS)
    expect(card(page)).to_contain_text("2 invoices created")
    assert sockets.most_alive == 1


def test_a_card_whose_session_has_ended_links_to_the_login_and_stops_polling(
    page: Page, clerk: Account, worker: Site, complaints: Complaints
) -> None:
    complaints.expected = ("401",)
    sockets = Sockets()
    page.route_web_socket("**/ws/batch-jobs/*", sockets.answer)
    start_a_job(page, clerk, worker)
    expect(card(page).get_by_text("Live")).to_be_visible()
    page.context.clear_cookies()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    job_id = card(page).get_attribute("data-job-id")
    page.clock.install()

    sockets.close(sockets.opened[0], code=1008)
    expect(card(page).get_by_role("link", name="Sign in again")).to_be_visible()
    page.clock.run_for(A_MINUTE_MS)
    assert len(sockets.opened) == 1
    assert [url for url in asked if url.endswith(f"/api/batch-jobs/{job_id}")] == asked[:1]


def test_a_temporarily_refused_socket_is_opened_again(
    page: Page, clerk: Account, worker: Site
) -> None:
    sockets = Sockets()
    page.route_web_socket("**/ws/batch-jobs/*", sockets.answer)
    start_a_job(page, clerk, worker)
    expect(card(page).get_by_text("Live")).to_be_visible()
    sockets.close(sockets.opened[0], code=1008)
    expect(card(page).get_by_text("Updating every 2 s")).to_be_visible()
    expect(card(page).get_by_text("Live")).to_be_visible()
    assert sockets.most_alive == 1


@pytest.mark.hurried
def test_the_end_is_found_by_polling_that_failed_at_first(
    page: Page, clerk: Account, worker: Site, complaints: Complaints
) -> None:
    complaints.expected = ("503",)
    page.route_web_socket("**/ws/batch-jobs/*", lambda socket: socket.close(code=1011))
    problem = {"status": 503, "title": "Service Unavailable", "detail": "Too busy."}
    busy = True

    def answer(route: Route) -> None:
        if not busy:
            route.continue_()
        else:
            route.fulfill(status=503, content_type="application/json", body=json.dumps(problem))

    page.route(re.compile("/api/batch-jobs/[^/?]+$"), answer)
    start_a_job(page, clerk, worker)
    expect(card(page).get_by_text("trying again")).to_be_visible()
    busy = False
    worker.release_worker()
    expect(card(page)).to_contain_text("2 invoices created")
