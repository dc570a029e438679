"""The tax of a document, computed and rounded once per category and rate (EN 16931 BG-23)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from models.invoicing.currency import round_money
from models.invoicing.tax_category import TAX_CATEGORIES

PERCENT = Decimal("0.01")
"""To multiply by, because a product is exact and a quotient may not be."""

_BREAKDOWN_POSITION = {code: position for position, code in enumerate(TAX_CATEGORIES)}


@dataclass(frozen=True, slots=True)
class TaxSubtotal:
    """The tax of all lines of one category and rate (EN 16931 BG-23).

    `reason` says why no tax is charged, None where tax is charged or the category needs none.
    """

    category: str
    percent: Decimal
    taxable: Decimal
    tax: Decimal
    reason: str | None


def tax_breakdown(
    taxable: Mapping[tuple[str, Decimal], Decimal], currency: str
) -> tuple[TaxSubtotal, ...]:
    """The subtotals of the taxable amounts, given by category and percentage.

    tax = round(taxable amount x percentage), NOT a sum of taxes per line (BR-CO-17, BR-S-08,
    BR-S-09 and the like). Ordered by category, as in `TAX_CATEGORIES`, and percentage.
    """
    return tuple(
        _subtotal(category, percent, amount, currency)
        for (category, percent), amount in sorted(taxable.items(), key=_breakdown_order)
    )


def _breakdown_order(
    group: tuple[tuple[str, Decimal], Decimal],
) -> tuple[int, str, Decimal]:
    (category, percent), _ = group
    return _BREAKDOWN_POSITION.get(category, len(_BREAKDOWN_POSITION)), category, percent


def _subtotal(category: str, percent: Decimal, taxable: Decimal, currency: str) -> TaxSubtotal:
    tax = round_money(taxable * percent * PERCENT, currency)
    known = TAX_CATEGORIES.get(category)
    reason = known.reason if known else None
    return TaxSubtotal(category, _without_trailing_zeros(percent), taxable, tax, reason)


@lru_cache(maxsize=128)
def _without_trailing_zeros(percent: Decimal) -> Decimal:
    """19 for 19.00, and 20 for 2E+1, so that equal rates are written alike."""
    shortest = percent.normalize()
    exponent = shortest.as_tuple().exponent
    return shortest.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else shortest
