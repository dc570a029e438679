"""The longest texts that are stored fit on pages, in the panel and on paper."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.steps import start_by_api, wait_until_processed
from tests.records import Account

LONG = {
    "order_number": "M" * 100,
    "order_date": "2026-03-01",
    "customer_number": "K" * 60,
    "currency": "EUR",
    "buyer": {"name": "W" * 300, "street": "S" * 300, "city": "Bonn", "country": "DE"},
}
LINE = {"quantity": "1", "unit_price": "10.00", "tax_percent": "19"}
LINES = [
    LINE | {"description": "d" * 2000, "sku": "S" * 200},
    LINE | {"description": "Wort " * 399 + "Ende"},
    *(LINE | {"description": f"Position {n}\nmit Umbruch"} for n in range(3, 60)),
]
FILE = f"{'x' * 180}.csv"
# By how much the page is wider than the window, and the elements that reach beyond it or hide text.
BEYOND = """() => {
  const width = document.documentElement.clientWidth
  const beyond = [...document.querySelectorAll("main *, dialog[open] *")].filter((each) => {
    if (!each.checkVisibility() || each.closest("svg, .tabs, .visually-hidden, thead")) return false
    const { left, right } = each.getBoundingClientRect()
    const isCut = each.scrollWidth > each.clientWidth
      && getComputedStyle(each).textOverflow === "ellipsis" && !each.matches("select, label")
    return (right > left && right > width + 1) || isCut
  })
  return [
    document.documentElement.scrollWidth - width,
    beyond.slice(0, 5).map((each) => `${each.tagName}.${each.className}`),
  ]
}"""


def assert_fits(page: Page) -> None:
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate(BEYOND) == [0, []], (page.url, size)


def stored_orders(page: Page) -> dict[str, int]:
    """The ids of an order that can be invoiced, and of one that cannot."""
    flawed = LONG | {"order_number": "N" * 100, "lines": [LINES[0] | {"unit": "U" * 15}]}
    orders: list[dict[str, Any]] = [LONG | {"lines": LINES}, flawed]
    answer = page.request.post("/api/orders", data={"orders": orders})
    assert answer.ok, answer.text()
    items = page.request.get("/api/orders").json()["items"]
    return {item["order_number"][0]: item["id"] for item in items}


def test_no_page_of_an_order_is_wider_than_the_window(page: Page, clerk: Account) -> None:
    ids = stored_orders(page)
    for address in ("/orders?status=", "/orders?status=needs_attention", f"/orders/{ids['M']}"):
        page.goto(address)
        assert_fits(page)
    page.goto(f"/orders/{ids['N']}")
    assert_fits(page)
    page.get_by_role("button", name="Mend", exact=True).click()
    expect(page.get_by_text("1 thing to mend")).to_be_visible()
    assert_fits(page)

    job = start_by_api(page, list(ids.values()))
    wait_until_processed(clerk, 2)
    page.goto(job)
    expect(page.locator("failure-groups .failure-object")).to_be_visible()
    assert_fits(page)
    page.goto("/invoices")
    assert_fits(page)
    page.locator("tbody th a").click()
    expect(page.get_by_role("heading", name="Invoice", exact=True)).to_be_visible()
    assert_fits(page)
    page.emulate_media(media="print")
    assert_fits(page)
    assert page.locator(".sheet-lines tbody tr").count() == len(LINES)


def test_no_page_of_an_import_is_wider_than_the_window(page: Page, clerk: Account) -> None:
    page.goto("/imports")
    buffer = f"order_number,{'c' * 200}\n1,2\n".encode()
    page.set_input_files(
        "input[type=file]", {"name": FILE, "mimeType": "text/csv", "buffer": buffer}
    )
    expect(page.get_by_role("link", name="Say how it is read")).to_be_visible()
    assert_fits(page)
    page.goto("/imports")
    assert_fits(page)
    page.locator("tbody th a").click()
    expect(page.get_by_text("SHA-256")).to_be_visible()
    assert_fits(page)
