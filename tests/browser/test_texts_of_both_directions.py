"""Names and numbers that run from right to left keep to themselves on pages and in the panel."""

from playwright.sync_api import Locator, Page, expect

from models.order_import.csv_file.columns import COLUMNS
from tests.browser.steps import start_by_api, wait_until_processed
from tests.records import Account
from tests.storage.orders_files import orders_file, row

NAME = "شركة النور للتجارة (دبي)"
NUMBER = "הז-17 (ב)"
UNIT = "צ(7)"
FILE = "طلبات (نوفمبر).csv"
BUYER = {"name": NAME, "street": "شارع 5", "city": "دبي", "country": "DE"}
LINE = {
    "description": "لوحة (شنايدر)",
    "quantity": "1",
    "unit": UNIT,
    "unit_price": "10.00",
    "tax_percent": "19",
}
# The texts that hold the value but stand in no element which keeps it to itself.
LOOSE = """(root, value) => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  const loose = []
  while (walker.nextNode()) {
    const { data, parentElement: parent } = walker.currentNode
    if (!data.includes(value) || !parent.checkVisibility()) continue
    const own = parent.closest("bdi, [dir=auto]")
    if (own?.textContent !== value) loose.push(`${parent.tagName}: ${data}`)
  }
  for (const { attributes } of root.querySelectorAll("[aria-label], [title]")) {
    for (const { name, value: text } of attributes) {
      if (!["aria-label", "title"].includes(name) || !text.includes(value)) continue
      if (!text.includes(`\\u2068${value}\\u2069`)) loose.push(`${name}: ${text}`)
    }
  }
  return loose
}"""


def assert_apart(place: Locator, *values: str) -> None:
    """Each value is shown, and stands in an element of its own or between isolates."""
    for value in values:
        expect(place).to_contain_text(value)
        assert place.evaluate(LOOSE, value) == []


def stored_order(page: Page) -> int:
    order = {
        "order_number": NUMBER,
        "order_date": "2026-03-01",
        "customer_number": "ل-1",
        "currency": "EUR",
        "buyer": BUYER,
        "lines": [LINE],
    }
    answer = page.request.post("/api/orders", data={"orders": [order]})
    assert answer.ok, answer.text()
    (found,) = page.request.get("/api/orders").json()["items"]
    return int(found["id"])


def test_lists_an_order_and_the_panel_keep_each_value_to_itself(page: Page, clerk: Account) -> None:
    order_id = stored_order(page)
    page.goto("/orders?status=needs_attention")
    main = page.locator("main")
    assert_apart(main, NUMBER, NAME, UNIT)
    page.get_by_role("link", name=NUMBER).click()
    expect(page).to_have_title(f"Order \u2068{NUMBER}\u2069 · Billmill")
    assert_apart(main, NUMBER, NAME, UNIT, LINE["description"], "ل-1")

    page.wait_for_load_state()
    page.get_by_role("button", name="Mend", exact=True).click()
    panel = page.locator("dialog.side-sheet")
    expect(panel.get_by_label("Name")).to_have_value(NAME)
    expect(panel.get_by_label("Name")).to_have_attribute("dir", "auto")
    assert_apart(panel.locator(".sheet-subtitle"), NAME)
    assert_apart(panel.locator("[data-path='lines[1].unit']"), UNIT)
    panel.get_by_label("Street").fill("")
    problem = panel.locator("[data-path='buyer.street'] .mend-finding")
    assert_apart(problem, NAME)

    page.goto(start_by_api(page, [order_id]))
    wait_until_processed(clerk, 1)
    page.reload()
    expect(page.locator("failure-groups .failure-object")).to_be_visible()
    assert_apart(main, NUMBER, UNIT)


def test_imports_and_their_findings_keep_each_value_to_itself(page: Page, clerk: Account) -> None:
    data = orders_file(
        [row(order_number=NUMBER, customer_name=NAME, quantity=UNIT)], columns=COLUMNS
    )
    page.goto("/imports")
    page.set_input_files("input[type=file]", {"name": FILE, "mimeType": "text/csv", "buffer": data})
    main = page.locator("main")
    expect(page.get_by_role("link", name="Open the import")).to_be_visible()
    assert_apart(main, FILE, UNIT)
    page.get_by_role("link", name="Open the import").click()
    expect(page).to_have_title(f"Import of \u2068{FILE}\u2069 · Billmill")
    assert_apart(main, FILE, UNIT)
