"""What the card does when the WebSocket fails."""

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Complaints
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

pytestmark = pytest.mark.hurried


def test_the_card_polls_while_the_socket_fails_and_goes_live_when_it_returns(
    page: Page, clerk: Account, worker: Site, complaints: Complaints
) -> None:
    works = False

    def answer(socket: WebSocketRoute) -> None:
        if works:
            socket.connect_to_server()
        else:
            socket.close(code=1011)

    page.route_web_socket("**/ws/batch-jobs/*", answer)
    order_ids = new_orders(clerk, 60, lines=1)
    page.goto("/orders")
    select_all_matching(page)
    worker.hold_worker()
    create_invoices(page, 60)
    expect(card(page).get_by_text("Updating every 2 s")).to_be_visible()

    with unfinished(clerk, order_ids[30]):
        worker.release_worker()
        wait_until_processed(clerk, 5)
        worker.hold_worker()
    expect(count(page, "Waiting")).not_to_have_text("60")

    works = True
    expect(card(page).get_by_text("Live")).to_be_visible()
    worker.release_worker()
    expect(card(page)).to_contain_text("60 invoices created")


def test_without_a_socket_the_summary_appears_by_polling(page: Page, clerk: Account) -> None:
    page.route_web_socket("**/ws/batch-jobs/*", lambda socket: socket.close(code=1011))
    new_orders(clerk, 3, flawed=[1])
    page.goto("/orders")
    select_all_matching(page)
    create_invoices(page, 3)
    expect(card(page)).to_contain_text("2 invoices created, 1 order failed")


def test_an_unreachable_server_is_reported(
    page: Page, clerk: Account, worker: Site, complaints: Complaints
) -> None:
    complaints.expected = ("ERR_INTERNET_DISCONNECTED", "WebSocket")
    new_orders(clerk, 2)
    page.goto("/orders")
    select_all_matching(page)
    worker.hold_worker()
    page.route_web_socket("**/ws/batch-jobs/*", lambda socket: socket.close(code=1011))
    create_invoices(page, 2)
    page.context.set_offline(True)
    expect(card(page).get_by_text("Server not reachable")).to_be_visible()
    page.context.set_offline(False)
    worker.release_worker()
    expect(card(page)).to_contain_text("2 invoices created")
