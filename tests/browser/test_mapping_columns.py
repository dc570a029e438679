"""The mapping step: a file with other columns is mapped on its page, by mouse or by keyboard."""

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import PHONE, Complaints, OpenPage
from tests.records import Account

EXPORT = (
    "Zeichen;Datum;Debitor;Firma;Straße;PLZ;Ort;Land;Artikel;Menge;Einzelpreis;Shop\n"
    "A-1;27.11.2026;K-1;Muster GmbH;Ringweg 1;53111;Bonn;Deutschland;Vase;2;1,250;Nord\n"
    "A-2;28.11.2026;K-2;Jan Muster;Am Hof 2;1011;Amsterdam;Niederlande;Vase;1;3,500;Nord\n"
)


def upload(page: Page, text: str = EXPORT) -> str:
    """Uploads an export; returns the address of its mapping step once it waits for it."""
    file = FilePayload(name="export.csv", mimeType="text/csv", buffer=text.encode())
    run = page.request.post("/api/imports", multipart={"file": file}).json()
    page.goto(f"/imports/{run['id']}")
    page.get_by_role("link", name="Say what they mean").click()
    return page.url


def preview(page: Page, row: int) -> list[str]:
    return page.locator(f"[data-part=rows] tr:nth-child({row}) td").all_inner_texts()


def test_columns_are_chosen_previewed_saved_and_used(
    page: Page, open_page: OpenPage, clerk: Account
) -> None:
    address = upload(page)
    expect(page.get_by_text("Billmill does not know these columns")).to_be_visible()
    problems = page.locator("[data-part=problems]")
    expect(problems).to_contain_text("Nothing feeds the column order_number.")
    assert_accessible(page)
    phone = open_page(clerk, viewport=PHONE, color_scheme="dark")
    phone.goto(address)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert_accessible(phone)

    unused = page.locator("[data-part=unused]")
    expect(unused).to_have_text("Zeichen, Shop")
    page.get_by_label("Column for Order number").select_option("Zeichen")
    expect(unused).to_have_text("Shop")
    expect(problems).to_contain_text("“1,250” is 1250 (with a decimal point)")
    expect(problems).not_to_contain_text("order_number")
    page.get_by_label("Decimals are written with").select_option("comma")
    page.get_by_label("Column for Currency").focus()
    page.keyboard.press("End")  # the last choice: the same for all rows
    expect(page.get_by_label("Currency of all rows")).to_be_focused()
    page.keyboard.type("CHF")
    expect(problems).to_be_empty()
    expect(page.locator("[data-part=rows] tr")).to_have_count(2)
    assert preview(page, 1)[:5] == ["A-1", "2026-11-27", "K-1", "Muster GmbH", "DE"]
    assert preview(page, 2)[7] == "3.500"

    page.get_by_label("Name", exact=True).fill("Warehouse")
    page.keyboard.press("Enter")
    page.wait_for_url(address.removesuffix("/mapping"))
    expect(page.locator("[data-count=orders_created]")).to_have_text("2")
    expect(page.get_by_text("Warehouse")).to_be_visible()
    page.goto(address)
    assert page.url == address.removesuffix("/mapping")


def test_an_incomplete_mapping_is_refused_where_it_is_sent(
    page: Page, complaints: Complaints
) -> None:
    complaints.expected = ("422",)
    upload(page)
    page.get_by_role("button", name="Use this mapping").click()
    expect(page.get_by_role("alert")).to_contain_text("The mapping is not complete.")
    expect(page.get_by_role("button", name="Use this mapping")).to_be_enabled()


def test_a_form_begins_with_the_guess_a_saved_mapping_or_a_preset(
    page: Page, clerk: Account
) -> None:
    mapping = {
        "columns": {"order_number": ["Zeichen"], "quantity": ["Menge", "Shop", "="], "sku": ["Nr"]},
        "constants": {"currency": "CHF"},
        "dates": "m/d/y",
        "zero_rate": "E",
    }
    body = {"header": ["Zeichen"], "mapping": mapping}
    headers = {"Content-Type": "application/json"}
    saved = page.request.put("/api/import-mappings/Till", data=body, headers=headers)
    assert saved.ok
    upload(page, EXPORT.replace("Shop\n", "Shop;=\n").replace("Nord\n", "Nord;=1\n"))
    start = page.get_by_label("Mapping or preset")
    source = page.get_by_label("Column for Quantity", exact=True)
    finding = page.locator("[data-finding=quantity]")
    expect(source).to_have_value("Menge")

    start.select_option("Till")
    expect(finding).to_contain_text("takes one column, not “Menge” and “Shop” and “=”")
    expect(page.get_by_label("Another column for Quantity")).to_have_count(2)
    expect(page.get_by_label("Currency of all rows")).to_have_value("CHF")
    expect(page.get_by_label("0 % tax without a reason means")).to_have_value("E")
    expect(page.locator("[data-finding=sku]")).to_contain_text("The file has no column “Nr”.")
    for another in page.get_by_label("Another column for Quantity").all():
        another.select_option("Nothing")
    source.select_option(label="= (=1)")
    expect(page.get_by_label("Quantity of all rows")).to_be_hidden()
    expect(finding).to_be_hidden()
    expect(page.locator("[data-part=unused]")).not_to_contain_text("=")

    start.select_option("shopify")
    expect(page.locator("[data-finding=preset]")).to_contain_text("it lacks the column")
    expect(source).to_be_hidden()
    page.get_by_role("textbox", name="Country").fill("AT")
    assert_accessible(page)
    start.select_option(label="The guess for this file")
    expect(source).to_have_value("Menge")
    expect(page.get_by_label("Currency of all rows")).to_be_hidden()


def test_saved_mappings_are_completed_from_a_preset_renamed_and_deleted(
    page: Page, complaints: Complaints
) -> None:
    page.goto("/imports")
    page.get_by_role("link", name="saved mappings").click()
    page.get_by_label("Preset", exact=True).select_option("stripe")
    page.get_by_label("Name", exact=True).fill("Kurse")
    page.get_by_label("0 % tax without a reason means").select_option("E")
    page.get_by_label("Country, where the export has none").fill("AT")
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("row", name="Kurse")
    expect(row).to_contain_text("Stripe: payments")
    expect(row).to_contain_text("Country AT")
    assert_accessible(page)
    row.get_by_role("button", name="Rename").click()
    page.get_by_label("New name").fill("Seminare, 2026")
    page.keyboard.press("Enter")
    renamed = page.get_by_role("row", name="Seminare, 2026")
    expect(renamed).to_be_visible()
    complaints.expected = ("422",)
    renamed.get_by_role("button", name="Rename").click()
    page.get_by_label("New name").fill("a/b")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("1 to 100 letters, digits, spaces")
    renamed.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No saved mappings yet")).to_be_visible()
