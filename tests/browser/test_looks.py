"""In both themes, on phones and with wide fonts, no page overflows or reports errors."""

from typing import Literal, NamedTuple

from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, log_in
from tests.browser.processes import Site
from tests.browser.steps import card, create_invoices, select_all_matching
from tests.records import Account, new_orders

SMALL_PHONE: ViewportSize = {"width": 320, "height": 640}


# A page's own font may be missing or late, and its substitute may be far wider.
DEFINE_LOOK = """
    const wide = new CSSStyleSheet({ disabled: true })
    wide.replaceSync("* { font-family: 'DejaVu Sans', Verdana, sans-serif !important;" +
        " letter-spacing: 0.05em !important }")
    document.adoptedStyleSheets = [wide]
    window.beyondWindow = async (wideFont) => {
      wide.disabled = !wideFont
      await document.fonts.ready
      return document.documentElement.scrollWidth - innerWidth
    }
"""


class Look(NamedTuple):
    """How a page is shown."""

    theme: Literal["light", "dark"]
    viewport: ViewportSize
    wide_font: bool


LOOKS = (
    Look("light", PHONE, wide_font=False),
    Look("light", PHONE, wide_font=True),
    Look("light", DESKTOP, wide_font=True),
    Look("dark", DESKTOP, wide_font=False),
    Look("dark", SMALL_PHONE, wide_font=True),  # last: the test continues in this look
)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
UNWIELDY = f"""\
order_number,order_date,customer_number,customer_name,customer_email,street,city,postal_code,\
country,vat_id,currency,line_number,sku,description,quantity,unit,unit_price,discount_percent,\
tax_category,tax_percent
A-{"9" * 40},2026-03-01,C-{"8" * 40},{LONG},,{LONG},{LONG},1010,\
AT,,KWD,1,{"S" * 50},{LONG},9999999,C62,1000.001,0.5,S,19.25
"""


def test_no_page_scrolls_sideways_in_any_look(open_page: OpenPage, clerk: Account) -> None:
    order_id, *_ = new_orders(clerk, 3, flawed=[1])
    page = open_page()
    page.add_init_script(DEFINE_LOOK)
    page.goto("/login")
    assert_fits_in_every_look(page)
    log_in(page, clerk)
    import_unwieldy_order(page)
    page.goto("/orders")
    select_all_matching(page)
    assert_fits_in_every_look(page)
    create_invoices(page, 4)
    expect(card(page)).to_contain_text("3 invoices created")
    assert_fits_in_every_look(page)
    for address in ("/orders?status=", f"/orders/{order_id}", "/jobs", "/invoices", "/sessions"):
        page.goto(address)
        assert_fits_in_every_look(page)
    for number in ("INV-2026-000002", "INV-2026-000003"):
        page.goto("/invoices")
        page.get_by_role("link", name=number).click()
        expect(page.get_by_role("article")).to_be_visible()
        assert_fits_in_every_look(page)
        page.get_by_role("link", name="Order ", exact=False).last.click()
        expect(page.get_by_role("heading", name="Lines")).to_be_visible()
        assert_fits_in_every_look(page)
    page.goto("/jobs")
    page.get_by_role("row", name="Completed").get_by_role("link").click()
    expect(page.get_by_role("link", name="Failed 1")).to_be_visible()
    expect(page.get_by_text("Every order is accounted for")).to_be_visible()
    assert_fits_in_every_look(page)


def import_unwieldy_order(page: Page) -> None:
    """An order whose texts cannot be broken and whose amounts are as long as they get."""
    answer = page.request.post(
        "/api/orders/import", data=UNWIELDY.encode(), headers={"Content-Type": "text/csv"}
    )
    assert answer.json()["orders_created"] == 1, answer.text()


def assert_fits_in_every_look(page: Page) -> None:
    """Checks that the page does not scroll horizontally in any look; the last look stays."""
    page.wait_for_load_state()
    shown = None
    for look in LOOKS:
        if not shown or look.viewport != shown.viewport:
            page.set_viewport_size(look.viewport)
        if not shown or look.theme != shown.theme:
            page.emulate_media(color_scheme=look.theme)
            expect(page.locator("html")).to_have_attribute("data-bs-theme", look.theme)
        beyond = page.evaluate("(wideFont) => beyondWindow(wideFont)", look.wide_font)
        assert beyond <= 0, f"{page.url} is {beyond} px too wide in {look}"
        shown = look


def assert_fits(page: Page) -> None:
    """Checks that the page does not scroll horizontally, once style sheets and fonts are loaded."""
    page.wait_for_load_state()
    page.evaluate("document.fonts.ready")
    beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert beyond <= 0, f"{page.url} is {beyond} px too wide"


def test_the_chosen_theme_is_remembered(page: Page) -> None:
    root = page.locator("html")
    page.goto("/orders")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.goto("/invoices")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(root).to_have_attribute("data-bs-theme", "light")


def test_the_keyboard_alone_creates_an_invoice(page: Page, clerk: Account) -> None:
    new_orders(clerk, 1)
    page.goto("/orders")
    page.get_by_label("Select order A00000").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Create 1 invoice").focus()
    page.keyboard.press("Enter")
    expect(card(page)).to_contain_text("1 invoice created")


def test_a_print_contains_only_the_invoice(page: Page, clerk: Account, site: Site) -> None:
    order_id = new_orders(clerk, 1)[0]
    page.goto(f"/orders/{order_id}")
    page.get_by_role("button", name="Create invoice").click()
    expect(page.get_by_role("article")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("article")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
