"""From a failed job of 20 mixed failures to none, without leaving its page."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from actors.attention import check_outdated
from tests.browser.accessibility import assert_accessible
from tests.browser.steps import count, start_by_api
from tests.records import Account

BUYER = {"name": "Åsa Lind", "street": "Storgatan 1", "city": "Malmö", "country": "SE"}
LINE = {"description": "Desk", "quantity": "2", "unit_price": "10.00", "tax_percent": "19"}
SOMMERFELD = BUYER | {"name": "Blumen Sommerfeld", "street": ""}
KRANZ = BUYER | {"name": "Café Kranz", "city": ""}
# What makes orders fail, and in how many of the twenty.
FLAWS: tuple[tuple[int, dict[str, Any]], ...] = (
    (4, {"customer_number": "S", "buyer": SOMMERFELD}),
    (2, {"customer_number": "K", "buyer": KRANZ}),
    (3, {"lines": [LINE, LINE | {"quantity": "0"}]}),
    (2, {"lines": [LINE | {"discount_percent": "120"}]}),
    (2, {"lines": [LINE | {"unit_price": "-12.50"}]}),
    (3, {"currency": "EUX"}),
    (2, {"lines": [LINE | {"tax_category": "X"}]}),
    (1, {"status": "draft"}),
    (1, {"lines": [LINE | {"tax_percent": "0"}]}),
)
# What a clerk enters in the field that is focused.
REMEDIES = {
    "street": "Hafenweg 2",
    "city": "Wien",
    "quantity": "1",
    "discount_percent": "10",
    "unit_price": "12,50",
    "currency": "EUR",
    "tax_category": "S",
    "status": "confirmed",
    "tax_percent": "19",
}


def flawed_orders(page: Page) -> list[int]:
    """Stores the twenty orders; their ids."""
    flaws = [flaw for times, flaw in FLAWS for _ in range(times)]
    orders = [
        {
            "order_number": f"M-{number:02}",
            "order_date": "2026-03-01",
            "customer_number": "C9",
            "currency": "EUR",
            "buyer": BUYER,
            "lines": [LINE],
            **flaw,
        }
        for number, flaw in enumerate(flaws, start=1)
    ]
    answer = page.request.post("/api/orders", data={"orders": orders})
    assert answer.ok, answer.text()
    return [each["order_id"] for each in answer.json()["orders"]]


def open_failed_job(page: Page) -> str:
    """A job in which all twenty orders have failed; its URL."""
    url = start_by_api(page, flawed_orders(page))
    page.goto(url)
    expect(count(page, "Failed")).to_have_text("20")
    expect(page.get_by_text("every order is accounted for", exact=False)).to_be_visible()
    page.goto(f"{url}?status=failed")
    return page.url


def groups(page: Page) -> Locator:
    return page.locator("failure-groups .failure-objects > li")


def panel(page: Page) -> Locator:
    return page.locator("dialog.side-sheet")


def faulty_field(page: Page, *, unlike: str) -> str | None:
    """Waits for the next record in the panel; the focused field, or None once it is closed."""
    page.wait_for_function(
        """(before) => {
          const open = document.querySelector("dialog.side-sheet:modal")
          const focused = open?.querySelector("[name]:focus")
          return !open || (focused && open.querySelector("h2").textContent !== before)
        }""",
        arg=unlike,
    )
    if not panel(page).is_visible():
        return None
    return panel(page).locator(":focus").get_attribute("name")


def title(page: Page) -> str:
    return panel(page).get_by_role("heading", level=2).inner_text()


def remedy_of(field: str) -> str:
    return REMEDIES[field.rpartition(".")[2]]


def assert_all_are_invoiced(page: Page, url: str) -> None:
    expect(count(page, "Invoiced")).to_have_text("20")
    expect(count(page, "Failed")).to_have_text("0")
    expect(page.locator("failure-groups")).to_be_hidden()
    assert page.url == url


@pytest.mark.slow(reason="mends twenty orders one after the other in a browser")
def test_twenty_failures_are_mended_by_mouse_without_leaving_the_page(
    page: Page, clerk: Account
) -> None:
    url = open_failed_job(page)
    sommerfeld = groups(page).filter(has_text="Blumen Sommerfeld")
    expect(sommerfeld).to_contain_text("4 orders, 95.20 EUR")
    assert_accessible(page)
    sommerfeld.get_by_text("The 4 orders").click()
    expect(sommerfeld.get_by_role("link")).to_have_count(4)

    sommerfeld.get_by_role("button", name="Mend Blumen Sommerfeld").click()
    expect(panel(page).get_by_label("Street")).to_be_focused()
    panel(page).get_by_label("Street").fill("Hafenweg 2")
    expect(panel(page).get_by_text("4 orders become ready, 95.20 EUR")).to_be_visible()
    assert_accessible(page)
    panel(page).get_by_role("button", name="Save", exact=True).click()
    expect(panel(page).get_by_text("4 orders mended, ready.")).to_be_attached()
    panel(page).get_by_role("button", name="Close", exact=True).click()
    expect(sommerfeld.get_by_text("Mended, ready").first).to_be_visible()
    expect(page.get_by_role("button", name="Retry 4 mended")).to_be_visible()
    expect(page.get_by_role("row", name="M-01")).to_contain_text("Mended, ready")

    groups(page).get_by_role("button", name="Mend").first.click()
    before = ""
    while (field := faulty_field(page, unlike=before)) is not None:
        before = title(page)
        focused = panel(page).locator(":focus")
        if focused.evaluate("field => field.localName") == "select":
            focused.select_option(remedy_of(field))
        else:
            focused.fill(remedy_of(field))
        panel(page).get_by_role("button", name="Save and").click()
    retry = page.get_by_role("button", name="Retry 20 mended")
    expect(retry).to_be_focused()
    retry.click()
    assert_all_are_invoiced(page, url)
    assert_accessible(page)


@pytest.mark.slow(reason="mends twenty orders one after the other in a browser")
def test_twenty_failures_are_mended_by_keyboard_alone_without_leaving_the_page(
    page: Page, clerk: Account
) -> None:
    url = open_failed_job(page)
    expect(groups(page).first).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys for mending")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(groups(page).nth(1).get_by_role("button", name="Mend")).to_be_focused()
    page.keyboard.press("k")
    expect(groups(page).nth(0).get_by_role("button", name="Mend")).to_be_focused()
    page.keyboard.press("Enter")
    before = ""
    while (field := faulty_field(page, unlike=before)) is not None:
        before = title(page)
        page.keyboard.type(remedy_of(field))
        page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Retry 20 mended")).to_be_focused()
    page.keyboard.press("Enter")
    assert_all_are_invoiced(page, url)


def test_what_was_invoiced_elsewhere_meanwhile_shows_its_invoice_and_no_old_error(
    page: Page, clerk: Account
) -> None:
    url = start_by_api(page, flawed_orders(page)[6:9])
    page.goto(url)
    expect(groups(page)).to_contain_text("3 orders")
    page.get_by_role("button", name="Mend 3 orders").click()
    for keys, number in (("Alt+j", "M-08"), ("Alt+k", "M-07")):
        expect(panel(page).locator("[name]:focus")).to_have_value("0")
        page.keyboard.press(keys)
        expect(panel(page).get_by_role("heading", level=2)).to_have_text(re.compile(number))
    panel(page).locator("[name]:focus").fill("1")
    panel(page).get_by_role("button", name="Save", exact=True).click()
    expect(panel(page).get_by_text("Order M-07 is mended and ready.")).to_be_attached()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Retry 1 mended")).to_be_visible()
    order = page.get_by_role("row", name="M-07").get_by_role("link").get_attribute("href")
    number = page.request.post(f"/api{order}/invoice").json()["number"]
    page.reload()
    expect(page.get_by_role("row", name="M-07")).to_contain_text(f"Invoiced since as {number}.")
    groups(page).get_by_text("The 3 orders").click()
    expect(groups(page).get_by_role("link", name=number)).to_be_visible()
    expect(page.get_by_role("button", name="Mend 3 orders")).to_be_visible()


def test_a_seller_without_a_tax_number_is_mended_by_an_admin_from_the_group_and_from_an_order(
    page: Page, clerk: Account
) -> None:
    order = {
        "order_number": "T-1",
        "order_date": "2026-03-01",
        "customer_number": "C9",
        "currency": "EUR",
        "buyer": BUYER,
        "lines": [LINE],
    }
    [taken] = page.request.post("/api/orders", data={"orders": [order]}).json()["orders"]
    emptied = page.request.patch("/api/organization", data={"vat_id": None})
    assert emptied.ok, emptied.text()
    assert check_outdated(10)
    page.goto(start_by_api(page, [taken["order_id"]]))
    expect(groups(page)).to_contain_text("neither a VAT id nor a tax number")
    groups(page).get_by_text("The order").click()
    groups(page).get_by_role("button", name="Mend order").click()
    panel(page).get_by_role("button", name="Mend the organisation").click()
    expect(panel(page).get_by_label("Tax number")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Mend your organisation").click()
    number = panel(page).get_by_label("Tax number")
    expect(number).to_be_focused()
    expect(number).to_have_attribute("aria-invalid", "true")
    panel(page).get_by_label("VAT id").fill("123")
    wrong = re.compile("VAT id “123”, which is none")
    expect(panel(page).get_by_label("VAT id")).to_have_accessible_description(wrong)
    panel(page).get_by_label("VAT id").fill("")
    number.fill("27/123/45678")
    expect(panel(page).get_by_text("to mend")).to_be_hidden()
    assert_accessible(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("is changed")
    assert page.request.get("/api/organization").json()["tax_number"] == "27/123/45678"


def test_a_value_is_changed_only_where_it_stands_in_all_orders_of_its_group(
    page: Page, clerk: Account
) -> None:
    rows = [LINE | {"unit": "foo"}, LINE | {"unit": "KGM"}]
    orders = [
        {
            "order_number": f"U-{number}",
            "order_date": "2026-03-01",
            "customer_number": "C9",
            "currency": "EUR",
            "buyer": BUYER,
            "lines": rows,
        }
        for number in range(51)  # one more than are listed
    ]
    taken = page.request.post("/api/orders", data={"orders": orders}).json()["orders"]
    ids = [each["order_id"] for each in taken]
    url = start_by_api(page, ids)
    page.goto(url)
    groups(page).get_by_role("button", name="Change in 51 orders").click()
    sheet = page.get_by_role("dialog", name="Change one column in 51 orders")
    expect(sheet).to_contain_text("Only where the unit is “foo” now; other values stay.")
    sheet.get_by_label("New value").fill("Stk")
    sheet.get_by_label("New value").press("Enter")
    expect(sheet.get_by_text("51 become ready")).to_be_attached()
    assert_accessible(page)
    sheet.get_by_role("button", name="Change 51 orders").click()
    expect(page.get_by_role("button", name="Retry 51 mended")).to_be_visible()
    changed = page.request.get(f"/api/orders/{ids[-1]}").json()
    assert [line["unit"] for line in changed["lines"]] == ["C62", "KGM"]
