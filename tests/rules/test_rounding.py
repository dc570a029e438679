"""Amounts are rounded half up, away from zero, to the currency's minor units."""

from decimal import ROUND_CEILING, Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given

from models.invoicing.currency import AmountOutOfRange, UnknownCurrency, minor_units, round_money
from tests.rules.exact import half_up
from tests.rules.strategies import currencies, unrounded


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.005", "EUR", "0.01"),
        ("0.015", "EUR", "0.02"),
        ("0.025", "EUR", "0.03"),
        ("2.675", "EUR", "2.68"),
        ("1.005", "EUR", "1.01"),
        ("0.00499999999999999999999999999999999999", "EUR", "0.00"),
        ("0.00500000000000000000000000000000000001", "EUR", "0.01"),
        ("-0.005", "EUR", "-0.01"),
        ("-1.245", "EUR", "-1.25"),
        ("999.995", "EUR", "1000.00"),
        ("7", "EUR", "7.00"),
        ("1E+3", "EUR", "1000.00"),
        ("0.5", "JPY", "1"),
        ("-0.5", "JPY", "-1"),
        ("1234.4999", "JPY", "1234"),
        ("2.5", "KRW", "3"),
        ("0.0005", "KWD", "0.001"),
        ("1.2344999", "BHD", "1.234"),
        ("0.00005", "CLF", "0.0001"),
    ],
)
def test_a_half_is_rounded_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert str(round_money(Decimal(amount), currency)) == rounded


@pytest.mark.parametrize("amount", ["-0", "-0.001", "-0.00"])
def test_zero_has_no_sign(amount: str) -> None:
    assert str(round_money(Decimal(amount), "EUR")) == "0.00"


@given(unrounded, currencies)
def test_rounding_agrees_with_exact_fractions(amount: Decimal, currency: str) -> None:
    rounded = round_money(amount, currency)
    assert Fraction(rounded) == half_up(Fraction(amount), minor_units(currency))


@given(unrounded, currencies)
def test_a_rounded_amount_has_the_currency_s_decimals(amount: Decimal, currency: str) -> None:
    assert round_money(amount, currency).as_tuple().exponent == -minor_units(currency)


@given(unrounded, currencies)
def test_rounding_is_symmetric(amount: Decimal, currency: str) -> None:
    negated = amount.copy_negate()
    assert round_money(negated, currency) == round_money(amount, currency).copy_negate()


@given(unrounded, currencies)
def test_rounding_twice_changes_nothing(amount: Decimal, currency: str) -> None:
    rounded = round_money(amount, currency)
    assert str(round_money(rounded, currency)) == str(rounded)


@given(unrounded, currencies)
def test_rounding_changes_an_amount_by_at_most_half_a_minor_unit(
    amount: Decimal, currency: str
) -> None:
    distance = abs(Fraction(round_money(amount, currency)) - Fraction(amount))
    assert distance <= Fraction(1, 2 * 10 ** minor_units(currency))


@given(unrounded, currencies)
def test_the_ambient_context_does_not_matter(amount: Decimal, currency: str) -> None:
    with localcontext(Context(prec=1, rounding=ROUND_CEILING, Emax=1, Emin=-1)):
        elsewhere = round_money(amount, currency)
    assert str(elsewhere) == str(round_money(amount, currency))


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+999999999"])
def test_a_value_that_is_not_an_amount_cannot_be_rounded(amount: str) -> None:
    with pytest.raises(AmountOutOfRange):
        round_money(Decimal(amount), "EUR")


def test_rounding_to_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency, match="'ZZZ'"):
        round_money(Decimal(1), "ZZZ")
