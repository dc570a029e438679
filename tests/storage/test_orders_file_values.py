"""The values that each column of an orders file may have, and how they are read."""

import pytest

from models.order_import.csv_file.columns import COLUMNS
from tests.storage.orders_files import faults, orders_file, read, row


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("order_number", "A" * 101, "bad_order_number"),
        ("order_date", "", "missing_value"),
        ("order_date", "01.03.2026", "bad_date"),
        ("order_date", "2026-02-30", "bad_date"),
        ("order_date", "2026030", "bad_date"),
        ("customer_number", " ", "missing_value"),
        ("customer_name", "N" * 301, "value_too_long"),
        ("country", "Germany", "bad_country"),
        ("country", "D1", "bad_country"),
        ("country", "ß", "bad_country"),
        ("currency", "EURO", "bad_currency"),
        ("currency", "€", "bad_currency"),
        ("line_number", "", "missing_value"),
        ("line_number", "1.5", "bad_line_number"),
        ("line_number", "-1", "bad_line_number"),
        ("line_number", "2147483648", "bad_line_number"),
        ("description", "D" * 2_001, "value_too_long"),
        ("quantity", "", "missing_value"),
        ("quantity", "two", "not_a_number"),
        ("quantity", "1,5,0", "not_a_number"),
        ("quantity", "1e3", "not_a_number"),
        ("quantity", "NaN", "not_a_number"),
        ("quantity", "٣", "not_a_number"),
        ("quantity", "0" * 50_000 + "x", "not_a_number"),
        ("unit_price", "1234567890123", "number_too_large"),
        ("unit_price", "0.1234567", "too_many_decimals"),
        ("discount_percent", "10 € %", "not_a_number"),
        ("tax_category", "S19", "bad_tax_category"),
        ("tax_percent", "nineteen", "not_a_number"),
        ("status", "invoiced", "unknown_status"),
        ("status", "open", "unknown_status"),
    ],
)
def test_a_value_that_cannot_be_stored_is_named_and_rejects_its_order_only(
    column: str, value: str, code: str
) -> None:
    rows = [row(order_number="A-0"), row(**{column: value}), row(order_number="A-2")]
    file, orders = read(orders_file(rows, columns=COLUMNS))
    assert faults(file) == [(3, column, code)]
    assert file.rejected == 1
    assert list(orders) == ["A-0", "A-2"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("quantity", "0"),
        ("quantity", "-2"),
        ("unit_price", "-0.01"),
        ("discount_percent", "120"),
        ("tax_percent", "140"),
        ("tax_category", "XYZ"),
        ("currency", "ZZZ"),
        ("currency", ""),
        ("country", "ZZ"),
        ("country", ""),
        ("customer_name", ""),
        ("street", ""),
        ("city", ""),
        ("vat_id", ""),
        ("status", "draft"),
        ("status", "cancelled"),
    ],
)
def test_flawed_business_data_is_imported(column: str, value: str) -> None:
    file, orders = read(orders_file([row(**{column: value})], columns=COLUMNS))
    assert faults(file) == []
    assert list(orders) == ["A-1"]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (" 12.50 ", "12.5"),
        ("+3", "3"),
        (".5", "0.5"),
        ("5.", "5"),
        ("000000000000000012.500000000", "12.5"),
        ("999999999999.999999", "999999999999.999999"),
    ],
)
def test_numbers_may_be_written_in_any_plain_notation(written: str, read_as: str) -> None:
    _, orders = read(orders_file([row(quantity=written)]))
    assert orders["A-1"].lines[1].quantity == read_as


@pytest.mark.parametrize(
    ("written", "stored"),
    [("Stk", "C62"), ("hour", "HUR"), ("kgm", "KGM"), ("furlongs", "furlongs")],
)
def test_the_usual_words_for_units_become_codes(written: str, stored: str) -> None:
    _, orders = read(orders_file([row(unit=written)]))
    assert orders["A-1"].lines[1].unit == stored


def test_an_empty_value_takes_its_default() -> None:
    empty = dict.fromkeys(("unit", "discount_percent", "tax_category", "tax_percent"), "")
    empty["currency"] = " "
    _, orders = read(orders_file([row(**empty)]))
    line = orders["A-1"].lines[1]
    assert (line.unit, line.discount_percent) == ("C62", "0")
    assert (line.tax_category, line.tax_percent) == ("S", "19")
    head = orders["A-1"].head
    assert head is not None
    assert (head.status, head.currency) == ("confirmed", "EUR")


def test_an_empty_currency_agrees_with_the_organisations_in_another_row() -> None:
    file, orders = read(orders_file([row(currency=""), row(line_number="2", currency="EUR")]))
    assert faults(file) == []
    assert len(orders["A-1"].lines) == 2


def test_a_category_that_charges_no_tax_takes_no_default_rate() -> None:
    _, orders = read(orders_file([row(tax_category="G", tax_percent="")]))
    assert orders["A-1"].lines[1].tax_percent == "0"
