"""The list of orders: filter, tick, select all that match, create."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.processes import Site
from tests.browser.steps import card, create_invoices, select_all_matching, tick
from tests.http.conftest import PASSWORD
from tests.records import Account, new_orders


def test_a_filter_narrows_the_list_and_stays_in_the_address(page: Page, clerk: Account) -> None:
    new_orders(clerk, 3, prefix="A")
    new_orders(clerk, 2, prefix="B")
    page.goto("/orders")
    expect(page.get_by_text("5 confirmed orders")).to_be_visible()
    page.get_by_label("Search").fill("B0")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text("2 confirmed orders")).to_be_visible()
    assert "q=B0" in page.url
    page.reload()
    expect(page.get_by_role("row", name="B00001")).to_be_visible()
    expect(page.get_by_role("row", name="A00001")).to_have_count(0)


def test_an_invalid_filter_is_explained_and_can_be_corrected(page: Page, clerk: Account) -> None:
    new_orders(clerk, 1)
    page.goto("/orders?from=2026-12-01&to=2026-01-01")
    expect(page.get_by_role("alert")).to_contain_text("is after")
    page.get_by_label("From").fill("2025-12-01")
    page.get_by_label("To", exact=True).fill("2026-12-31")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text("1 confirmed order")).to_be_visible()


def test_shift_selects_everything_in_between(page: Page, clerk: Account) -> None:
    new_orders(clerk, 6)
    page.goto("/orders")
    tick(page, "A00004")
    page.get_by_label("Select order A00001").click(modifiers=["Shift"])
    expect(page.get_by_text("4 orders selected")).to_be_visible()
    expect(page.get_by_label("Select order A00002")).to_be_checked()
    expect(page.get_by_label("Select order A00005")).not_to_be_checked()


def test_a_selection_survives_a_change_of_page(page: Page, clerk: Account) -> None:
    new_orders(clerk, 60)
    page.goto("/orders")
    tick(page, "A00059")
    page.get_by_role("link", name="Older").click()
    tick(page, "A00003")
    expect(page.get_by_role("button", name="Create 2 invoices")).to_be_enabled()
    page.get_by_role("link", name="Newer").click()
    expect(page.get_by_label("Select order A00059")).to_be_checked()


def test_all_that_match_are_sent_as_a_filter(page: Page, clerk: Account, worker: Site) -> None:
    worker.hold_worker()
    new_orders(clerk, 60, prefix="A")
    new_orders(clerk, 5, prefix="B")
    page.goto("/orders?q=A0")
    select_all_matching(page)
    expect(page.get_by_text("All 60 orders that match are selected")).to_be_visible()
    with page.expect_request("**/api/batch-jobs") as sent:
        create_invoices(page, 60)
    assert sent.value.post_data_json == {
        "filter": {"status": "confirmed", "q": "A0"},
        "priority": "normal",
        "expected_total": 60,
    }
    expect(card(page)).to_contain_text("60 orders")


def test_an_urgent_job_is_marked(page: Page, clerk: Account, worker: Site) -> None:
    new_orders(clerk, 2)
    page.goto("/orders")
    select_all_matching(page)
    page.get_by_label("Priority").select_option("Urgent priority")
    create_invoices(page, 2)
    page.get_by_role("link", name="Open job").first.click()
    expect(page.get_by_text("urgent priority")).to_be_visible()


def test_orders_that_cannot_be_invoiced_any_more_have_no_box(page: Page, clerk: Account) -> None:
    new_orders(clerk, 1, prefix="C", status="cancelled")
    new_orders(clerk, 1, prefix="A")
    page.goto("/orders?status=")
    expect(page.get_by_role("row", name="C00000")).to_be_visible()
    expect(page.get_by_label("Select order C00000")).to_have_count(0)
    expect(page.get_by_label("Select order A00000")).to_have_count(1)


def test_pressing_twice_starts_one_job(page: Page, clerk: Account) -> None:
    new_orders(clerk, 1)
    page.goto("/orders")
    tick(page, "A00000")
    asked = []
    page.on("request", lambda request: asked.append(request))
    page.get_by_role("button", name="Create 1 invoice").dblclick()
    expect(card(page)).to_contain_text("1 invoice created")
    sent = [asking for asking in asked if asking.url.endswith("/api/batch-jobs")]
    assert [asking.headers["idempotency-key"] != "" for asking in sent] == [True]


def test_a_refusal_is_explained_and_the_selection_stays(
    page: Page, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("401",)
    new_orders(clerk, 2)
    page.goto("/orders")
    tick(page, "A00000", "A00001")
    page.context.clear_cookies()
    page.get_by_role("button", name="Create 2 invoices").click()
    expect(page.get_by_role("alert")).to_have_text(
        "Your session has ended. Sign in again; your selection is kept."
    )
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_label("E-mail").fill(clerk.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("button", name="Create 2 invoices")).to_be_enabled()


def test_an_empty_list_explains_how_to_import(page: Page, clerk: Account) -> None:
    page.goto("/orders")
    expect(page.get_by_text(f"billmill import FILE --org {clerk.slug}")).to_be_visible()
