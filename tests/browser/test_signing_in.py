"""The login page."""

from playwright.sync_api import expect

from tests.browser.conftest import Complaints, OpenPage
from tests.http.conftest import PASSWORD
from tests.records import Account


def test_signing_in_leads_to_the_requested_page(open_page: OpenPage, clerk: Account) -> None:
    page = open_page()
    page.goto("/invoices?q=INV")
    expect(page).to_have_title("Sign in · Billmill")
    page.get_by_label("E-mail").fill(clerk.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page).to_have_url("/invoices?q=INV")


def test_a_wrong_password_is_named_and_the_address_stays(
    open_page: OpenPage, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("401",)
    page = open_page()
    page.goto("/login")
    page.get_by_label("E-mail").fill(clerk.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("password is wrong")
    expect(page.get_by_label("E-mail")).to_have_value(clerk.email)
    expect(page.get_by_label("Password")).to_be_focused()


def test_signing_out_ends_the_session(open_page: OpenPage, clerk: Account) -> None:
    page = open_page(clerk)
    page.goto("/orders")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/orders")
    expect(page).to_have_title("Sign in · Billmill")


def test_the_way_back_never_leads_to_another_host(open_page: OpenPage, clerk: Account) -> None:
    page = open_page()
    page.goto("/login?next=//elsewhere.example/")
    page.get_by_label("E-mail").fill(clerk.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/orders")
