"""The import of orders files on the pages."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Locator, Page, WebSocketRoute, expect
from sqlalchemy import select

from models.database import NO_IDLE_LIMIT, org_transaction
from models.tables.order import Order
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import PHONE, Complaints, OpenPage
from tests.records import Account

HEADER = (
    "order_number,order_date,customer_number,customer_name,customer_email,street,city,postal_code,"
    "country,vat_id,currency,line_number,sku,description,quantity,unit,unit_price,"
    "discount_percent,tax_category,tax_percent"
)


def row(order_number: str, quantity: str, customer: str = "C1") -> str:
    buyer = f"{customer},Berglund,,Hafenweg 2,Hamburg,20457,DE,"
    return f"{order_number},2026-03-01,{buyer},EUR,1,X,Article,{quantity},C62,10,0,S,19"


def file_of(*rows: str, name: str = "march.csv", header: str = HEADER) -> FilePayload:
    content = "\n".join([header, *rows]).encode()
    return FilePayload(name=name, mimeType="text/csv", buffer=content)


def upload(page: Page, *files: FilePayload) -> Locator:
    """Chooses the files; returns the notices on their imports."""
    page.get_by_label("Import orders").set_input_files(list(files))
    return page.locator(".upload-result .notice")


def test_a_file_is_imported_and_its_findings_and_changes_are_shown(page: Page) -> None:
    page.goto("/orders")
    report = upload(page, file_of(row("Z1", "2"), row("Z2", "two"), row("Z3", "3")))
    expect(report).to_contain_text("2 orders imported, 1 rejected, 1 customer new")
    wrong = page.get_by_role("table", name="What is wrong").get_by_role("row", name="quantity")
    expect(wrong.get_by_role("cell").first).to_have_text("3")
    assert_accessible(page)

    corrected = row("Z1", "2").replace("Hafenweg 2", "Hafenweg 3") + ",north"
    rows = [row("Z3", "3") + ",south", corrected]
    report = upload(page, file_of(*rows, header=HEADER + ",shop"))
    expect(report).to_contain_text("1 order corrected, 1 already there, 1 customer corrected")
    expect(report).not_to_contain_text("imported")
    expect(report).to_contain_text("Columns that were ignored: shop.")
    changes = page.get_by_role("table", name="What changed")
    expect(changes).to_contain_text("customer's street “Hafenweg 2” → “Hafenweg 3”")
    report.get_by_role("link", name="Show the orders").click()
    expect(page.get_by_text("2 confirmed orders")).to_be_visible()


def test_files_that_are_chosen_together_are_imported_one_after_the_other(page: Page) -> None:
    page.goto("/imports")
    expect(page.get_by_text("No imports yet")).to_be_visible()
    reports = upload(
        page,
        file_of(row("Y1", "2"), name="one.csv"),
        file_of("nonsense", name="two.txt", header="Hello"),
        file_of(*(row(f"Y{n}", "?") for n in range(2, 400)), name="three.tsv"),
    )
    expect(reports).to_have_count(3)
    expect(reports.nth(0)).to_contain_text("one.csv: 1 order imported")
    expect(reports.nth(1)).to_contain_text("two.txt")
    expect(reports.nth(2)).to_contain_text("three.tsv: 398 rejected")
    expect(page.get_by_text("and 198 more")).to_be_visible()
    rows = page.get_by_role("table", name="Imports, newest first").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("three.tsv")
    expect(rows.first).to_contain_text("398")


def test_a_file_that_is_something_else_gets_one_sentence(page: Page) -> None:
    html = FilePayload(name="shop.xls", mimeType="", buffer=b"<html><table></table></html>")
    page.goto("/orders")
    report = upload(page, html)
    expect(report).to_contain_text("This file is HTML")
    expect(page.get_by_text("This file is HTML")).to_have_count(1)
    expect(page.get_by_role("table", name="What is wrong")).to_have_count(0)
    report.get_by_role("link", name="Open the import").click()
    expect(page.get_by_text("This file is HTML")).to_have_count(1)
    expect(page.get_by_text("Nothing was stored.")).to_be_visible()
    assert_accessible(page)


@pytest.fixture
def held_import(page: Page, clerk: Account) -> Iterator[str]:
    """The address of an import that waits for a lock on an order."""
    page.goto("/orders")
    expect(upload(page, file_of(row("H1", "1")))).to_contain_text("1 order imported")
    with org_transaction(clerk.organization_id, settings=NO_IDLE_LIMIT) as session:
        session.execute(select(Order.id).with_for_update())
        rows = [row("H1", "2"), *(row(f"H{n}", "1") for n in range(2, 2_500))]
        page.get_by_label("Import orders").set_input_files(file_of(*rows, name="held.csv"))
        link = page.get_by_role("link", name="held.csv")
        expect(link).to_be_visible()
        address = link.get_attribute("href")
        assert address
        yield address


def test_an_import_is_watched_and_cancelled_on_its_page(page: Page, held_import: str) -> None:
    page.goto(held_import)
    expect(page.get_by_role("heading", name="held.csv")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the import").click()
    expect(page.locator(".badge-status")).to_have_text("Cancelled")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_without_a_socket_the_report_still_comes(page: Page, complaints: Complaints) -> None:
    complaints.expected = ("WebSocket",)

    def close(socket: WebSocketRoute) -> None:
        socket.close()

    page.route_web_socket(re.compile("/ws/imports/"), close)
    page.goto("/orders")
    report = upload(page, file_of(*(row(f"W{n}", "2") for n in range(300))))
    expect(report).to_contain_text("300 orders imported")


def test_mends_that_a_file_would_undo_are_undone_when_the_user_says_so(page: Page) -> None:
    page.goto("/orders")
    expect(upload(page, file_of(row("M1", "2")))).to_contain_text("1 order imported")
    [order] = page.request.get("/api/orders", params={"q": "M1"}).json()["items"]
    url = f"/api/orders/{order['id']}"
    assert page.request.patch(url, data={"buyer": {"street": "Neuer Wall 7"}}).ok
    report = upload(page, file_of(row("M1", "3"), name="again.csv"))
    report.get_by_role("link", name="Open the import").click()
    page.get_by_role("link", name="Changed orders 1").click()
    expect(page.get_by_text("would undo what was mended, which stays")).to_be_visible()
    page.wait_for_load_state()
    expect(page.get_by_role("button", name="Allow changes of customers")).to_be_hidden()
    page.get_by_role("button", name="Undo the mends").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Allow and import again").click()
    page.get_by_role("link", name="Changed orders 1").click()
    expect(page.get_by_text("what was mended is undone")).to_be_visible()
    assert page.request.get(url).json()["buyer"]["street"] == "Hafenweg 2"
    expect(page.get_by_role("button", name="Undo the mends")).to_be_hidden()


def test_a_refused_change_of_customers_is_allowed_on_the_page_of_the_import(
    page: Page, open_page: OpenPage, clerk: Account
) -> None:
    page.goto("/orders")
    expect(upload(page, file_of(row("X1", "2")))).to_contain_text("1 order imported")
    report = upload(page, file_of(row("X1", "2", customer="C2"), name="moved.csv"))
    expect(report).to_contain_text("1 rejected")
    report.get_by_role("link", name="Open the import").click()
    finding = page.get_by_role("table", name="What is wrong with the file")
    expect(finding).to_contain_text(
        "is stored for customer “C1”; the file has it for customer “C2”"
    )
    expect(finding).to_contain_text("allow changes of customers")
    assert_accessible(page)
    page.get_by_role("button", name="Allow changes of customers").click()
    page.get_by_role("button", name="Allow and import again").click()
    expect(page.locator(".badge-status")).to_have_text("Completed")
    page.get_by_role("link", name="Changed orders 1").click()
    changed = page.get_by_role("table", name="Orders that came again with changes")
    expect(changed).to_contain_text("customer number “C1” → “C2”")
    assert_accessible(page)
    page.get_by_role("link", name="Imports", exact=True).last.click()
    expect(page.get_by_role("row", name="moved.csv")).to_have_count(2)
    assert_accessible(page)
    phone = open_page(clerk, viewport=PHONE)
    phone.goto("/imports")
    expect(phone.get_by_text("moved.csv").first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
