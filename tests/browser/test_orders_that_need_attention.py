"""Orders that cannot be invoiced are shown and mended in the list and in the preview."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.steps import select_all_matching
from tests.records import Account

BUYER = {"name": "Åsa Lind", "street": "Storgatan 1", "city": "Malmö", "country": "SE"}
LINE = {"description": "Desk", "quantity": "2", "unit_price": "10.00", "tax_percent": "19"}
FLAWED = LINE | {"quantity": "0"}


def take(page: Page, *lines: dict[str, Any]) -> None:
    """Stores one order for each line, N-1, N-2 ..."""
    orders = [
        {
            "order_number": f"N-{number}",
            "order_date": "2026-03-01",
            "customer_number": "C9",
            "currency": "EUR",
            "buyer": BUYER,
            "lines": [line],
        }
        for number, line in enumerate(lines, start=1)
    ]
    answer = page.request.post("/api/orders", data={"orders": orders})
    assert answer.ok, answer.text()


def mend_quantity(page: Page) -> None:
    """Enters a quantity in the panel that has opened, and goes on."""
    expect(page.locator("dialog.side-sheet").get_by_label("Quantity")).to_be_focused()
    page.keyboard.type("3")
    page.keyboard.press("Control+Enter")


def test_the_list_shows_the_reason_and_its_orders_are_mended_by_keyboard(
    page: Page, clerk: Account
) -> None:
    take(page, FLAWED, LINE, FLAWED)
    page.goto("/orders")
    expect(page.get_by_role("row", name="N-2")).to_contain_text("Confirmed")
    page.get_by_label("Status").select_option("needs_attention")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("2 orders", exact=True)).to_be_visible()
    expect(page.get_by_role("row", name="N-3")).to_contain_text("Needs attention")
    expect(page.get_by_role("row", name="N-3")).to_contain_text("Line 1 has the quantity 0")
    assert_accessible(page)
    page.keyboard.press("j")
    expect(page.get_by_role("button", name="Mend order N-3")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("button", name="Mend order N-1")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Order N-3")).to_be_visible()
    mend_quantity(page)
    expect(page.get_by_role("heading", name="Order N-1")).to_be_visible()
    mend_quantity(page)
    expect(page.get_by_text("Every confirmed order can be invoiced.")).to_be_visible()


def test_all_that_need_attention_are_selected_and_no_others(page: Page, clerk: Account) -> None:
    take(page, LINE, *[FLAWED] * 51)
    page.goto("/orders?status=needs_attention")
    select_all_matching(page)
    expect(page.get_by_text("51 orders selected")).to_be_visible()
    page.get_by_role("button", name="Change…").click()
    expect(page.get_by_role("dialog", name="Change one column in 51 orders")).to_be_visible()


def test_what_would_fail_is_mended_in_the_preview(page: Page, clerk: Account) -> None:
    take(page, FLAWED, LINE)
    page.goto("/orders")
    select_all_matching(page)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("1 can be invoiced: 23.80 EUR · 1 will fail")).to_be_visible()
    page.get_by_role("button", name="Mend N-1", exact=True).click()
    mend_quantity(page)
    expect(page.get_by_text("All can be invoiced: 59.50 EUR")).to_be_visible()
    expect(page.get_by_role("list", name="Would fail")).to_be_hidden()


def test_a_total_of_zero_names_the_choice_in_the_preview_and_in_the_panel(
    page: Page, clerk: Account
) -> None:
    take(page, LINE | {"unit_price": "0"})
    page.goto("/orders")
    select_all_matching(page)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("list", name="Would fail")).to_contain_text("--allow-zero-totals")
    page.get_by_role("button", name="Mend N-1", exact=True).click()
    panel = page.locator("dialog.side-sheet")
    expect(panel.get_by_text("billmill org edit --allow-zero-totals")).to_be_in_viewport()
    panel.get_by_label("Unit price").fill("1")
    expect(panel.get_by_text("--allow-zero-totals")).to_be_hidden()
