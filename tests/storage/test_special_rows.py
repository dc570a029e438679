"""Rows with a gross price, an expected total, and rows that are an allowance or a charge."""

import pytest

from models.order_import.csv_file.columns import COLUMNS
from tests.storage.orders_files import COLUMNS_GIVEN, faults, orders_file, read, row

GROSS = tuple(name for name in COLUMNS if name != "unit_price")
COUPON = {"row_type": "allowance", "amount": "10", "reason": "Coupon", "line_number": "2"}


def coupon(**changes: str) -> dict[str, str]:
    """A row that is an allowance, with nothing in the columns of a line."""
    empty = dict.fromkeys(("sku", "description", "quantity", "unit", "unit_price"), "")
    return row(**{**empty, "discount_percent": "", **COUPON, **changes})


def test_a_file_without_these_columns_has_lines_only() -> None:
    _, orders = read(orders_file([row()], columns=COLUMNS_GIVEN[:20]))
    line = orders["A-1"].lines[1]
    assert (line.row_type, line.unit_price_gross) == ("line", None)
    assert orders["A-1"].head is not None
    assert orders["A-1"].head.expected_gross is None


@pytest.mark.parametrize("kind", ["allowance", "Charge "])
def test_an_allowance_or_charge_has_an_amount_and_a_reason(kind: str) -> None:
    file, orders = read(orders_file([row(), coupon(row_type=kind)], columns=COLUMNS))
    assert faults(file) == []
    line = orders["A-1"].lines[2]
    assert (line.row_type, line.description) == (kind.strip().lower(), "Coupon")
    assert (line.quantity, line.unit_price, line.discount_percent) == ("1", "10", "0")
    assert (line.tax_category, line.tax_percent) == ("S", "19")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"amount": ""}, ("amount", "missing_value")),
        ({"amount": "ten"}, ("amount", "not_a_number")),
        ({"quantity": "2"}, ("quantity", "value_not_expected")),
        ({"unit_price": "5"}, ("unit_price", "value_not_expected")),
        ({"unit_price_gross": "5"}, ("unit_price_gross", "two_prices")),
        ({"discount_percent": "5"}, ("discount_percent", "value_not_expected")),
        ({"row_type": "rebate"}, ("row_type", "unknown_row_type")),
        (
            {"row_type": "line", "quantity": "1", "unit_price": "1"},
            ("amount", "value_not_expected"),
        ),
    ],
)
def test_an_allowance_that_contradicts_itself_rejects_its_order(
    changes: dict[str, str], fault: tuple[str, str]
) -> None:
    file, orders = read(orders_file([row(), coupon(**changes)], columns=COLUMNS))
    assert faults(file) == [(3, *fault)]
    assert orders == {}


def test_an_allowance_may_be_given_with_tax() -> None:
    rebate = coupon(amount="", unit_price_gross="11.90")
    file, orders = read(orders_file([row(), rebate], columns=COLUMNS))
    assert faults(file) == []
    allowance = orders["A-1"].lines[2]
    assert (allowance.unit_price, allowance.unit_price_gross) == ("10", "11.90")


def test_values_that_change_nothing_may_stand_beside_an_amount() -> None:
    harmless = {"quantity": "1", "unit_price": "0.00", "discount_percent": "0"}
    file, _ = read(orders_file([row(amount="0"), coupon(**harmless)], columns=COLUMNS))
    assert faults(file) == []


@pytest.mark.parametrize(
    ("gross", "percent", "net"),
    [("19.95", "19", "16.764706"), ("11.90", "", "10"), ("5", "0", "5"), ("-1.19", "19", "-1")],
)
def test_a_gross_price_may_be_given_instead_of_the_net_price(
    gross: str, percent: str, net: str
) -> None:
    rows = [row(unit_price_gross=gross, tax_percent=percent)]
    file, orders = read(orders_file(rows, columns=GROSS))
    assert faults(file) == []
    line = orders["A-1"].lines[1]
    assert (line.unit_price, line.unit_price_gross) == (net, gross)


@pytest.mark.parametrize(
    ("prices", "fault"),
    [
        ({"unit_price": "", "unit_price_gross": ""}, ("unit_price", "missing_value")),
        ({"unit_price": "1", "unit_price_gross": "1"}, ("unit_price_gross", "two_prices")),
        (
            {"unit_price": "", "unit_price_gross": "1", "quantity": ""},
            ("quantity", "missing_value"),
        ),
    ],
)
def test_a_line_has_one_price(prices: dict[str, str], fault: tuple[str, str]) -> None:
    file, orders = read(orders_file([row(**prices)], columns=COLUMNS))
    assert (faults(file), orders) == ([(2, *fault)], {})


def test_the_expected_total_may_stand_in_one_row_of_the_order() -> None:
    rows = [row(line_number=str(n), expected_gross="29.75" if n == 2 else "") for n in (1, 2, 3)]
    file, orders = read(orders_file(rows, columns=COLUMNS))
    assert faults(file) == []
    head = orders["A-1"].head
    assert head is not None
    assert head.expected_gross == "29.75"


def test_two_expected_totals_of_an_order_reject_it() -> None:
    rows = [row(expected_gross="29.75"), row(line_number="2", expected_gross="29.76")]
    file, orders = read(orders_file(rows, columns=COLUMNS))
    assert faults(file) == [(3, "expected_gross", "inconsistent_order")]
    assert orders == {}
