"""What an import stores, changes and leaves unchanged."""

import io
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text, update

from models.database import org_transaction
from models.errors import NotFound
from models.invoices.single_invoice import invoice_order
from models.order_import.importer import import_orders
from models.tables.customer import Customer
from models.tables.order import Order
from tests.records import Account, new_account
from tests.storage.orders_files import (
    counts,
    faults_of,
    import_bytes,
    orders_file,
    row,
    stored_orders,
)


def written_rows(seller: Account) -> list[tuple[str, str]]:
    """All row versions: a row written again has a new version, even with the same values."""
    tables = ("customers", "orders", "order_lines")
    with org_transaction(seller.organization_id) as session:
        return [
            (table, version)
            for table in tables
            for version in session.scalars(text(f"SELECT ctid::text || xmin::text FROM {table}"))
        ]


def test_an_order_is_stored_as_in_the_file(seller: Account) -> None:
    rows = [
        row(line_number="7", quantity="1.250", unit_price="0.000001", discount_percent="12.5"),
        row(line_number="2", unit="", tax_category="", tax_percent="", sku="", description=""),
    ]
    report = import_bytes(seller.organization_id, orders_file(rows))
    assert counts(report) == (1, 0, 0, 0)
    order = stored_orders(seller)["A-1"].order
    assert (order.currency, order.status, str(order.order_date)) == (
        "EUR",
        "confirmed",
        "2026-03-01",
    )
    assert (order.buyer.name, order.buyer.email) == ("Berglund & Söhne", "post@berglund.example")
    assert (order.buyer.street, order.buyer.postal_code) == ("Hafenweg 2", "20457")
    assert (order.buyer.city, order.buyer.country) == ("Hamburg", "DE")
    assert order.buyer.vat_id == "DE123456789"
    first, second = order.lines
    assert (first.line_number, first.unit, first.sku) == (2, "C62", "")
    assert (first.tax_category, first.tax_percent) == ("S", Decimal(19))
    assert (second.line_number, second.quantity) == (7, Decimal("1.25"))
    assert (second.unit_price, second.discount_percent) == (Decimal("0.000001"), Decimal("12.5"))


def test_importing_a_file_twice_changes_nothing_the_second_time(seller: Account) -> None:
    rows = [
        row(order_number=f"A-{n}", line_number=str(line), customer_number=f"K-{n % 7}")
        for n in range(2_500)
        for line in (1, 2)
    ]
    data = orders_file(rows)
    assert counts(import_bytes(seller.organization_id, data)) == (2_500, 0, 0, 0)
    before = written_rows(seller)
    report = import_bytes(seller.organization_id, data)
    assert counts(report) == (0, 0, 2_500, 0)
    assert (report.customers_created, report.customers_updated) == (0, 0)
    assert written_rows(seller) == before


def test_numbers_written_differently_are_no_change(seller: Account) -> None:
    import_bytes(seller.organization_id, orders_file([row()]))
    rows = [row(quantity="2.000", unit_price="+12.5", discount_percent="", tax_percent="")]
    assert counts(import_bytes(seller.organization_id, orders_file(rows))) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"order_date": "2026-04-01"},
        {"currency": "USD"},
        {"customer_name": "Berglund AG"},
        {"customer_email": ""},
        {"street": "Hafenweg 3"},
        {"city": "Bremen"},
        {"postal_code": "20458"},
        {"country": "AT"},
        {"vat_id": ""},
        {"quantity": "3"},
        {"unit_price": "12.51"},
        {"discount_percent": "1"},
        {"tax_percent": "7"},
        {"tax_category": "Z"},
        {"sku": "L-200"},
        {"description": "Lamp, large"},
        {"unit": "BX"},
        {"line_number": "2"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_order_that_is_not_invoiced_is_updated(
    seller: Account, change: dict[str, str]
) -> None:
    import_bytes(seller.organization_id, orders_file([row()]))
    changed = orders_file([row(**change)])
    assert counts(import_bytes(seller.organization_id, changed)) == (0, 1, 0, 0)
    assert counts(import_bytes(seller.organization_id, changed)) == (0, 0, 1, 0)


def test_totals_gross_prices_and_row_types_are_stored_and_compared(seller: Account) -> None:
    columns = [*row(), "expected_gross", "unit_price_gross", "row_type", "amount", "reason"]
    blank = dict.fromkeys(("quantity", "unit_price", "unit", "discount_percent"), "")
    line = row(unit_price="", unit_price_gross="11.90", expected_gross="20.23")
    coupon = row(
        line_number="2", row_type="allowance", amount="3", reason="Coupon", **blank, sku="",
        description="", expected_gross="20.23",
    )  # fmt: skip
    data = orders_file([line, coupon], columns=columns)
    assert counts(import_bytes(seller.organization_id, data)) == (1, 0, 0, 0)
    order = stored_orders(seller)["A-1"].order
    assert order.expected_gross == Decimal("20.23")
    assert [(line.row_type, line.unit_price, line.unit_price_gross) for line in order.lines] == [
        ("line", Decimal(10), Decimal("11.90")),
        ("allowance", Decimal(3), None),
    ]
    assert counts(import_bytes(seller.organization_id, data)) == (0, 0, 1, 0)
    totals = {"expected_gross": "19.99"}
    for changed in (
        [line | totals, coupon | totals],
        [line | {"unit_price_gross": "11.91"}, coupon],
        [line, coupon | {"row_type": "charge"}],
    ):
        data = orders_file(changed, columns=columns)
        assert counts(import_bytes(seller.organization_id, data)) == (0, 1, 0, 0)


def test_a_changed_status_is_an_update(seller: Account) -> None:
    columns = [*row(), "status"]
    import_bytes(seller.organization_id, orders_file([row(status="draft")], columns=columns))
    assert stored_orders(seller)["A-1"].order.status == "draft"
    assert counts(import_bytes(seller.organization_id, orders_file([row()]))) == (0, 1, 0, 0)
    assert stored_orders(seller)["A-1"].order.status == "confirmed"


def test_lines_that_the_file_no_longer_has_are_removed(seller: Account) -> None:
    import_bytes(seller.organization_id, orders_file([row(), row(line_number="2")]))
    report = import_bytes(seller.organization_id, orders_file([row()]))
    assert counts(report) == (0, 1, 0, 0)
    assert [line.line_number for line in stored_orders(seller)["A-1"].order.lines] == [1]


def test_an_invoiced_order_stays_as_it_was_invoiced(seller: Account) -> None:
    import_bytes(seller.organization_id, orders_file([row()]))
    invoice_order(seller.organization_id, seller.user_id, stored_orders(seller)["A-1"].order.id)
    same = import_bytes(seller.organization_id, orders_file([row()]))
    assert counts(same) == (0, 0, 1, 0)
    before = written_rows(seller)

    rows = [row(order_number="A-0"), row(quantity="3", city="Bremen")]
    report = import_bytes(seller.organization_id, orders_file(rows[1:]))
    assert counts(report) == (0, 0, 0, 1)
    assert faults_of(report) == [(2, "order_number", "order_already_invoiced")]
    assert written_rows(seller) == before


def test_an_invoiced_order_is_rejected_alone(seller: Account) -> None:
    import_bytes(seller.organization_id, orders_file([row()]))
    invoice_order(seller.organization_id, seller.user_id, stored_orders(seller)["A-1"].order.id)
    rows = [row(order_number="A-0"), row(quantity="3"), row(order_number="A-2")]
    report = import_bytes(seller.organization_id, orders_file(rows))
    assert counts(report) == (2, 0, 0, 1)
    assert faults_of(report) == [(3, "order_number", "order_already_invoiced")]


def test_a_customer_takes_the_values_of_the_last_order(seller: Account) -> None:
    import_bytes(seller.organization_id, orders_file([row(street="Old 1", vat_id="")]))
    rows = [row(order_number="A-2", street="Newer 1"), row(order_number="A-3", street="New 1")]
    report = import_bytes(seller.organization_id, orders_file(rows))
    assert (report.customers_created, report.customers_updated) == (0, 1)
    with org_transaction(seller.organization_id) as session:
        customer = session.scalars(select(Customer)).one()
    assert (customer.street, customer.vat_id) == ("New 1", "DE123456789")


def test_a_second_import_adds_a_missing_street(seller: Account) -> None:
    """To the order and to its customer's record."""
    import_bytes(seller.organization_id, orders_file([row(street="")]))
    report = import_bytes(seller.organization_id, orders_file([row()]))
    assert (report.orders_updated, report.customers_updated) == (1, 1)
    assert stored_orders(seller)["A-1"].order.buyer.street == "Hafenweg 2"


def test_a_rejected_order_leaves_its_customer_alone(seller: Account) -> None:
    import_bytes(seller.organization_id, orders_file([row()]))
    bad = row(order_number="A-2", street="Elsewhere 5", quantity="?")
    import_bytes(seller.organization_id, orders_file([bad]))
    assert stored_orders(seller)["A-1"].order.buyer.street == "Hafenweg 2"


def test_payment_terms_of_a_customer_survive_an_import(seller: Account) -> None:
    import_bytes(seller.organization_id, orders_file([row()]))
    with org_transaction(seller.organization_id) as session:
        session.execute(update(Customer).values(payment_days=60))
    import_bytes(seller.organization_id, orders_file([row(street="New 1")]))
    assert stored_orders(seller)["A-1"].order.payment_days == 60


def test_good_orders_around_a_bad_one_are_stored(seller: Account) -> None:
    rows = [row(order_number=f"A-{n}", quantity="?" if n == 1_500 else "1") for n in range(3_000)]
    report = import_bytes(seller.organization_id, orders_file(rows))
    assert counts(report) == (2_999, 0, 0, 1)
    assert faults_of(report) == [(1_502, "quantity", "not_a_number")]


def test_two_organizations_may_use_the_same_numbers(seller: Account) -> None:
    other = new_account("beta")
    data = orders_file([row()])
    assert counts(import_bytes(seller.organization_id, data)) == (1, 0, 0, 0)
    assert counts(import_bytes(other.organization_id, data)) == (1, 0, 0, 0)
    assert stored_orders(other)["A-1"].order.id != stored_orders(seller)["A-1"].order.id


def test_an_unknown_organization_is_refused(seller: Account) -> None:
    with pytest.raises(NotFound):
        import_bytes(seller.organization_id + 1, orders_file([row()]))


def test_orders_read_before_the_stream_broke_are_stored(seller: Account) -> None:
    data = orders_file(row(order_number=f"A-{n}") for n in range(3_500))

    class Breaking(io.BytesIO):
        """A file that is lost after it was looked through."""

        ended = False

        def read(self, size: int | None = -1, /) -> bytes:
            part = super().read(size)
            if not part and self.ended:
                raise ConnectionResetError
            self.ended = self.ended or not part
            return part

    with pytest.raises(ConnectionResetError):
        import_orders(seller.organization_id, Breaking(data))
    with org_transaction(seller.organization_id) as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 3_000
    report = import_bytes(seller.organization_id, data)
    assert counts(report) == (500, 0, 3_000, 0)
