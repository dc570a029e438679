"""One column is changed in a whole selection, after a look at the values before and after."""

from playwright.sync_api import Page, Route, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Complaints
from tests.browser.steps import select_all_matching, tick
from tests.records import Account, new_orders


def test_a_column_of_a_selection_is_changed_once_its_table_is_confirmed(
    page: Page, clerk: Account
) -> None:
    new_orders(clerk, 4)
    page.goto("/orders")
    tick(page, "A00001", "A00002")
    page.get_by_role("button", name="Change…").click()
    sheet = page.get_by_role("dialog", name="Change one column in 2 orders")
    sheet.get_by_label("Column", exact=True).select_option("unit")
    sheet.get_by_label("New value").fill("KGM")
    expect(sheet.get_by_role("button", name="Change", exact=True)).to_be_disabled()
    sheet.get_by_label("New value").press("Enter")
    table = sheet.get_by_role("table", name="What changes")
    expect(table.get_by_role("row")).to_have_count(1 + 2 * 2)  # its head, and two lines of each
    expect(table.get_by_role("row", name="A00001").first).to_contain_text("C62KGM")
    assert_accessible(page)
    sheet.get_by_role("button", name="Change 2 orders").click()
    expect(sheet).to_be_hidden()
    expect(page.locator("#toasts")).to_contain_text("Unit changed in 2 orders.")
    page.get_by_role("button", name="Change…").click()
    sheet.get_by_label("Column", exact=True).select_option("description")
    sheet.get_by_label("New value").fill("Article 1")
    sheet.get_by_label("New value").press("Enter")
    page.keyboard.type("of oak")
    page.keyboard.press("Control+Enter")
    expect(sheet.get_by_text("2 orders change.")).to_be_visible()
    expect(table.get_by_role("row", name="A00001").first).to_contain_text("Article 1\nof oak")
    sheet.get_by_label("Column", exact=True).select_option("tax")
    sheet.get_by_label("New value").fill("E 0")
    sheet.get_by_label("New value").press("Enter")
    expect(table.get_by_role("row", name="A00001").first).to_contain_text("SE")
    page.keyboard.press("Escape")
    for number, unit in (("A00001", "kg"), ("A00003", "pcs")):
        page.goto("/orders")
        page.get_by_role("link", name=number).click()
        expect(page.get_by_role("row", name="Article 1")).to_contain_text(f"1 {unit}")


def test_a_value_that_cannot_be_stored_changes_nothing_and_says_why(
    page: Page, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("422",)
    new_orders(clerk, 2)
    page.goto("/orders")
    select_all_matching(page)
    page.get_by_role("button", name="Change…").click()
    sheet = page.get_by_role("dialog", name="Change one column in 2 orders")
    sheet.get_by_label("Column", exact=True).select_option("tax_percent")
    sheet.get_by_label("New value").fill("many")
    sheet.get_by_role("button", name="Show changes").click()
    expect(sheet.get_by_role("alert")).to_be_visible()
    expect(sheet.get_by_role("button", name="Change", exact=True)).to_be_disabled()
    sheet.get_by_label("New value").fill("7")
    sheet.get_by_role("button", name="Show changes").click()
    expect(sheet.get_by_text("2 orders change.")).to_be_visible()
    # The table is of 7 %, so 0 % has to be looked at again.
    sheet.get_by_label("New value").fill("0")
    expect(sheet.get_by_role("button", name="Change", exact=True)).to_be_disabled()
    sheet.get_by_role("button", name="Show changes").click()
    expect(sheet.get_by_text("2 orders could no longer be invoiced.")).to_be_visible()


def test_an_answer_that_comes_after_the_value_was_changed_is_not_shown(
    page: Page, clerk: Account
) -> None:
    new_orders(clerk, 2)
    held: list[Route] = []
    page.route("**/api/orders/change/check", lambda route: held.append(route))
    page.goto("/orders")
    select_all_matching(page)
    page.get_by_role("button", name="Change…").click()
    sheet = page.get_by_role("dialog", name="Change one column in 2 orders")
    sheet.get_by_label("New value").select_option("Z")
    show = sheet.get_by_role("button", name="Show changes")
    with page.expect_request("**/api/orders/change/check"):
        show.click()
    sheet.get_by_label("New value").select_option("E")
    held[0].continue_()
    expect(show).to_be_enabled()
    expect(sheet.get_by_role("button", name="Change", exact=True)).to_be_disabled()
    expect(sheet.get_by_role("table", name="What changes")).to_be_hidden()
