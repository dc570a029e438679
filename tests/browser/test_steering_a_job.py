"""Pausing, resuming and cancelling a job; retrying failed orders after a correction."""

import csv
import io

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from models.database import NO_IDLE_LIMIT, org_transaction
from models.order_import.csv_file.columns import COLUMNS as ORDERS_FILE_COLUMNS
from tests.browser.processes import Site
from tests.browser.steps import (
    card,
    count,
    create_invoices,
    select_all_matching,
    start_by_api,
    unfinished,
    wait_until_processed,
)
from tests.browser.test_looks import assert_fits
from tests.records import Account, new_orders

ORDERS = 150

ORDER = {
    "order_date": "2026-03-01", "customer_number": "C1", "customer_name": "Berglund & Söhne",
    "street": "Hafenweg 2", "city": "Hamburg", "postal_code": "20457", "country": "DE",
    "currency": "EUR", "line_number": "1", "description": "Article", "quantity": "1",
    "unit_price": "100.00", "tax_category": "S", "tax_percent": "19",
}  # fmt: skip


def press(page: Page, name: str) -> None:
    card(page).get_by_role("button", name=name, exact=True).click()


def sheet(page: Page) -> Locator:
    """The reconciliation on the job's page."""
    return page.locator("job-reconciliation")


def row(page: Page, label: str) -> Locator:
    return sheet(page).locator("tbody", has=page.locator(f"th:text-is('{label}')"))


def corrected(*order_numbers: str) -> bytes:
    """An orders file in which these orders have one line of 100.00 and 19 % tax."""
    file = io.StringIO()
    writer = csv.DictWriter(file, [*ORDERS_FILE_COLUMNS], restval="")
    writer.writeheader()
    for number in order_numbers:
        writer.writerow(ORDER | {"order_number": number})
    return file.getvalue().encode()


def test_a_job_is_paused_resumed_and_cancelled(page: Page, clerk: Account, worker: Site) -> None:
    order_ids = new_orders(clerk, ORDERS, lines=1)
    page.goto("/orders")
    select_all_matching(page)
    with unfinished(clerk, order_ids[60]):
        create_invoices(page, ORDERS)
        wait_until_processed(clerk, 5)
        press(page, "Pause")
        expect(card(page)).to_contain_text("Paused with")
    waiting = count(page, "Waiting").inner_text()
    page.reload()
    expect(card(page)).to_contain_text(f"Paused with {waiting} orders waiting")

    worker.hold_worker()
    press(page, "Resume")
    expect(card(page)).to_contain_text(f"Invoicing {ORDERS} orders")
    card(page).get_by_role("link").first.click()
    expect(row(page, "Asked for")).to_contain_text(str(ORDERS))
    press(page, "Cancel")
    page.get_by_role("button", name="Cancel the job").click()
    expect(card(page)).to_contain_text("Cancelled after")
    expect(row(page, "Asked for")).to_contain_text(str(ORDERS))
    expect(row(page, "Cancelled")).to_contain_text(count(page, "Cancelled").inner_text())
    expect(sheet(page)).to_contain_text("agree")
    acts = [act.split()[0] for act in sheet(page).locator(".history strong").all_inner_texts()]
    assert acts == ["Cancelled", "Resumed", "Paused", "Submitted"]


def test_a_cancelled_job_is_shown_as_cancelling_until_its_orders_are_released(
    page: Page, clerk: Account, worker: Site
) -> None:
    worker.hold_worker()
    new_orders(clerk, 3, lines=1)
    page.goto("/orders")
    select_all_matching(page)
    create_invoices(page, 3)

    with org_transaction(clerk.organization_id, settings=NO_IDLE_LIMIT) as session:
        session.execute(text("SELECT FROM batch_job_items FOR UPDATE"))
        press(page, "Cancel")
        page.get_by_role("button", name="Cancel the job").click()
        expect(card(page)).to_contain_text("Cancelling: 3 of 3 orders still to be released")
        expect(card(page).get_by_role("button")).to_have_count(0)
        page.reload()
        expect(card(page)).to_contain_text("Cancelling: 3 of 3 orders still to be released")

    expect(card(page)).to_contain_text("Cancelled before the first invoice", timeout=15_000)


def test_a_failed_order_is_retried_once_it_is_corrected(page: Page, clerk: Account) -> None:
    job = start_by_api(page, new_orders(clerk, 6, flawed=[1, 3, 5], lines=1))
    wait_until_processed(clerk, 6)
    page.goto(job)
    expect(card(page)).to_contain_text("3 invoices created, 3 orders failed")
    card(page).get_by_role("link", name="See what failed").click()
    expect(row(page, "Invoiced")).to_contain_text("35.70")  # 3 times 11.90

    retry = page.get_by_role("button", name="Retry order A00001")
    retry.click()  # not corrected yet: it fails once more
    expect(sheet(page)).to_contain_text("1 order retried by people")
    expect(count(page, "Failed")).to_have_text("3")

    answer = page.request.post(
        "/api/orders/import",
        data=corrected("A00001", "A00003"),
        headers={"Content-Type": "text/csv", "Origin": page.url.partition("/jobs")[0]},
    )
    assert answer.json()["orders_updated"] == 2, answer.text()
    retry.click()
    expect(card(page)).to_contain_text("4 invoices created, 2 orders failed")
    expect(page.get_by_role("row", name="A00001")).to_have_count(0)
    page.get_by_role("button", name="Retry 2 orders: Quantity not positive").click()
    expect(card(page)).to_contain_text("5 invoices created, 1 order failed")
    expect(row(page, "Invoiced")).to_contain_text("273.70")
    expect(row(page, "Asked for").locator("td").first).to_have_text("6")
    expect(sheet(page)).to_contain_text("4 orders retried by people")
    expect(sheet(page)).to_contain_text("No hole in the series' 5 numbers")
    expect(page.get_by_role("button", name="Retry all 1")).to_be_enabled()
    assert_fits(page)
