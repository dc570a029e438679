"""An order is mended in the side panel of its own page."""

import re

from playwright.sync_api import Locator, Page, Route, expect

from models.database import org_transaction
from models.tables.order import Order
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import PHONE, Complaints, OpenPage
from tests.browser.processes import Site
from tests.browser.steps import start_by_api
from tests.records import Account, new_orders


def panel(page: Page) -> Locator:
    """The open side panel."""
    return page.locator("dialog.side-sheet")


def open_panel(page: Page, order_id: int) -> None:
    page.goto(f"/orders/{order_id}")
    page.get_by_role("button", name="Mend Line 1, quantity").click()
    expect(panel(page).get_by_label("Quantity").first).to_be_focused()


def test_the_faulty_field_is_focused_checked_while_typing_and_saved(
    page: Page, clerk: Account
) -> None:
    [order_id] = new_orders(clerk, 1, flawed=[0])
    open_panel(page, order_id)
    quantity = panel(page).get_by_label("Quantity").first
    expect(quantity).to_have_accessible_description(re.compile("^Line 1 has the quantity 0"))
    expect(quantity).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)
    quantity.fill("-")
    expect(quantity).to_have_attribute("aria-invalid", "true")
    quantity.fill("3")
    expect(quantity).not_to_have_attribute("aria-invalid", "true")
    totals = panel(page).get_by_role("table", name="Totals")
    expect(totals.get_by_role("row", name="Total")).to_contain_text("23.8059.50")
    panel(page).get_by_role("button", name="Save and close").click()
    expect(panel(page)).to_be_hidden()
    expect(page.locator("#toasts")).to_contain_text("Order A00000 is mended and ready.")
    expect(page.get_by_role("button", name="Create invoice")).to_be_visible()
    expect(page.get_by_role("row", name="Article 1")).to_contain_text("3 pcs")
    page.get_by_role("button", name="Create invoice").click()
    expect(page.get_by_role("heading", name="Invoice", exact=True)).to_be_visible()


def test_rows_are_added_and_removed_and_the_buyer_changed(page: Page, clerk: Account) -> None:
    [order_id] = new_orders(clerk, 1)
    page.goto(f"/orders/{order_id}")
    page.get_by_role("button", name="Edit").click()
    sheet = panel(page)
    sheet.get_by_role("button", name="Remove line 1").click()
    sheet.get_by_role("button", name="Add a line").click()
    row = sheet.get_by_role("group", name="Line 3")
    expect(row.get_by_label("Description")).to_be_focused()
    row.get_by_label("Description").fill("Vase")
    row.get_by_label("Unit price").fill("7,50")
    sheet.get_by_role("button", name="Add an allowance").click()
    coupon = sheet.get_by_role("group", name="Allowance 4")
    coupon.get_by_label("Reason").fill("Coupon")
    coupon.get_by_label("Amount").fill("2.50")
    sheet.get_by_label("Street").fill("Neuer Wall 7")
    # 20.00 + 7.50 - 2.50, and 19 %
    expect(sheet.get_by_role("row", name="Total")).to_contain_text("35.7029.75")
    sheet.get_by_role("button", name="Save", exact=True).click()
    expect(sheet.get_by_text("Order A00000 is mended and ready.")).to_be_attached()
    sheet.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_text("Neuer Wall 7")).to_be_visible()
    expect(page.get_by_role("row", name="Vase")).to_contain_text("7.50")
    expect(page.get_by_text("Article 1")).to_be_hidden()
    expect(page.get_by_role("row", name="Total 29.75")).to_be_visible()


def test_line_breaks_and_tabs_of_a_text_stay_and_enter_begins_a_line(
    page: Page, clerk: Account
) -> None:
    [order_id] = new_orders(clerk, 1)
    url = f"/api/orders/{order_id}"
    rows = page.request.get(url).json()["lines"]
    for row in rows:
        row.pop("net")
    rows[0]["description"] = "Desk\n\tof  oak\n\nwaxed"
    change_elsewhere(page, order_id, {"lines": rows, "buyer": {"street": "Haus 3\nHafenweg 2"}})
    page.goto(f"/orders/{order_id}")
    page.get_by_role("button", name="Edit").click()
    description = panel(page).get_by_label("Description").first
    expect(description).to_have_value("Desk\n\tof  oak\n\nwaxed")
    fits = "area => area.scrollHeight === area.clientHeight"
    assert description.evaluate(fits)
    for place, added in (description, "twice"), (panel(page).get_by_label("Street"), "Hof 1"):
        place.press("Control+End")
        place.press("Enter")
        page.keyboard.type(added)
    assert description.evaluate(fits)
    assert_accessible(page)
    page.keyboard.press("Meta+Enter")
    expect(page.locator("#toasts")).to_contain_text("Order A00000 is mended and ready.")
    with page.expect_download() as download:
        page.get_by_role("link", name="What people changed in this order (CSV)").click()
    assert "Hafenweg 2\nHof 1" in download.value.path().read_text()
    stored = page.request.get(url).json()
    assert stored["lines"][0]["description"] == "Desk\n\tof  oak\n\nwaxed\ntwice"
    assert stored["buyer"]["street"] == "Haus 3\nHafenweg 2\nHof 1"


def test_a_charge_with_vat_keeps_its_gross_amount(page: Page, clerk: Account) -> None:
    [order_id] = new_orders(clerk, 1)
    page.goto(f"/orders/{order_id}")
    line = {"description": "Desk", "quantity": "1", "unit_price": "10"}
    charge = {"row_type": "charge", "reason": "Postage", "unit_price_gross": "9.99"}
    change_elsewhere(page, order_id, {"lines": [line, charge]})
    page.goto(f"/orders/{order_id}")
    page.get_by_role("button", name="Edit").click()
    row = panel(page).get_by_role("group", name="Charge 2")
    expect(row.get_by_label("With VAT")).to_have_value("9.99")
    row.get_by_label("Reason").fill("Post")
    panel(page).get_by_role("button", name="Save and close").click()
    expect(page.get_by_role("row", name="Post")).to_contain_text("9.99 with VAT")


def test_an_order_that_waits_in_a_job_is_mended_before_the_job_comes_to_it(
    page: Page, clerk: Account, worker: Site
) -> None:
    order_ids = new_orders(clerk, 1, flawed=[0])
    worker.hold_worker()
    start_by_api(page, order_ids)
    open_panel(page, order_ids[0])
    panel(page).get_by_label("Quantity").first.fill("3")
    panel(page).get_by_role("button", name="Save and close").click()
    expect(page.locator("#toasts")).to_contain_text("Order A00000 is mended and ready.")


def test_what_somebody_else_changed_meanwhile_is_shown_and_taken_over(
    page: Page, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("412",)
    [order_id] = new_orders(clerk, 1, flawed=[0])
    open_panel(page, order_id)
    panel(page).get_by_label("Quantity").first.fill("4")
    change_elsewhere(page, order_id, {"buyer": {"street": "Jungfernstieg 1"}})
    panel(page).get_by_role("button", name="Save", exact=True).click()
    changes = panel(page).get_by_role("table", name="What changed meanwhile")
    expect(changes.get_by_role("row", name="Buyer, street")).to_contain_text("Hafenweg 2")
    expect(changes.get_by_role("row", name="Buyer, street")).to_contain_text("Jungfernstieg 1")
    assert_accessible(page)
    panel(page).get_by_role("button", name="Take over these changes").click()
    expect(panel(page).get_by_label("Street")).to_have_value("Jungfernstieg 1")
    expect(panel(page).get_by_label("Quantity").first).to_have_value("4")
    panel(page).get_by_role("button", name="Save and close").click()
    expect(panel(page)).to_be_hidden()
    expect(page.get_by_text("Jungfernstieg 1")).to_be_visible()
    expect(page.get_by_role("row", name="Article 1")).to_contain_text("4 pcs")


def test_own_values_can_be_kept_against_a_change_of_somebody_else(
    page: Page, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("412",)
    [order_id] = new_orders(clerk, 1, flawed=[0])
    open_panel(page, order_id)
    panel(page).get_by_label("Street").fill("Mein Weg 1")
    change_elsewhere(page, order_id, {"buyer": {"street": "Jungfernstieg 1"}})
    panel(page).get_by_role("button", name="Save", exact=True).click()
    panel(page).get_by_role("button", name="Keep my values").click()
    expect(panel(page).get_by_label("Street")).to_have_value("Mein Weg 1")
    panel(page).get_by_role("button", name="Save", exact=True).click()
    expect(panel(page).get_by_text("Order A00000 is saved.")).to_be_attached()
    with org_transaction(clerk.organization_id) as session:
        assert session.get_one(Order, order_id).buyer_street == "Mein Weg 1"


def test_unsaved_changes_are_discarded_only_after_a_question(page: Page, clerk: Account) -> None:
    [order_id] = new_orders(clerk, 1, flawed=[0])
    open_panel(page, order_id)
    panel(page).get_by_label("Quantity").first.fill("2")
    page.keyboard.press("Escape")
    question = page.get_by_role("dialog", name="Discard your changes?")
    expect(question).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(panel(page).get_by_label("Quantity").first).to_have_value("2")
    page.keyboard.press("Escape")
    question.get_by_role("button", name="Discard").click()
    expect(panel(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Mend Line 1, quantity")).to_be_focused()
    open_panel(page, order_id)  # nothing was stored
    page.keyboard.press("Escape")  # and nothing is asked
    expect(panel(page)).to_be_hidden()


def test_a_save_that_does_not_arrive_keeps_the_panel_open_and_can_be_repeated(
    page: Page, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("ERR_FAILED",)
    [order_id] = new_orders(clerk, 1, flawed=[0])
    open_panel(page, order_id)
    panel(page).get_by_label("Quantity").first.fill("3")
    held: list[Route] = []
    url = f"**/api/orders/{order_id}"
    page.route(url, lambda route: held.append(route))
    save = panel(page).get_by_role("button", name="Save", exact=True)
    with page.expect_request(url):
        save.click()
    page.keyboard.press("Escape")  # whether anything would be lost is not known yet
    held[0].abort()
    expect(panel(page).get_by_role("alert")).to_contain_text("Billmill cannot be reached")
    expect(page.get_by_role("dialog", name="Discard your changes?")).to_be_hidden()
    page.unroute(url)
    expect(save).to_be_enabled()
    page.keyboard.press("Control+Enter")  # the focus is in the panel
    expect(page.locator("#toasts")).to_contain_text("Order A00000 is mended and ready.")


def test_on_a_phone_the_panel_fills_the_window(open_page: OpenPage, clerk: Account) -> None:
    [order_id] = new_orders(clerk, 1, flawed=[0])
    page = open_page(clerk, viewport=PHONE)
    open_panel(page, order_id)
    box = panel(page).bounding_box()
    assert box is not None
    # While the panel slides in, its width is a fraction of a pixel off.
    assert (round(box["width"]), round(box["height"])) == (PHONE["width"], PHONE["height"])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert_accessible(page)


def change_elsewhere(page: Page, order_id: int, change: dict[str, object]) -> None:
    """Changes the order as another user would."""
    url = f"/api/orders/{order_id}"
    etag = page.request.get(url).headers["etag"]
    answer = page.request.patch(url, data=change, headers={"If-Match": etag})
    assert answer.ok, answer.text()
