"""The preview of a batch: the number and amounts of invoices, and the orders that would fail."""

from decimal import Decimal

from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import text

from models.database import org_transaction
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.processes import Site
from tests.browser.steps import card, create_invoices, select_all_matching, tick
from tests.records import Account, new_orders

PREVIEW = "**/api/batch-jobs/preview"
Rows = list[tuple[str, ...]]


def preview(page: Page) -> None:
    page.get_by_role("button", name="Preview").click()


def sums_foretold(page: Page) -> Rows:
    rows = page.get_by_role("table", name="Would be invoiced").locator("tbody tr").all()
    return [tuple(row.locator("th, td").all_inner_texts()) for row in rows]


def sums_invoiced(account: Account) -> Rows:
    found = text(
        "SELECT currency, count(*), sum(net), sum(tax), sum(gross) FROM invoices "
        "GROUP BY currency ORDER BY currency"
    )
    with org_transaction(account.organization_id) as session:
        rows = session.execute(found).all()
    return [(row[0], f"{row[1]:,}", *(f"{Decimal(sum_):,.2f}" for sum_ in row[2:])) for row in rows]


def in_swiss_francs(account: Account, order_ids: list[int]) -> None:
    with org_transaction(account.organization_id) as session:
        session.execute(
            text("UPDATE orders SET currency = 'CHF' WHERE id = ANY(:ids)"), {"ids": order_ids}
        )


def test_the_figures_of_the_preview_are_those_of_the_job(page: Page, clerk: Account) -> None:
    in_swiss_francs(clerk, new_orders(clerk, 60, flawed=[7, 8, 9], lines=9)[:20])
    page.goto("/orders")
    select_all_matching(page)
    expect(page.get_by_text("57 can be invoiced")).to_be_visible()
    expect(page.get_by_text("3 will fail")).to_be_visible()
    preview(page)
    foretold = sums_foretold(page)
    assert [row[:2] for row in foretold] == [("CHF", "17"), ("EUR", "40")]
    create_invoices(page, 60)
    expect(card(page)).to_contain_text("57 invoices created")
    expect(card(page).locator("[data-count=failed_items]")).to_have_text("3")
    assert sums_invoiced(clerk) == foretold


def test_a_reason_links_to_one_of_its_orders(page: Page, clerk: Account) -> None:
    new_orders(clerk, 4, flawed=[1, 2])
    page.goto("/orders")
    select_all_matching(page)
    preview(page)
    failures = page.get_by_role("list", name="Would fail")
    expect(failures).to_contain_text("Line 1 has the quantity 0")
    failures.get_by_text("The 2 orders").click()
    failures.get_by_role("link", name="A00001").click()
    expect(page.get_by_role("heading", name="Order A00001")).to_be_visible()
    expect(page.get_by_text("This stops the order from being invoiced")).to_be_visible()


def test_another_selection_has_another_preview(page: Page, clerk: Account) -> None:
    new_orders(clerk, 3, flawed=[2])
    page.goto("/orders")
    tick(page, "A00000", "A00001")
    expect(page.get_by_text("All can be invoiced: 71.40 EUR")).to_be_visible()
    preview(page)
    expect(page.get_by_role("button", name="Preview")).to_have_attribute("aria-expanded", "true")
    tick(page, "A00002")
    expect(page.get_by_role("table", name="Would be invoiced")).to_be_hidden()
    expect(page.get_by_text("2 can be invoiced: 71.40 EUR · 1 will fail")).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    tick(page, "A00002")
    expect(page.get_by_text("None can be invoiced")).to_be_visible()


def test_creating_does_not_wait_for_the_preview(page: Page, clerk: Account) -> None:
    held: list[Route] = []
    page.route(PREVIEW, lambda route: held.append(route))
    new_orders(clerk, 2)
    page.goto("/orders")
    select_all_matching(page)
    preview(page)
    expect(page.get_by_text("Looking through the orders…")).to_be_visible()
    create_invoices(page, 2)
    expect(card(page)).to_contain_text("2 invoices created")
    assert held
    for route in held:
        route.continue_()
    expect(page.get_by_text("will fail")).to_be_hidden()


def test_a_large_batch_is_previewed_only_on_request(page: Page, clerk: Account) -> None:
    new_orders(clerk, 1_001, lines=1)
    asked: list[Request] = []
    page.on("request", lambda sent: asked.append(sent) if sent.method == "POST" else None)
    page.clock.install()
    page.goto("/orders")
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)
    select_all_matching(page)
    expect(page.get_by_role("button", name="Create 1,001 invoices")).to_be_enabled()
    page.clock.run_for(5_000)
    assert asked == []
    preview(page)
    expect(page.get_by_text("All can be invoiced: 11,911.90 EUR")).to_be_visible()
    assert len(asked) == 1


def test_a_preview_that_fails_to_load_does_no_harm(page: Page, clerk: Account) -> None:
    page.route(PREVIEW, lambda route: route.fulfill(status=204))
    new_orders(clerk, 1)
    page.goto("/orders")
    tick(page, "A00000")
    preview(page)
    expect(page.get_by_text("There is no preview")).to_be_visible()
    page.unroute(PREVIEW)
    preview(page)
    preview(page)
    expect(page.get_by_text("All can be invoiced: 35.70 EUR")).to_be_visible()


def test_the_preview_fits_a_phone(open_page: OpenPage, clerk: Account, site: Site) -> None:
    page = open_page(clerk, viewport=PHONE)
    new_orders(clerk, 3, flawed=[2])
    page.goto("/orders")
    select_all_matching(page)
    preview(page)
    total = page.get_by_role("cell", name="71.40")
    expect(total).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Create 3 invoices")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_open_preview_stays_when_the_list_changes(page: Page, clerk: Account) -> None:
    new_orders(clerk, 2)
    page.goto("/orders")
    tick(page, "A00000", "A00001")
    preview(page)
    expect(page.get_by_role("table", name="Would be invoiced")).to_contain_text("71.40")
    ended = "new CustomEvent('batch-job:ended', { detail: { jobId: 'of somebody else' } })"
    with page.expect_response(PREVIEW):
        page.evaluate(f"document.dispatchEvent({ended})")
    expect(page.get_by_role("table", name="Would be invoiced")).to_be_visible()
    expect(page.get_by_text("All can be invoiced: 71.40 EUR")).to_be_visible()
