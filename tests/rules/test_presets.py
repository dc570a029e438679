"""Exports of shops and payment services become orders whose totals are the shop's, to the cent."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from models.invoicing.source import SourceLine
from models.invoicing.totals import Totals, compute_totals
from models.order_import.csv_file.order import Defaults, FileOrder, Head
from models.order_import.mapping.choosing import NOTHING_KNOWN, Filling, Reading
from models.order_import.orders_file import OrdersFile

EXPORTS = Path(__file__).parent / "exports"
SELLER = Defaults(currency="EUR", tax_category="S", tax_percent="19")


def read(name: str, reading: Reading = NOTHING_KNOWN) -> tuple[OrdersFile, dict[str, FileOrder]]:
    with (EXPORTS / name).open("rb") as export:
        file = OrdersFile(export, SELLER, reading=reading)
        return file, {order.number: order for batch in file.batches() for order in batch}


def totals(order: FileOrder) -> Totals:
    lines = [
        SourceLine(
            line.line_number, line.sku, line.description, Decimal(line.quantity), line.unit,
            Decimal(line.unit_price), Decimal(line.discount_percent), line.tax_category,
            Decimal(line.tax_percent), line.row_type,
            None if line.unit_price_gross is None else Decimal(line.unit_price_gross),
        )
        for line in order.lines.values()
    ]  # fmt: skip
    return compute_totals(lines, head(order).currency)


def head(order: FileOrder) -> Head:
    assert order.head is not None
    return order.head


@pytest.mark.parametrize(
    ("name", "preset", "number", "net", "payable"),
    [
        ("shopify.csv", "shopify", "#2001", "41.81", "49.75"),
        ("shopify.csv", "shopify", "#2002", "50.17", "59.70"),
        ("shopify.csv", "shopify", "#2003", "110.00", "130.90"),
        ("shopify.csv", "shopify", "#2005", "26.22", "30.00"),
        ("woocommerce.csv", "woocommerce", "W-71", "36.03", "40.86"),
        ("woocommerce.csv", "woocommerce", "W-72", "53.53", "63.70"),
        ("stripe.csv", "stripe", "ch_1", "1000.00", "1190.00"),
        ("square.csv", "square", "SQ-1", "51.00", "55.08"),
        ("square.csv", "square", "SQ-2", "840.34", "1000.00"),
        ("amazon.txt", "amazon", "303-1", "32.00", "36.88"),
        ("woocommerce_orders.csv", "woocommerce-orders", "W-81", "36.02", "40.85"),
        ("amazon_all_orders.txt", "amazon-all-orders", "304-1", "68.00", "77.32"),
        ("amazon_all_orders.txt", "amazon-all-orders", "304-4", "110.00", "132.00"),
        ("amazon_orders.txt", "amazon-orders", "305-1", "44.00", "49.96"),
    ],
)
def test_what_is_computed_is_the_shop_s_total(
    name: str, preset: str, number: str, net: str, payable: str
) -> None:
    file, orders = read(name)
    assert file.choice is not None
    assert (file.choice.kind, file.choice.name) == ("preset", preset)
    computed = totals(orders[number])
    assert (str(computed.net), str(computed.payable)) == (net, payable)
    expected = head(orders[number]).expected_gross
    assert expected is not None
    assert computed.payable == Decimal(expected)


def test_an_order_of_a_shop_has_its_buyer_date_and_rows() -> None:
    _, orders = read("shopify.csv")
    order = orders["#2001"]
    assert head(order)[:9] == (
        date(2026, 11, 20), "eva@muster.example", "Muster GmbH", "Eva@Muster.example",
        "Ringweg 1, 2. Stock", "Bonn", "01069", "DE", None,
    )  # fmt: skip
    rows = [(row.row_type, row.description, row.unit_price_gross) for row in order.lines.values()]
    assert rows == [
        ("line", "Vase blau", "19.95"),
        ("line", "Teller", "14.95"),
        ("line", "DHL Paket", "4.90"),
        ("allowance", "Discount HERBST5", "5.00"),
    ]
    assert head(orders["#2004"]).status == "cancelled"


def test_of_several_rates_each_item_has_the_one_that_makes_the_taxes_right() -> None:
    _, orders = read("shopify.csv")
    rows = orders["#2005"].lines.values()
    assert [(row.description, row.tax_percent) for row in rows] == [("Buch", "7"), ("Lampe", "19")]


def test_discounts_of_items_with_different_rates_stay_apart() -> None:
    _, orders = read("woocommerce.csv")
    rows = orders["W-71"].lines.values()
    assert [
        (row.description, row.tax_percent, row.unit_price_gross)
        for row in rows
        if row.row_type == "allowance"
    ] == [("Discount HERBST", "19", "1.99"), ("Discount HERBST", "7", "2.00")]


@pytest.mark.parametrize(
    ("name", "line", "column", "code", "rejected"),
    [
        ("shopify.csv", 9, "tax_percent", "tax_rate_unclear", "#2006"),
        ("square.csv", 5, "order_date", "refund_row", "SQ-2 refund"),
        ("square.csv", 6, "unit_price", "not_a_number", "SQ-3"),
        ("amazon.txt", 4, "order_date", "not_a_sale", "303-1 refund"),
        ("woocommerce_orders.csv", 4, "tax_percent", "tax_rate_unclear", "W-83"),
        ("amazon_all_orders.txt", 4, "tax_percent", "tax_rate_unclear", "304-2"),
    ],
)
def test_what_a_preset_cannot_know_rejects_its_order_with_a_finding(
    name: str, line: int, column: str, code: str, rejected: str
) -> None:
    file, orders = read(name)
    assert (line, column, code) in [(e.line, e.column, e.code) for e in file.errors.kept]
    assert rejected not in orders


def test_a_shop_s_total_that_its_rows_do_not_give_is_carried_along() -> None:
    _, orders = read("amazon.txt")
    order = orders["303-2"]
    assert head(orders["303-1"]).order_date == date(2026, 11, 5)
    assert (head(order).country, head(order).vat_id) == ("FR", "FR23334175221")
    assert (str(totals(order).payable), head(order).expected_gross) == ("12.00", "13.00")


def test_square_s_newer_names_of_its_amounts_give_the_same_orders() -> None:
    _, before = read("square.csv")
    rows = list(csv.DictReader((EXPORTS / "square.csv").read_text("utf-8").splitlines()))
    text = io.StringIO()
    writer = csv.DictWriter(text, [*rows[0], "Product Sales"])
    writer.writeheader()
    writer.writerows(
        {**row, "Product Sales": row["Gross Sales"], "Gross Sales": "€9.99"} for row in rows
    )
    file = OrdersFile(io.BytesIO(text.getvalue().encode()), SELLER)
    after = {order.number: order for batch in file.batches() for order in batch}
    assert {number: totals(order) for number, order in after.items()} == {
        number: totals(order) for number, order in before.items()
    }
    assert set(after) == set(before) != set()


def test_items_in_one_row_keep_their_names_and_the_price_that_was_paid() -> None:
    _, orders = read("woocommerce_orders.csv")
    rows = orders["W-81"].lines.values()
    assert [(row.sku, row.description, row.quantity, row.unit_price_gross) for row in rows] == [
        ("V-1", "Vase | blau", "1", "17.950000"),
        ("B-2", "Buch", "2", "9.000000"),
        ("", "Flat rate", "1", "4.900000"),
    ]
    assert head(orders["W-82"]).status == "draft"


def test_prices_of_amazon_s_orders_contain_the_tax_where_it_is_not_added() -> None:
    _, orders = read("amazon_all_orders.txt")
    prices = [
        [
            (row.row_type, row.unit_price_gross or row.unit_price)
            for row in orders[order].lines.values()
        ]
        for order in ("304-1", "304-4")
    ]
    assert [prices[0][:2], prices[1]] == [
        [("line", "23.800000"), ("allowance", "4.76")],
        [("line", "100.000000"), ("line", "10.000000")],
    ]
    assert head(orders["304-3"]).status == "cancelled"
    _, orders = read("amazon_orders.txt")
    assert head(orders["305-1"])[1:6] == (
        "eva@marketplace.example", "Eva Muster", "Eva@marketplace.example", "Ringweg 1, 2. Stock",
        "Bonn",
    )  # fmt: skip


def test_fixed_values_and_what_0_percent_means_complete_an_export() -> None:
    _, plain = read("stripe.csv")
    said = Filling({"tax_percent": "0", "country": "Österreich", "unit": "HUR"}, "E")
    _, filled = read("stripe.csv", Reading(filling=said))
    lines = [orders["ch_1"].lines[1] for orders in (plain, filled)]
    assert [(line.tax_category, line.tax_percent, line.unit) for line in lines] == [
        ("S", "19", "C62"), ("E", "0", "HUR"),
    ]  # fmt: skip
    assert head(filled["ch_1"]).country == "DE"


@pytest.mark.parametrize("cut", [2, 3])
def test_an_order_with_a_damaged_row_is_never_short(cut: int) -> None:
    lines = (EXPORTS / "shopify.csv").read_text("utf-8").splitlines(keepends=True)
    lines[cut - 1] = lines[cut - 1].rpartition(",")[0].rpartition(",")[0] + "\n"
    file = OrdersFile(io.BytesIO("".join(lines).encode()), SELLER)
    assert "#2001" not in [order.number for batch in file.batches() for order in batch]
