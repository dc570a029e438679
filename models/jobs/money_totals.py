"""Money summed per currency: how many documents there are, and what they come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Self

from sqlalchemy import func

from models.invoicing.currency import EXACT, round_money
from models.invoicing.totals import Totals
from models.tables.invoice import Invoice


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """How many documents there are in one currency, and the exact sums of their amounts."""

    currency: str
    count: int
    net: Decimal
    tax: Decimal
    gross: Decimal

    @classmethod
    def of(cls, totals: Totals) -> Self:
        """One document."""
        return cls(totals.currency, 1, totals.net, totals.tax, totals.gross)

    def rounded(self) -> Self:
        """The same total, rounded to the minor units of its currency for display."""
        net, tax, gross = (
            round_money(amount, self.currency) for amount in (self.net, self.tax, self.gross)
        )
        return type(self)(self.currency, self.count, net, tax, gross)


def sum_by_currency(totals: Iterable[CurrencyTotal]) -> tuple[CurrencyTotal, ...]:
    """One total per currency, in alphabetical order."""
    parts: defaultdict[str, list[CurrencyTotal]] = defaultdict(list)
    for total in totals:
        parts[total.currency].append(total)
    return tuple(_sum(currency, parts[currency]) for currency in sorted(parts))


def _sum(currency: str, totals: list[CurrencyTotal]) -> CurrencyTotal:
    return CurrencyTotal(
        currency,
        sum(total.count for total in totals),
        reduce(EXACT.add, (total.net for total in totals)),
        reduce(EXACT.add, (total.tax for total in totals)),
        reduce(EXACT.add, (total.gross for total in totals)),
    )


# The columns of a `CurrencyTotal` in a query of invoices that is grouped by currency.
TOTAL_COLUMNS = (
    Invoice.currency,
    func.count(),
    func.sum(Invoice.net),
    func.sum(Invoice.tax),
    func.sum(Invoice.gross),
)
