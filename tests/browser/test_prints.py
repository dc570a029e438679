"""The printed pages: the job's page, and an invoice of many lines."""

import csv
import io
import re

from playwright.sync_api import Page, expect

from models.order_import.csv_file.columns import COLUMNS as ORDERS_FILE_COLUMNS
from tests.browser.steps import card, start_by_api, wait_until_processed
from tests.records import Account, new_orders

LINES = 120
MOST_SHEETS = 4
LINE = {
    "order_number": "LONG-1", "order_date": "2026-03-01", "customer_number": "C1",
    "customer_name": "Berglund & Söhne", "street": "Hafenweg 2", "city": "Hamburg",
    "postal_code": "20457", "country": "DE", "currency": "EUR", "sku": "ST-5",
    "description": "Steel bracket", "quantity": "1", "unit_price": "9.50",
    "tax_category": "S", "tax_percent": "19",
}  # fmt: skip


def import_long_order(page: Page) -> None:
    file = io.StringIO()
    writer = csv.DictWriter(file, [*ORDERS_FILE_COLUMNS], restval="")
    writer.writeheader()
    for number in range(1, LINES + 1):
        writer.writerow(LINE | {"line_number": str(number)})
    answer = page.request.post(
        "/api/orders/import",
        data=file.getvalue().encode(),
        headers={"Content-Type": "text/csv", "Origin": page.url.partition("/orders")[0]},
    )
    assert answer.json()["orders_created"] == 1, answer.text()


def test_the_page_of_a_job_is_printed_with_its_result_and_without_its_buttons(
    page: Page, clerk: Account
) -> None:
    job = start_by_api(page, new_orders(clerk, 4, flawed=[2]))
    wait_until_processed(clerk, 4)
    page.goto(job)
    expect(page.get_by_text("Every order is accounted for")).to_be_visible()
    retry = page.get_by_role("button", name="Retry all 1")
    expect(retry).to_be_visible()

    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="3 invoices created, 1 order failed")).to_be_visible()
    expect(page.get_by_text("INV-2026-000001 to INV-2026-000003").first).to_be_visible()
    expect(page.get_by_text("Every order is accounted for")).to_be_visible()
    expect(retry).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)


def test_other_pages_are_printed_without_the_cards_of_jobs(page: Page, clerk: Account) -> None:
    start_by_api(page, new_orders(clerk, 1))
    page.goto("/orders")
    expect(card(page)).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()
    expect(page.locator("batch-job-progress")).to_be_hidden()


def test_an_invoice_of_many_lines_takes_few_sheets_and_each_names_it(page: Page) -> None:
    page.goto("/orders")
    import_long_order(page)
    page.goto("/orders")
    page.get_by_role("link", name="LONG-1").click()
    expect(page).to_have_title("Order LONG-1 · Billmill")
    page.wait_for_load_state()
    page.get_by_role("button", name="Create invoice").click()
    expect(page).to_have_title("Invoice INV-2026-000001 · Billmill")
    page.wait_for_load_state()
    named = "getComputedStyle(document.documentElement).getPropertyValue('--document')"
    assert page.evaluate(named) == '"Invoice INV-2026-000001"'
    sheets = re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True))
    assert 3 <= len(sheets) <= MOST_SHEETS
