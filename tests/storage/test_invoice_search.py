"""Filters find the right invoices, and paging finds each once, the last issued first."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from models.database import org_transaction
from models.errors import InvalidRequest, NotFound
from models.invoices.search import InvoiceFilter, count_invoices, get_invoice, search_invoices
from models.invoices.single_invoice import invoice_order
from models.orders.search import OrderFilter, search_orders
from models.tables.invoice import Invoice
from tests.records import Account, new_account
from tests.servers import Database
from tests.storage.orders_files import import_bytes, orders_file, row

COUNT = 24
NAMES = ("Berglund & Söhne", "100% Wool Ltd", "Zed AG")


@pytest.fixture(scope="module")
def seller(shared_database: Database) -> Account:
    """Two dozen invoices to three customers; and another organisation's one."""
    account, other = new_account("alpha"), new_account("beta")
    rows = [
        row(
            order_number=f"SO-{n:02}",
            customer_number=f"K-{n % 3}",
            customer_name=NAMES[n % 3],
            line_number=str(line),
            tax_percent="7" if line == 2 else "19",
        )
        for n in range(COUNT)
        for line in (1, 2, 3)
    ]
    import_bytes(account.organization_id, orders_file(rows))
    import_bytes(other.organization_id, orders_file(rows[:3]))
    for organization in (account, other):
        with org_transaction(organization.organization_id) as session:
            found = search_orders(session, OrderFilter(), limit=100).items
        for each in reversed(found):
            invoice_order(organization.organization_id, organization.user_id, each.order.id)
    return account


def found_by(seller: Account, wanted: InvoiceFilter, limit: int = 100) -> list[Invoice]:
    """The items of all pages."""
    found: list[Invoice] = []
    cursor = None
    with org_transaction(seller.organization_id) as session:
        while True:
            page = search_invoices(session, wanted, after=cursor, limit=limit)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                assert count_invoices(session, wanted) == len(found)
                return found


@settings(max_examples=20, deadline=None)
@given(limit=st.integers(1, COUNT + 1))
@example(limit=COUNT)
def test_paging_finds_each_invoice_once_last_issued_first(seller: Account, limit: int) -> None:
    found = found_by(seller, InvoiceFilter(), limit)
    assert [invoice.sequence for invoice in found] == list(range(COUNT, 0, -1))


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"q": "INV-"}, COUNT),
        ({"q": "inv-"}, COUNT),
        ({"q": "SO-0"}, 10),
        ({"q": "so-01"}, 1),
        ({"q": "wool"}, COUNT // 3),
        ({"q": "K-2"}, COUNT // 3),
        ({"q": "%"}, COUNT // 3),
        ({"q": "nothing"}, 0),
        ({"customer": "K-0"}, COUNT // 3),
        ({"customer": "zed"}, COUNT // 3),
        ({"customer": "zed", "q": "SO-02"}, 1),
        ({"batch_job_id": UUID(int=1)}, 0),
        ({"q": " "}, COUNT),
    ],
)
def test_a_filter_finds_the_matching_invoices(
    seller: Account, wanted: dict[str, str], count: int
) -> None:
    assert len(found_by(seller, InvoiceFilter(**wanted))) == count  # type: ignore[arg-type]


def test_dates_are_issue_dates_both_included(seller: Account) -> None:
    issued: date = found_by(seller, InvoiceFilter())[0].issue_date
    day = timedelta(days=1)
    assert len(found_by(seller, InvoiceFilter(date_from=issued, date_to=issued))) == COUNT
    assert found_by(seller, InvoiceFilter(date_from=issued + day)) == []
    assert found_by(seller, InvoiceFilter(date_to=issued - day)) == []


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        InvoiceFilter(date_from=date(2026, 3, 2), date_to=date(2026, 3, 1))
    assert refused.value.code == "invalid_filter"


def test_details_are_read_in_three_statements_however_many_invoices(seller: Account) -> None:
    with org_transaction(seller.organization_id) as session:
        page = search_invoices(session, InvoiceFilter(), limit=5, details=True)
        # Anything not loaded yet would now be read from a table that does not exist.
        session.execute(text("SET LOCAL search_path = pg_temp"))
        for invoice in page.items:
            assert [line.line_number for line in invoice.lines] == [1, 2, 3]
            assert [str(tax.percent) for tax in invoice.taxes] == ["7", "19"]
            assert sum(line.net for line in invoice.lines) == invoice.net
            assert sum(tax.tax for tax in invoice.taxes) == invoice.tax


def test_an_invoice_is_read_with_its_lines_and_taxes(seller: Account) -> None:
    newest = found_by(seller, InvoiceFilter(), limit=1)[0]
    with org_transaction(seller.organization_id) as session:
        invoice = get_invoice(session, newest.id)
    assert (len(invoice.lines), len(invoice.taxes)) == (3, 2)


@pytest.mark.parametrize("invoice_id", [0, -1, 10**9, 2**63])
def test_an_invoice_that_is_not_there_is_not_found(seller: Account, invoice_id: int) -> None:
    with org_transaction(seller.organization_id) as session, pytest.raises(NotFound):
        get_invoice(session, invoice_id)


def test_another_organizations_invoice_is_not_found(seller: Account) -> None:
    with org_transaction(seller.organization_id + 1) as session:
        theirs = search_invoices(session, InvoiceFilter()).items[0].id
    with org_transaction(seller.organization_id) as session, pytest.raises(NotFound):
        get_invoice(session, theirs)
