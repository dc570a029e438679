"""An order whose rows are too far apart is not invoiced with half of its lines."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy import func, select, update

from models.database import org_transaction, owner_transaction
from models.errors import OrderNotInvoiceable
from models.invoices.single_invoice import invoice_order
from models.order_import.importer import ImportReport, import_orders
from models.tables.order import Order, OrderLine
from models.tables.organization import Organization
from tests.records import Account
from tests.storage.orders_files import counts, faults_of, import_bytes, orders_file, row

FIRST = row(line_number="1")
SECOND = row(line_number="2")
THIRD = row(line_number="3")
BETWEEN = [row(order_number=f"B-{n}", customer_number="K-2") for n in range(1_500)]
LATE = [row(order_number=f"C-{n}", customer_number="K-2") for n in range(1_500)]
Rows = Sequence[dict[str, str]]


def import_rows(seller: Account, rows: Rows) -> ImportReport:
    return import_bytes(seller.organization_id, orders_file(rows))


def is_stored(seller: Account) -> bool:
    with org_transaction(seller.organization_id) as session:
        return session.scalar(select(Order.id).where(Order.order_number == "A-1")) is not None


def order_id(seller: Account) -> int:
    with org_transaction(seller.organization_id) as session:
        return session.scalars(select(Order.id).where(Order.order_number == "A-1")).one()


def state(seller: Account) -> tuple[str, int]:
    """Status and number of lines of the order A-1."""
    with org_transaction(seller.organization_id) as session:
        return session.execute(
            select(Order.status, func.count(OrderLine.line_number))
            .outerjoin(OrderLine, OrderLine.order_id == Order.id)
            .where(Order.order_number == "A-1")
            .group_by(Order.id)
        ).one()


def test_an_order_whose_rows_are_far_apart_gets_no_invoice(seller: Account) -> None:
    report = import_rows(seller, [FIRST, *BETWEEN, SECOND])
    assert faults_of(report) == [(1_503, "order_number", "order_rows_apart")]
    message = report.errors[0].message
    assert "“A-1” begins on line 2" in message
    assert "Sort the file by order number" in message
    assert counts(report) == (1_500, 0, 0, 1)
    assert state(seller)[0] == "draft"
    with pytest.raises(OrderNotInvoiceable):
        invoice_order(seller.organization_id, seller.user_id, order_id(seller))


def test_the_sorted_file_stores_the_whole_order(seller: Account) -> None:
    import_rows(seller, [FIRST, *BETWEEN, SECOND])
    report = import_rows(seller, [FIRST, SECOND, *BETWEEN])
    assert counts(report) == (0, 1, 1_500, 0)
    assert state(seller) == ("confirmed", 2)


def test_an_order_is_rejected_once_however_often_the_file_returns_to_it(seller: Account) -> None:
    report = import_rows(seller, [FIRST, *BETWEEN, SECOND, *LATE, THIRD])
    assert faults_of(report) == [
        (1_503, "order_number", "order_rows_apart"),
        (3_004, "order_number", "order_rows_apart"),
    ]
    assert counts(report) == (3_000, 0, 0, 1)
    assert state(seller)[0] == "draft"


def test_an_order_that_was_changed_by_its_first_rows_becomes_a_draft(seller: Account) -> None:
    import_rows(seller, [FIRST, SECOND])
    report = import_rows(seller, [FIRST, *BETWEEN, SECOND])
    assert counts(report) == (1_500, 0, 0, 1)
    assert state(seller)[0] == "draft"


def test_an_order_that_its_first_rows_did_not_change_stays_as_it_is(seller: Account) -> None:
    import_rows(seller, [FIRST])
    report = import_rows(seller, [FIRST, *BETWEEN, SECOND])
    assert counts(report) == (1_500, 0, 0, 1)
    assert "as it was before" in report.errors[0].message
    assert state(seller) == ("confirmed", 1)


def test_an_order_that_was_rejected_already_is_counted_once(seller: Account) -> None:
    report = import_rows(seller, [row(quantity="?"), *BETWEEN, SECOND])
    assert [code for _, _, code in faults_of(report)] == ["not_a_number", "order_rows_apart"]
    assert counts(report) == (1_500, 0, 0, 1)


def test_a_cancelled_order_stays_cancelled(seller: Account) -> None:
    columns = [*row(), "status"]
    rows = [row(status="cancelled"), *BETWEEN, row(status="cancelled", line_number="2")]
    report = import_bytes(seller.organization_id, orders_file(rows, columns=columns))
    assert "stays cancelled" in report.errors[0].message
    assert state(seller)[0] == "cancelled"


class Interrupted:
    """A file that calls `meanwhile` between its two halves."""

    def __init__(self, first: bytes, meanwhile: Callable[[], object], second: bytes) -> None:
        self._begin = lambda: self._read(first, meanwhile, second)
        self._parts = self._begin()

    def seek(self, offset: int, /) -> int:
        """Begins the file again."""
        self._parts = self._begin()
        return offset

    def _read(
        self, first: bytes, meanwhile: Callable[[], object], second: bytes
    ) -> Iterator[bytes]:
        yield first
        meanwhile()
        yield second

    def read(self, _size: int, /) -> bytes:
        """The next half."""
        return next(self._parts, b"")


def test_an_order_that_was_invoiced_meanwhile_is_reported_as_such(seller: Account) -> None:
    def invoice() -> None:
        # The file is looked through before its orders are stored.
        if is_stored(seller):
            invoice_order(seller.organization_id, seller.user_id, order_id(seller))

    second = orders_file([SECOND]).split(b"\n", 1)[1]
    file = Interrupted(orders_file([FIRST, *BETWEEN]), invoice, second)
    report = import_orders(seller.organization_id, file)
    assert "credit note" in report.errors[0].message
    assert state(seller) == ("invoiced", 1)


def test_an_empty_currency_is_the_organisations(seller: Account) -> None:
    with owner_transaction() as session:
        session.execute(update(Organization).values(currency="SEK"))
    assert counts(import_rows(seller, [row(currency="")])) == (1, 0, 0, 0)
    with org_transaction(seller.organization_id) as session:
        assert session.scalars(select(Order.currency)).one() == "SEK"
