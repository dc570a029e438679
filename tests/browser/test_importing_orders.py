"""The import of an orders file on the page."""

from playwright.sync_api import FilePayload, Locator, Page, expect

HEADER = (
    "order_number,order_date,customer_number,customer_name,customer_email,street,city,postal_code,"
    "country,vat_id,currency,line_number,sku,description,quantity,unit,unit_price,"
    "discount_percent,tax_category,tax_percent"
)


def upload(page: Page, *rows: str, header: str = HEADER) -> Locator:
    """Chooses a file of these rows; returns the report of its import."""
    content = "\n".join([header, *rows]).encode()
    file = FilePayload(name="march.csv", mimeType="text/csv", buffer=content)
    page.get_by_label("Import orders").set_input_files(file)
    return page.locator(".upload-result").get_by_role("status")


def row(order_number: str, quantity: str) -> str:
    customer = "C1,Berglund,,Hafenweg 2,Hamburg,20457,DE,"
    return f"{order_number},2026-03-01,{customer},EUR,1,X,Article,{quantity},C62,10,0,S,19"


def test_good_orders_are_imported_and_bad_lines_are_named(page: Page) -> None:
    page.goto("/orders")
    lines = [HEADER, row("Z1", "2"), row("Z2", "two"), row("Z3", "3")]
    file = FilePayload(name="march.csv", mimeType="text/csv", buffer="\n".join(lines).encode())
    page.get_by_label("Import orders").set_input_files(file)
    result = page.locator(".upload-result")
    expect(result.get_by_role("status")).to_contain_text("2 orders imported")
    expect(result.get_by_role("status")).to_contain_text("1 rejected")
    wrong = result.get_by_role("row", name="quantity")
    expect(wrong.get_by_role("cell").first).to_have_text("3")
    result.get_by_role("link", name="Show the orders").click()
    expect(page.get_by_text("2 confirmed orders")).to_be_visible()


def test_a_corrected_file_says_what_it_corrected(page: Page) -> None:
    page.goto("/orders")
    expect(upload(page, row("Y1", "2"), row("Y2", "2"))).to_contain_text("2 orders imported")
    again = upload(page, row("Y1", "5"), row("Y2", "2").replace("Hafenweg 2", "Hafenweg 3"))
    expect(again).to_contain_text("1 order corrected, 1 already there, 1 customer corrected")
    expect(again).not_to_contain_text("imported")


def test_columns_that_were_ignored_are_named(page: Page) -> None:
    page.goto("/orders")
    report = upload(page, row("X1", "2") + ",north", header=HEADER + ",shop")
    expect(report).to_contain_text("Columns that were ignored: shop.")


def test_faults_beyond_those_shown_are_counted(page: Page) -> None:
    page.goto("/orders")
    report = upload(page, *(row(f"W{n}", "two") for n in range(1_300)))
    expect(report).to_contain_text("1,300 rejected")
    expect(page.get_by_text("and 1,100 more")).to_be_visible()
