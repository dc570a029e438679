"""The card of a job that waits says why, and the job continues automatically."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect
from sqlalchemy import text

from models.database import owner_transaction
from tests.browser.processes import Site
from tests.browser.steps import card, create_invoices, select_all_matching
from tests.records import Account, new_orders
from web.embedded.postgres.server import APPLICATION

SENTENCE = (
    "Waiting: the application's role lacks a right in the database. "
    "The job continues automatically."
)


@contextmanager
def right_revoked() -> Iterator[None]:
    def change(statement: str) -> None:
        with owner_transaction() as session:
            session.execute(text(statement))

    change(f"REVOKE INSERT ON invoices FROM {APPLICATION}")
    try:
        yield
    finally:
        change(f"GRANT INSERT ON invoices TO {APPLICATION}")


def test_the_card_shows_what_a_job_waits_for_until_it_goes_on(
    page: Page, clerk: Account, worker: Site
) -> None:
    assert worker
    new_orders(clerk, 3, lines=1)
    page.goto("/orders")
    select_all_matching(page)

    with right_revoked():
        create_invoices(page, 3)
        told = card(page).get_by_text(SENTENCE)
        expect(told).to_be_visible()  # through the socket
        page.reload()
        expect(told).to_be_visible()  # from the server

    expect(card(page)).to_contain_text("3 invoices created")
    expect(told).to_have_count(0)
