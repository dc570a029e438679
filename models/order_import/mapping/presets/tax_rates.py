"""The tax rate behind a shop's amounts, which were rounded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import product
from typing import Final

from models.order_import.csv_file.value_problem import ValueProblem

# Rates of VAT in Europe: standard, reduced, super-reduced and parking rates.
KNOWN_RATES: Final = tuple(
    Decimal(rate)
    for rates in ("2.1 2.5 2.6 3 3.8 4 4.8 5 5.5 6 7 7.7 8 8.1 9 9.5 10 11 12 13 13.5 14 15 16",
                  "17 18 19 20 21 22 23 24 25 25.5 27")
    for rate in rates.split()
)  # fmt: skip
# Amount and tax were each rounded to a cent.
_ROUNDING: Final = Decimal("0.0075")
_CENT: Final = Decimal("0.01")
# All ways in which twelve items can have one of two rates.
_MOST_ASSIGNMENTS: Final = 4096
_PERCENT: Final = re.compile(r"(\d{1,2}(?:[.,]\d{1,3})?)\s*%")

ZERO: Final = Decimal(0)


def money(text: str) -> Decimal:
    """The amount of a program that writes plain digits with a decimal point; 0 if it is empty.

    Raises `ValueError`.
    """
    try:
        amount = Decimal(text or 0)
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite():
        raise ValueError(text)
    return amount


def possible_rates(net: Decimal, tax: Decimal) -> frozenset[Decimal]:
    """The known rates (19 is 19 %) that make `tax` of `net`; 0 alone if there is no tax."""
    if not tax:
        return frozenset({ZERO})
    return frozenset(
        rate for rate in KNOWN_RATES if abs(net * rate / 100 - tax) <= _ROUNDING * (1 + rate / 100)
    )


def settled_rate(possible: frozenset[Decimal], others: Iterable[frozenset[Decimal]]) -> str:
    """The one rate that is possible, or that is possible and certain for another amount.

    Otherwise a value that names the problem, for the column `tax_percent`.
    """
    certain = {rate for rates in others if len(rates) == 1 for rate in rates}
    for rates in (possible, possible & certain):
        if len(rates) == 1:
            return f"{next(iter(rates)):f}"
    return unclear_rate("The tax of this row belongs to no single known rate.")


def assigned_rates(
    amounts: Sequence[Decimal], taxes: Mapping[Decimal, Decimal], *, gross: bool
) -> list[Decimal] | None:
    """The rate of each amount, if only one assignment gives the `taxes` of an order by rate.

    `gross` amounts contain their tax. None where no assignment does, or more than one, or where
    there are too many to try.
    """
    if len(taxes) ** len(amounts) > _MOST_ASSIGNMENTS:
        return None
    found = [
        list(rates)
        for rates in product(taxes, repeat=len(amounts))
        if all(
            abs(_tax(amounts, rates, rate, gross=gross) - tax) <= _CENT * rates.count(rate)
            for rate, tax in taxes.items()
        )
    ]
    return found[0] if len(found) == 1 else None


def _tax(
    amounts: Sequence[Decimal], rates: Sequence[Decimal], rate: Decimal, *, gross: bool
) -> Decimal:
    total = sum((amount for amount, of in zip(amounts, rates, strict=True) if of == rate), ZERO)
    return total * rate / (100 + rate if gross else 100)


def unclear_rate(message: str) -> ValueProblem:
    """The value of `tax_percent` where the rate is not known."""
    return ValueProblem("", "tax_rate_unclear", message)


def named_rate(name: str) -> Decimal | None:
    """The rate in the name of a tax, such as “DE MwSt. 19%”."""
    found = _PERCENT.search(name)
    return Decimal(found[1].replace(",", ".")) if found else None


def tax_columns(rate: str) -> dict[str, str]:
    """The columns of a rate: taxed at the standard category, or left to the organisation's at 0.

    A shop does not say why it charged no tax, so no category is invented.
    """
    if isinstance(rate, ValueProblem):
        return {"tax_percent": rate}
    return {"tax_category": "S" if Decimal(rate) else "", "tax_percent": rate}
