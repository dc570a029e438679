"""A user of two organisations in the browser."""

from playwright.sync_api import Page, expect
from sqlalchemy import insert

from models.database import owner_transaction
from models.tables.membership import Membership
from tests.browser.conftest import Complaints, OpenPage
from tests.browser.steps import select_all_matching
from tests.records import Account, new_account, new_orders


def second_organization(clerk: Account) -> Account:
    other = new_account(f"{clerk.slug}-too")
    with owner_transaction() as session:
        session.execute(
            insert(Membership).values(organization_id=other.organization_id, user_id=clerk.user_id)
        )
    return other


def switch(page: Page, account: Account) -> None:
    page.get_by_title("Switch to another organisation").click()
    page.get_by_role("button", name=f"{account.slug.title()} GmbH").click()


def test_a_user_switches_at_the_top_and_an_older_page_creates_nothing(
    open_page: OpenPage, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("403",)
    other = second_organization(clerk)
    new_orders(clerk, 1, prefix="A")
    new_orders(other, 1, prefix="B")
    older = open_page(clerk)
    older.goto("/orders")
    expect(older.get_by_role("link", name="A00000")).to_be_visible()

    page = older.context.new_page()
    page.goto("/orders")
    switch(page, other)
    expect(page.get_by_role("link", name="B00000")).to_be_visible()
    expect(page.get_by_role("link", name="A00000")).to_have_count(0)

    refused = older.evaluate(
        """async () => {
          const { postJson } = await import("/static/js/api.js");
          const everything = { filter: { status: "confirmed" } };
          const codeOf = (error) => error.problem.code;
          return postJson("/api/batch-jobs", everything).then(() => "", codeOf);
        }"""
    )
    assert refused == "other_organization"
    page.goto("/jobs")
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()


def test_a_selection_stays_with_its_organisation(
    open_page: OpenPage, clerk: Account, complaints: Complaints
) -> None:
    complaints.expected = ("403",)  # for what the page that is being left still asks
    other = second_organization(clerk)
    new_orders(clerk, 2, prefix="A")
    new_orders(other, 2, prefix="B")
    page = open_page(clerk)
    page.goto("/orders")
    select_all_matching(page)
    expect(page.get_by_text("All can be invoiced")).to_be_visible()
    switch(page, other)
    expect(page.get_by_role("link", name="B00000")).to_be_visible()
    expect(page.get_by_role("button", name="Create 2 invoices")).to_be_hidden()
    expect(page.get_by_label("Select order B00000")).not_to_be_checked()
    switch(page, clerk)
    expect(page.get_by_text("2 orders selected")).to_be_visible()
