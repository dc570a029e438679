"""Totals with returns, allowances, charges and prices that include VAT."""

from decimal import Decimal
from typing import Any

import pytest

from models.invoicing.source import SourceLine
from models.invoicing.totals import Totals, compute_totals
from tests.rules.examples import line


def row(kind: str, amount: str, **changes: Any) -> SourceLine:
    return line(row_type=kind, quantity="1", unit_price=amount, description="Why", **changes)


def gross(price: str, quantity: str = "1", **changes: Any) -> SourceLine:
    return line(quantity=quantity, unit_price="0", unit_price_gross=price, **changes)


def amounts(totals: Totals) -> list[str]:
    return [str(each) for each in (totals.net, totals.tax, totals.gross, totals.payable)]


WARE = line(quantity="1", unit_price="100.00")
REDUCED = {"tax_percent": "7"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([WARE, line(quantity="-1", unit_price="20")], ["80.00", "15.20", "95.20", "95.20"]),
        ([WARE, row("allowance", "10")], ["90.00", "17.10", "107.10", "107.10"]),
        ([WARE, row("charge", "4.90")], ["104.90", "19.93", "124.83", "124.83"]),
        ([WARE, row("allowance", "10", **REDUCED)], ["90.00", "18.30", "108.30", "108.30"]),
        (
            [WARE, row("allowance", "10"), row("charge", "10", **REDUCED)],
            ["100.00", "17.80", "117.80", "117.80"],
        ),
        ([WARE, row("allowance", "100")], ["0.00", "0.00", "0.00", "0.00"]),
        ([WARE, row("allowance", "120")], ["-20.00", "-3.80", "-23.80", "-23.80"]),
        ([line(quantity="-3", unit_price="0")], ["0.00", "0.00", "0.00", "0.00"]),
    ],
)
def test_returns_and_allowances_lower_their_own_rate_s_tax(
    rows: list[SourceLine], expected: list[str]
) -> None:
    assert amounts(compute_totals(rows, "EUR")) == expected


def test_lines_allowances_and_charges_are_summed_apart() -> None:
    totals = compute_totals([WARE, row("allowance", "10"), row("charge", "2.50")], "EUR")
    sums = (totals.line_total, totals.allowances, totals.charges)
    assert sums == (Decimal("100.00"), Decimal("10.00"), Decimal("2.50"))
    assert [each.net for each in totals.lines] == [Decimal("100.00"), Decimal(10), Decimal("2.5")]


@pytest.mark.parametrize(
    ("rows", "expected", "rounding"),
    [
        ([gross("19.95")], ["16.76", "3.18", "19.94", "19.95"], "0.01"),
        ([gross("15.00")], ["12.61", "2.40", "15.01", "15.00"], "-0.01"),
        ([gross("119")], ["100.00", "19.00", "119.00", "119.00"], "0.00"),
        ([gross("10.70", **REDUCED), gross("11.90")], ["20.00", "2.60", "22.60", "22.60"], "0.00"),
        ([gross("1.99")] * 10, ["16.70", "3.17", "19.87", "19.90"], "0.03"),
        (
            [gross("119"), gross("11.90", row_type="allowance", description="Coupon")],
            ["90.00", "17.10", "107.10", "107.10"],
            "0.00",
        ),
        (
            [gross("19.95"), line(quantity="1", unit_price="5", tax_category="E", tax_percent="0")],
            ["21.76", "3.18", "24.94", "24.95"],
            "0.01",
        ),
    ],
)
def test_prices_with_vat_come_to_what_the_buyer_paid(
    rows: list[SourceLine], expected: list[str], rounding: str
) -> None:
    totals = compute_totals(rows, "EUR")
    assert amounts(totals) == expected
    assert str(totals.rounding) == rounding


def test_the_net_price_has_six_decimals() -> None:
    (total,) = compute_totals([gross("19.95", discount_percent="10")], "EUR").lines
    assert str(total.line.unit_price) == "16.764706"


def test_a_net_price_among_gross_prices_leaves_the_rounding_out() -> None:
    assert compute_totals([gross("19.95"), WARE], "EUR").rounding == 0


def test_a_difference_that_rounding_does_not_explain_stays() -> None:
    totals = compute_totals([gross("0.01", quantity="100000")], "EUR")
    assert (totals.rounding, totals.gross) == (Decimal(0), Decimal("999.96"))
