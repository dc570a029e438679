"""The card of a batch job: live counts, reload, cancel, summary."""

import json
import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import OpenPage
from tests.browser.processes import Site
from tests.browser.steps import (
    card,
    count,
    create_invoices,
    select_all_matching,
    unfinished,
    wait_until_processed,
)
from tests.records import Account, new_orders
from tests.waiting import wait_for

ORDERS = 120


def test_counts_move_through_the_socket_and_end_in_a_summary(
    page: Page, clerk: Account, worker: Site
) -> None:
    frames: list[str] = []
    page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda text: frames.append(text))
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    order_ids = new_orders(clerk, ORDERS, flawed=[0, 1, 2], lines=1)
    page.goto("/orders")
    select_all_matching(page)
    worker.hold_worker()
    create_invoices(page, ORDERS)
    expect(card(page).get_by_text("Live")).to_be_visible()
    expect(count(page, "Waiting")).to_have_text(str(ORDERS))

    with unfinished(clerk, order_ids[60]):
        worker.release_worker()
        wait_until_processed(clerk, 10)
        worker.hold_worker()
    expect(count(page, "Waiting")).not_to_have_text(str(ORDERS))
    wait_for(lambda: page.title() == _percent_of_orders(page))

    worker.release_worker()
    expect(card(page)).to_contain_text("117 invoices created, 3 orders failed")
    expect(card(page)).to_contain_text("Quantity not positive")
    expect(card(page)).to_contain_text("INV-2026-000001 to INV-2026-000117")
    expect(card(page)).to_contain_text("1,392.30")  # 117 times 11.90
    expect(page).to_have_title("Orders · Billmill")
    assert len(frames) >= 3
    asked_of_jobs = [url for url in asked if "/api/batch-jobs/" in url]
    polled = [url for url in asked_of_jobs if not url.endswith("/preview")]
    assert not polled, "it polled beside the socket"


def _percent_of_orders(page: Page) -> str:
    return f"{card(page).locator('[data-part=percent]').inner_text()} · Orders · Billmill"


def test_failures_appear_at_once_with_reason_and_remedy(
    page: Page, clerk: Account, worker: Site
) -> None:
    order_ids = new_orders(clerk, ORDERS, flawed=[2], lines=1)
    page.goto("/orders")
    select_all_matching(page)
    with unfinished(clerk, order_ids[60]):
        create_invoices(page, ORDERS)
        wait_until_processed(clerk, 8)
        worker.hold_worker()
    failure = card(page).get_by_role("listitem").filter(has_text="A00002")
    expect(failure).to_contain_text("quantity 0")
    expect(failure.locator(".remedy")).not_to_be_empty()
    failure.get_by_role("link").click()
    expect(page).to_have_title(re.compile("Order A00002 · Billmill$"))  # the progress before it


def test_a_failure_that_is_sent_twice_is_listed_once(
    page: Page, clerk: Account, worker: Site
) -> None:
    def tell_twice(socket: WebSocketRoute) -> None:
        def heard(text: str | bytes) -> None:
            snapshot = json.loads(text)
            for more, message in enumerate(["Quantity 0", "Quantity 0 as before"], start=1):
                errors = [{"order_id": order_id, "message": message, "remedy": "Mend it"}]
                told = {"type": "progress", "revision": snapshot["revision"] + more}
                socket.send(json.dumps({**snapshot, **told, "errors": errors}))

        socket.connect_to_server().on_message(heard)

    order_id, *_ = new_orders(clerk, 2, flawed=[0])
    page.route_web_socket("**/ws/batch-jobs/*", tell_twice)
    page.goto("/orders")
    select_all_matching(page)
    worker.hold_worker()
    create_invoices(page, 2)
    failures = card(page).get_by_role("listitem")
    expect(failures.first).to_contain_text("Quantity 0 as before")
    expect(failures).to_have_count(1)


def test_a_reload_in_the_middle_shows_the_job_again(
    page: Page, clerk: Account, worker: Site
) -> None:
    order_ids = new_orders(clerk, ORDERS, lines=1)
    page.goto("/orders")
    select_all_matching(page)
    with unfinished(clerk, order_ids[60]):
        create_invoices(page, ORDERS)
        wait_until_processed(clerk, 10)
        worker.hold_worker()
    for address in ("/orders", "/invoices", "/jobs"):
        page.goto(address)
        expect(card(page)).to_contain_text("Invoicing 120 orders")
        expect(card(page).get_by_text("Live")).to_be_visible()
        expect(count(page, "Waiting")).not_to_have_text(str(ORDERS))
    worker.release_worker()
    expect(card(page)).to_contain_text("120 invoices created")


def test_cancelling_asks_first_and_keeps_what_was_issued(
    page: Page, clerk: Account, worker: Site
) -> None:
    new_orders(clerk, 400, lines=1)
    page.goto("/orders")
    select_all_matching(page)
    worker.hold_worker()
    create_invoices(page, 400)
    card(page).get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Keep it running").click()
    expect(card(page)).not_to_contain_text("Cancelled")

    card(page).get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the job").click()
    expect(card(page)).to_contain_text("Cancelled before the first invoice")
    expect(count(page, "Cancelled")).to_have_text("400")
    page.reload()
    expect(page.get_by_text("400 confirmed orders")).to_be_visible()


def test_a_closed_card_of_a_finished_job_stays_closed(page: Page, clerk: Account) -> None:
    new_orders(clerk, 1)
    page.goto("/orders")
    select_all_matching(page)
    create_invoices(page, 1)
    expect(card(page)).to_contain_text("1 invoice created")
    page.goto("/jobs")
    card(page).get_by_role("button", name="Put this card away").click()
    expect(card(page)).to_be_hidden()
    page.reload()
    expect(page.get_by_role("row", name="Completed")).to_be_visible()
    expect(card(page)).to_be_hidden()


@pytest.mark.hurried
def test_a_job_appears_in_windows_that_were_open_before_it_began(
    open_page: OpenPage, page: Page, clerk: Account, worker: Site
) -> None:
    new_orders(clerk, 2)
    page.goto("/orders")
    other = open_page(clerk)
    other.goto("/orders")
    select_all_matching(page)
    worker.hold_worker()
    create_invoices(page, 2)
    expect(count(other, "Waiting")).to_have_text("2")
    worker.release_worker()
    expect(card(other)).to_contain_text("2 invoices created")


def test_the_jobs_own_page_lists_its_orders_by_outcome(page: Page, clerk: Account) -> None:
    new_orders(clerk, 4, flawed=[2])
    page.goto("/orders")
    select_all_matching(page)
    create_invoices(page, 4)
    expect(card(page)).to_contain_text("3 invoices created, 1 order failed")
    card(page).get_by_role("link", name="See what failed").click()
    expect(page.get_by_role("heading", name="Why orders failed")).to_be_visible()
    expect(page.locator("live-list").get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("row", name="A00002")).to_contain_text("quantity 0")
    page.get_by_role("link", name="Invoiced 3").click()
    expect(page.get_by_role("link", name="INV-2026-000002")).to_be_visible()
