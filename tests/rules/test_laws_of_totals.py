"""What holds for the totals of every document."""

from decimal import ROUND_CEILING, Context, Decimal, Inexact, Rounded, getcontext, localcontext
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.invoicing.currency import minor_units
from models.invoicing.gross_prices import with_net_price
from models.invoicing.source import SourceLine
from models.invoicing.totals import compute_totals
from tests.rules.exact import document, line_net, signed_net
from tests.rules.strategies import common_currencies, sound_lines

Lines = tuple[SourceLine, ...]
documents = st.lists(sound_lines(), max_size=12).map(tuple)


@given(documents, common_currencies)
def test_totals_agree_with_exact_fractions(lines: Lines, currency: str) -> None:
    totals = compute_totals(lines, currency)
    amounts = tuple(map(Fraction, (totals.net, totals.tax, totals.gross)))
    assert amounts == document(lines, minor_units(currency))


@given(documents, common_currencies)
def test_every_line_keeps_its_place_and_has_its_net(lines: Lines, currency: str) -> None:
    totals = compute_totals(lines, currency)
    assert tuple(each.line for each in totals.lines) == tuple(map(with_net_price, lines))
    for each in totals.lines:
        assert Fraction(each.net) == line_net(each.line, minor_units(currency))


@given(documents, common_currencies)
def test_the_net_is_the_exact_sum_of_the_line_nets(lines: Lines, currency: str) -> None:
    totals = compute_totals(lines, currency)
    places = minor_units(currency)
    assert Fraction(totals.net) == sum(signed_net(line, places) for line in lines)


@given(documents, common_currencies)
def test_gross_is_net_and_tax(lines: Lines, currency: str) -> None:
    totals = compute_totals(lines, currency)
    assert Fraction(totals.gross) == Fraction(totals.net) + Fraction(totals.tax)


@given(documents, common_currencies)
def test_the_breakdown_partitions_net_and_tax(lines: Lines, currency: str) -> None:
    totals = compute_totals(lines, currency)
    parts = totals.tax_breakdown
    assert sum(Fraction(part.taxable) for part in parts) == Fraction(totals.net)
    assert sum(Fraction(part.tax) for part in parts) == Fraction(totals.tax)
    rates = [(part.category, part.percent) for part in parts]
    assert len(rates) == len(set(rates))
    assert set(rates) == {(line.tax_category, line.tax_percent) for line in lines}


@given(documents, common_currencies)
def test_every_amount_has_the_currency_s_decimals(lines: Lines, currency: str) -> None:
    totals = compute_totals(lines, currency)
    amounts = [totals.net, totals.tax, totals.gross, *(each.net for each in totals.lines)]
    for part in totals.tax_breakdown:
        amounts += [part.taxable, part.tax]
    assert {amount.as_tuple().exponent for amount in amounts} == {-minor_units(currency)}


@given(documents, common_currencies, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(lines: Lines, currency: str, random: Any) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)
    one, other = compute_totals(lines, currency), compute_totals(shuffled, currency)
    # repr, because Decimals that are equal may still be written differently.
    assert repr((one.net, one.tax, one.gross)) == repr((other.net, other.tax, other.gross))
    assert repr(one.tax_breakdown) == repr(other.tax_breakdown)


@given(documents, common_currencies)
def test_the_ambient_context_neither_matters_nor_changes(lines: Lines, currency: str) -> None:
    hostile = Context(prec=1, rounding=ROUND_CEILING, Emax=1, Emin=-1, traps=[Inexact, Rounded])
    with localcontext(hostile):
        elsewhere = compute_totals(lines, currency)
        assert repr(getcontext()) == repr(hostile)
    assert repr(elsewhere) == repr(compute_totals(lines, currency))


@given(sound_lines(), st.integers(0, 16_383))
def test_totals_use_all_the_decimals_that_the_database_stores(
    line: SourceLine, places: int
) -> None:
    tiny = Decimal(1).scaleb(-places)
    with localcontext(prec=20_000):
        long = SourceLine(
            line.line_number, "", "", line.quantity + tiny, "C62", line.unit_price + tiny,
            abs(line.discount_percent - tiny), line.tax_category, abs(line.tax_percent - tiny),
        )  # fmt: skip
    totals = compute_totals([long], "EUR")
    assert (Fraction(totals.net), Fraction(totals.tax)) == document((long,), 2)[:2]
