"""A buyer belongs to the order; the customer's record is an address book."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, insert, select, text, update

from models.database import org_transaction, owner_engine
from models.invoices.search import InvoiceFilter, search_invoices
from models.invoices.single_invoice import invoice_order
from models.migrations import buyers
from models.orders.search import OrderFilter, count_orders, search_orders
from models.tables.customer import Customer
from models.tables.customer_name import CustomerName
from models.tables.invoice import Invoice
from models.tables.order import Order
from tests.records import Account, new_orders
from tests.storage.orders_files import (
    counts,
    faults_of,
    import_bytes,
    orders_file,
    row,
    stored_orders,
)

# Three guests of a shop that gives every guest the customer number 0.
GUESTS = [
    row(
        order_number=f"G-{place}", customer_number="0", customer_name=name, street=street,
        city=city, postal_code=postal_code, country=country, vat_id="",
    )
    for place, (name, street, city, postal_code, country) in enumerate(
        [
            ("Gast Berg", "Weg 1", "Ulm", "89073", "DE"),
            ("Guest Hill", "High St 2", "Leeds", "LS1 1AA", "GB"),
            ("Invité Mont", "Rue 3", "Lyon", "69001", "FR"),
        ],
        start=1,
    )
]  # fmt: skip


def import_rows(seller: Account, *rows: dict[str, str]) -> None:
    assert not import_bytes(seller.organization_id, orders_file(rows)).errors


def record(seller: Account, number: str = "K-1") -> Customer:
    with org_transaction(seller.organization_id) as session:
        return session.scalars(select(Customer).where(Customer.customer_number == number)).one()


def test_guests_who_share_a_customer_number_get_their_own_addresses(seller: Account) -> None:
    import_rows(seller, *GUESTS)
    for found in stored_orders(seller).values():
        invoice_order(seller.organization_id, seller.user_id, found.order.id)
    with org_transaction(seller.organization_id) as session:
        invoices = session.scalars(select(Invoice).order_by(Invoice.order_number)).all()
    addresses = [tuple(invoice.buyer[name] for name in ("name", "street")) for invoice in invoices]
    assert addresses == [(guest["customer_name"], guest["street"]) for guest in GUESTS]
    assert {invoice.customer_number for invoice in invoices} == {"0"}


def test_two_orders_of_one_customer_keep_their_two_addresses(seller: Account) -> None:
    old, new = row(), row(order_number="A-2", street="New 1", vat_id="", order_date="2026-04-01")
    import_rows(seller, old)
    import_rows(seller, new)
    orders = stored_orders(seller)
    for number, given in (("A-1", old), ("A-2", new)):
        buyer = orders[number].order.buyer
        assert (buyer.street, buyer.vat_id or "") == (given["street"], given["vat_id"])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("customer_name", "Another AG"),
        ("customer_email", ""),
        ("street", "Hafenweg 3"),
        ("city", ""),
        ("postal_code", "20458"),
        ("country", "AT"),
        ("vat_id", "ATU12345675"),
        ("customer_number", "K-2"),
    ],
)
def test_rows_that_differ_in_the_buyer_reject_their_order(
    seller: Account, column: str, value: str
) -> None:
    rows = [row(), row(line_number="2", **{column: value}), row(order_number="A-2")]
    report = import_bytes(seller.organization_id, orders_file(rows))
    assert faults_of(report) == [(3, column, "inconsistent_order")]
    assert list(stored_orders(seller)) == ["A-2"]


@pytest.mark.parametrize(
    ("first", "second", "street"),
    [
        ("2026-03-01", "2026-04-01", "Second 2"),
        ("2026-04-01", "2026-03-01", "First 1"),
        ("2026-03-01", "2026-03-01", "Second 2"),
    ],
    ids=["newer", "older", "same day"],
)
def test_the_record_takes_the_buyer_of_the_newest_order(
    seller: Account, first: str, second: str, street: str
) -> None:
    orders = (
        row(street="First 1", order_date=first),
        row(order_number="A-2", street="Second 2", order_date=second),
    )
    import_rows(seller, *orders)
    assert record(seller).street == street
    # The same in two files.
    apart = [given | {"customer_number": "K-2"} for given in orders]
    for given in apart:
        given["order_number"] += "-apart"
        import_rows(seller, given)
    assert record(seller, "K-2").street == street


def test_a_newer_order_with_the_same_buyer_keeps_the_record_from_older_ones(
    seller: Account,
) -> None:
    import_rows(seller, row(order_date="2026-01-01"))
    import_rows(seller, row(order_number="A-2", order_date="2026-03-01"))
    import_rows(seller, row(order_number="A-3", order_date="2026-02-01", street="Old 1"))
    assert record(seller).street == "Hafenweg 2"


def test_an_order_dated_in_the_future_counts_as_of_today(seller: Account) -> None:
    today = datetime.now(UTC).date()
    import_rows(seller, row(order_date="2199-01-01", street="Typo 1"))
    tomorrow = (today + timedelta(days=1)).isoformat()
    import_rows(seller, row(order_number="A-2", order_date=tomorrow, street="Right 2"))
    assert record(seller).street == "Right 2"


def test_an_order_that_differs_from_its_invoice_in_the_buyer_is_refused(seller: Account) -> None:
    import_rows(seller, row())
    invoice_order(seller.organization_id, seller.user_id, stored_orders(seller)["A-1"].order.id)
    report = import_bytes(seller.organization_id, orders_file([row(street="New 1")]))
    assert counts(report) == (0, 0, 0, 1)
    assert faults_of(report) == [(2, "order_number", "order_already_invoiced")]
    assert record(seller).street == "Hafenweg 2"


def test_each_change_of_an_order_raises_its_revision(seller: Account) -> None:
    revisions = []
    for street in ("One 1", "One 1", "Two 2"):
        import_rows(seller, row(street=street))
        with org_transaction(seller.organization_id) as session:
            revisions.append(session.scalars(select(Order.revision)).one())
    invoice_order(seller.organization_id, seller.user_id, stored_orders(seller)["A-1"].order.id)
    with org_transaction(seller.organization_id) as session:
        revisions.append(session.scalars(select(Order.revision)).one())
    assert revisions == [0, 0, 1, 2]


def found_by(seller: Account, name: str) -> tuple[list[str], int]:
    """The numbers of the orders that a search for a customer finds, and their count."""
    with org_transaction(seller.organization_id) as session:
        page = search_orders(session, OrderFilter(customer=name))
        count = count_orders(session, OrderFilter(customer=name))
        assert {found.order.id for found in page.items} == {
            found.order.id for found in search_orders(session, OrderFilter(q=name)).items
        }
    return sorted(found.order.order_number for found in page.items), count


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("gast berg", ["G-1"]),
        ("MONT", ["G-3"]),
        ("gAST", ["G-1"]),
        ("st", ["G-1", "G-2"]),
        ("Berg", ["A-1", "G-1"]),
        ("0", ["G-1", "G-2", "G-3"]),
        ("k-1", ["A-1"]),
        ("Nobody", []),
    ],
)
def test_a_name_finds_the_orders_of_the_buyers_who_have_it(
    seller: Account, name: str, numbers: list[str]
) -> None:
    import_rows(seller, *GUESTS, row())
    assert found_by(seller, name) == (numbers, len(numbers))


def test_too_many_customers_to_list_are_found_by_name_as_well(
    seller: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.lists.search_text._MAX_KNOWN", 1)
    import_rows(seller, *GUESTS, row())
    assert found_by(seller, "Berg") == (["A-1", "G-1"], 2)


def test_a_renamed_buyer_is_found_under_the_name_on_each_order_and_invoice(
    seller: Account,
) -> None:
    import_rows(seller, row(customer_name="Muster GmbH"))
    invoice_order(seller.organization_id, seller.user_id, stored_orders(seller)["A-1"].order.id)
    import_rows(seller, row(order_number="A-2", customer_name="Muster AG"))
    import_rows(seller, row(order_number="A-2", customer_name="Vorbild AG"))
    assert [found_by(seller, name)[0] for name in ("Muster GmbH", "Muster AG", "Vorbild")] == [
        ["A-1"],
        [],
        ["A-2"],
    ]
    with org_transaction(seller.organization_id) as session:
        for name, found in (("muster", 1), ("Vorbild", 0)):
            page = search_invoices(session, InvoiceFilter(customer=name))
            assert len(page.items) == found


def test_an_order_that_is_inserted_without_a_buyer_takes_its_customers(seller: Account) -> None:
    import_rows(seller, row())
    with org_transaction(seller.organization_id) as session:
        session.execute(
            insert(Order).from_select(
                ["organization_id", "order_number", "order_date", "customer_id", "currency"],
                select(
                    Order.organization_id, text("'B-1'"), Order.order_date, Order.customer_id,
                    Order.currency,
                ),
            )
        )  # fmt: skip
    orders = stored_orders(seller)
    assert orders["B-1"].order.buyer == orders["A-1"].order.buyer


@contextmanager
def before_buyers() -> Iterator[Connection]:
    """The database as it was before orders had a buyer, in a transaction that is undone."""
    with owner_engine().connect() as connection:
        connection.execute(text("DROP TABLE customer_names"))
        for function in (
            "note_names_of_added_orders", "note_name_of_changed_order", "take_buyer_of_customer",
        ):  # fmt: skip
            connection.execute(text(f"DROP FUNCTION {function} CASCADE"))
        added = [
            column.name for column in Order.__table__.columns
            if column.name.startswith("buyer_") or column.name in ("expected_gross", "revision")
        ]  # fmt: skip
        for column in added:
            connection.execute(text(f"ALTER TABLE orders DROP COLUMN {column}"))
        connection.execute(text("ALTER TABLE customers DROP COLUMN as_of"))
        yield connection
        connection.rollback()


def test_the_migration_gives_each_order_the_buyer_that_it_had(seller: Account) -> None:
    """An invoiced order that of its invoice, another one its customer."""
    invoiced, open_ = new_orders(seller, 2)
    invoice_order(seller.organization_id, seller.user_id, invoiced)
    with org_transaction(seller.organization_id) as session:
        session.execute(update(Customer).values(name="Renamed AG", street="New 1", vat_id="X"))
    with before_buyers() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            buyers.add_columns()
            buyers.fill_existing_orders()
            buyers.create_names()
        orders = connection.execute(select(Order.__table__).order_by(Order.id)).all()
        names = connection.execute(select(CustomerName.name)).scalars().all()
        as_of = connection.execute(select(Customer.as_of)).scalar_one()
    assert [(row.id, row.buyer_name, row.buyer_street, row.buyer_vat_id) for row in orders] == [
        (invoiced, "Berglund & Söhne", "Hafenweg 2", None),
        (open_, "Renamed AG", "New 1", "X"),
    ]
    assert set(names) == {"Berglund & Söhne", "Renamed AG"}
    assert str(as_of) == "2026-03-01"
