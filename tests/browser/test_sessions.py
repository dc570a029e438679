"""The page of sessions, and the behaviour of an open page when its session has ended."""

from playwright.sync_api import Page, Request, WebSocket, expect

from models.accounts.audit import OPERATOR
from models.accounts.user_sessions import end_all
from models.database import owner_transaction
from tests.browser.conftest import Complaints, OpenPage
from tests.browser.processes import Site
from tests.browser.steps import card, create_invoices, select_all_matching
from tests.records import Account, new_orders

ENDED = "Your session has ended. Sign in again"


def test_a_user_ends_another_session_on_the_page(open_page: OpenPage, clerk: Account) -> None:
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1"
    phone, page = open_page(clerk, user_agent=safari), open_page(clerk)
    page.goto("/orders")
    page.get_by_title("Your account").click()
    page.get_by_role("link", name="Your sessions").click()
    row = page.get_by_role("row", name="Safari on iPhone")
    row.get_by_role("button", name="End").click()
    expect(row).to_have_count(0)
    expect(page.get_by_role("row", name="This session")).to_be_visible()
    phone.goto("/orders")
    expect(phone).to_have_title("Sign in · Billmill")


def test_a_watching_page_says_within_seconds_that_its_session_ended_and_stops_polling(
    open_page: OpenPage, clerk: Account, worker: Site, complaints: Complaints
) -> None:
    complaints.expected = ("401",)
    new_orders(clerk, 2)
    page = open_page(clerk)
    page.clock.install()
    page.goto("/orders")
    select_all_matching(page)
    worker.hold_worker()
    create_invoices(page, 2)
    expect(card(page).get_by_text("Live")).to_be_visible()
    log_out_everywhere(clerk)
    expect(page.get_by_role("alert")).to_contain_text(ENDED, timeout=6_000)
    expect(card(page).get_by_text("Live")).to_be_hidden()
    with page.expect_response("**/api/batch-jobs?limit=*"):
        page.clock.run_for(5_000)  # the check for other jobs gets 401, too
    asked: list[Request | WebSocket] = []
    page.on("request", lambda request: asked.append(request))
    page.on("websocket", lambda socket: asked.append(socket))
    page.clock.run_for(60_000)
    page.get_by_role("link", name="Sign in again").click()
    expect(page).to_have_title("Sign in · Billmill")
    assert not [each for each in asked if "/api/" in each.url or "/ws/" in each.url]


def test_a_page_without_a_job_also_says_that_its_session_ended(
    page: Page, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("401",)
    page.clock.install()
    page.goto("/orders")
    log_out_everywhere(clerk)
    page.clock.run_for(5_000)
    expect(page.get_by_role("alert")).to_contain_text(ENDED)
    expect(page.get_by_role("alert")).to_have_count(1)


def log_out_everywhere(clerk: Account) -> None:
    with owner_transaction() as session:
        end_all(session, clerk.organization_id, clerk.user_id, "operator", OPERATOR)
