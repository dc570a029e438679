"""Totals worked out by hand."""

from decimal import Decimal

import pytest

from models.invoicing.currency import AmountOutOfRange, UnknownCurrency
from models.invoicing.source import SourceLine
from models.invoicing.totals import Totals, compute_totals
from tests.rules.examples import line, priced


def amounts(totals: Totals) -> tuple[str, str, str]:
    return str(totals.net), str(totals.tax), str(totals.gross)


def breakdown(totals: Totals) -> list[tuple[str, str, str, str]]:
    return [(t.category, str(t.percent), str(t.taxable), str(t.tax)) for t in totals.tax_breakdown]


def test_the_tax_of_a_document_is_not_the_sum_of_the_taxes_of_its_lines() -> None:
    # 19 % of 0.03 is 0.0057: a cent on each of three lines, but two cents on 0.09.
    assert amounts(compute_totals(priced("0.03", "0.03", "0.03"), "EUR")) == (
        "0.09",
        "0.02",
        "0.11",
    )


def test_cents_that_vanish_line_by_line_add_up_in_the_document() -> None:
    # 19 % of 0.02 is 0.0038: nothing on any of ten lines, but four cents on 0.20.
    assert amounts(compute_totals(priced(*["0.02"] * 10), "EUR")) == ("0.20", "0.04", "0.24")


def test_an_order_of_three_products_and_freight() -> None:
    lines = (
        line(line_number=1, quantity="12", unit_price="14"),
        line(line_number=2, quantity="10", unit_price="9.8"),
        line(line_number=3, quantity="5", unit_price="34.8"),
        line(line_number=4, quantity="1", unit_price="32.38"),
    )
    totals = compute_totals(lines, "USD")
    assert [str(each.net) for each in totals.lines] == ["168.00", "98.00", "174.00", "32.38"]
    assert amounts(totals) == ("472.38", "89.75", "562.13")


@pytest.mark.parametrize(
    ("quantity", "unit_price", "discount", "net"),
    [
        ("1", "0.005", "0", "0.01"),
        ("3", "0.335", "0", "1.01"),
        ("0.5", "0.01", "0", "0.01"),
        ("0.333333", "3", "0", "1.00"),
        ("7", "19.99", "15", "118.94"),
        ("1", "0.10", "5", "0.10"),
        ("1", "0.10", "5.0001", "0.09"),
        ("1", "100", "33.3333", "66.67"),
        ("3", "14.95", "100", "0.00"),
        ("1000000", "0.000001", "0", "1.00"),
        ("1", "0", "0", "0.00"),
    ],
)
def test_a_line_is_rounded_once_after_the_discount(
    quantity: str, unit_price: str, discount: str, net: str
) -> None:
    sold = line(quantity=quantity, unit_price=unit_price, discount_percent=discount)
    totals = compute_totals([sold], "EUR")
    assert (totals.lines[0].line, str(totals.lines[0].net)) == (sold, net)


def test_lines_are_rounded_before_they_are_summed() -> None:
    assert str(compute_totals(priced("0.005", "0.005", "0.005"), "EUR").net) == "0.03"


def test_yen_have_no_decimals() -> None:
    totals = compute_totals(priced("1000", "333.5", "98", tax_percent="10"), "JPY")
    assert [str(each.net) for each in totals.lines] == ["1000", "334", "98"]
    assert amounts(totals) == ("1432", "143", "1575")


def test_dinars_have_three_decimals() -> None:
    totals = compute_totals(priced("1.2345", "0.0005", tax_percent="5"), "KWD")
    assert [str(each.net) for each in totals.lines] == ["1.235", "0.001"]
    assert amounts(totals) == ("1.236", "0.062", "1.298")


def test_19_and_19_00_are_one_rate() -> None:
    lines = (
        line(line_number=1, tax_percent="19.00", unit_price="0.03", quantity="1"),
        line(line_number=2, tax_percent="19", unit_price="0.03", quantity="1"),
        line(line_number=3, tax_percent="1.9E+1", unit_price="0.03", quantity="1"),
    )
    assert breakdown(compute_totals(lines, "EUR")) == [("S", "19", "0.09", "0.02")]


@pytest.mark.parametrize(("stored", "shown"), [("20.000000", "20"), ("5.50", "5.5"), ("0.00", "0")])
def test_a_rate_is_shown_without_trailing_zeros(stored: str, shown: str) -> None:
    (subtotal,) = compute_totals([line(tax_percent=stored)], "EUR").tax_breakdown
    assert str(subtotal.percent) == shown


def test_every_category_and_rate_has_its_own_tax() -> None:
    taxes = [("O", "0"), ("G", "0"), ("S", "19"), ("K", "0"), ("S", "7"), ("AE", "0"), ("E", "0")]
    taxes += [("Z", "0"), ("S", "19")]
    lines = tuple(
        line(quantity="1", unit_price="9.99", tax_category=category, tax_percent=percent)
        for category, percent in taxes
    )
    totals = compute_totals(lines, "EUR")
    assert breakdown(totals) == [
        ("S", "7", "9.99", "0.70"),
        ("S", "19", "19.98", "3.80"),
        ("Z", "0", "9.99", "0.00"),
        ("E", "0", "9.99", "0.00"),
        ("AE", "0", "9.99", "0.00"),
        ("K", "0", "9.99", "0.00"),
        ("G", "0", "9.99", "0.00"),
        ("O", "0", "9.99", "0.00"),
    ]
    assert amounts(totals) == ("89.91", "4.50", "94.41")


def test_ten_thousand_lines_of_long_numbers_lose_no_digit() -> None:
    long = line(quantity="999999999999.999999", unit_price="999999999999.999999")
    totals = compute_totals([long] * 10_000, "EUR")
    # (10^12 - 10^-6)^2 = 10^24 - 2 x 10^6 + 10^-12
    assert str(totals.net) == "9999999999999999980000000000.00"
    assert str(totals.tax) == "1899999999999999996200000000.00"
    assert str(totals.gross) == "11899999999999999976200000000.00"


def test_the_totals_of_an_order_without_lines_are_zero() -> None:
    totals = compute_totals([], "EUR")
    assert (amounts(totals), totals.lines, totals.tax_breakdown) == (
        ("0.00", "0.00", "0.00"),
        (),
        (),
    )


@pytest.mark.parametrize(
    ("flawed", "expected"),
    [
        (line(quantity="0"), ("0.00", "0.00", "0.00")),
        (line(quantity="-1"), ("-14.00", "-2.66", "-16.66")),
        (line(unit_price="-1"), ("-12.00", "-2.28", "-14.28")),
        (line(discount_percent="120"), ("-33.60", "-6.38", "-39.98")),
        (line(tax_percent="-19"), ("168.00", "-31.92", "136.08")),
        (line(tax_category="Z", tax_percent="19"), ("168.00", "31.92", "199.92")),
        (line(tax_category="??"), ("168.00", "31.92", "199.92")),
    ],
)
def test_a_line_that_cannot_be_invoiced_has_totals_too(
    flawed: SourceLine, expected: tuple[str, str, str]
) -> None:
    assert amounts(compute_totals([flawed], "EUR")) == expected


def test_an_unknown_category_comes_last_and_has_no_reason() -> None:
    lines = [line(tax_category=category, tax_percent="0") for category in ("A", "O", "S")]
    subtotals = compute_totals(lines, "EUR").tax_breakdown
    assert [each.category for each in subtotals] == ["S", "O", "A"]
    assert subtotals[-1].reason is None


def test_an_unknown_currency_has_no_totals() -> None:
    with pytest.raises(UnknownCurrency):
        compute_totals([line()], "ZZZ")


@pytest.mark.parametrize("field", ["quantity", "unit_price", "discount_percent", "tax_percent"])
@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "1E+999999999", "1E-999999999"])
def test_numbers_out_of_range_raise_one_named_error(field: str, number: str) -> None:
    lines = [line(**{field: Decimal(number)})]
    if number == "1E-999999999" and field != "discount_percent":
        assert compute_totals(lines, "EUR").net.is_finite()
    else:
        with pytest.raises(AmountOutOfRange):
            compute_totals(lines, "EUR")
