"""Sums of documents per currency lose no digit, in whatever parts they are added."""

from decimal import Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from models.jobs.money_totals import CurrencyTotal, sum_by_currency

amounts = st.decimals(-(10**30), 10**30, places=3)
totals = st.lists(
    st.builds(
        CurrencyTotal, st.sampled_from(["EUR", "JPY", "KWD"]), st.integers(1, 9), *[amounts] * 3
    ),
    max_size=8,
)


@given(totals, totals)
def test_the_sum_of_the_parts_is_the_whole(
    some: list[CurrencyTotal], others: list[CurrencyTotal]
) -> None:
    whole = sum_by_currency(some + others)

    assert sum_by_currency(sum_by_currency(some) + sum_by_currency(others)) == whole
    assert [total.currency for total in whole] == sorted({t.currency for t in some + others})
    with localcontext(prec=100):
        for total in whole:
            parts = [part for part in some + others if part.currency == total.currency]
            assert total.count == sum(part.count for part in parts)
            assert total.net == sum(part.net for part in parts)
            assert total.tax == sum(part.tax for part in parts)
            assert total.gross == sum(part.gross for part in parts)


def test_a_total_is_shown_in_the_minor_units_of_its_currency() -> None:
    exact = [Decimal("1.5"), Decimal("0.285"), Decimal("1.785")]
    shown = {
        "JPY": ("2", "0", "2"),
        "EUR": ("1.50", "0.29", "1.79"),
        "KWD": ("1.500", "0.285", "1.785"),
    }
    for currency, texts in shown.items():
        rounded = CurrencyTotal(currency, 1, *exact).rounded()
        assert (str(rounded.net), str(rounded.tax), str(rounded.gross)) == texts
