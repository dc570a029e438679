"""Prices with VAT, as shops have them, and what an invoice, which is net, makes of them.

EN 16931 knows net prices only (BT-146). The net price of a gross price is rounded to six decimals,
like every price of an orders file, so that quantity x price still gives the line's net.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from models.invoicing.currency import EXACT, round_money
from models.invoicing.source import SourceLine
from models.invoicing.tax_amounts import PERCENT

_SIX_DECIMALS = Decimal("0.000001")
# A quotient need not end: 50 digits are far more than a price has.
_DIVISION = Context(prec=50, rounding=ROUND_HALF_UP)


def net_unit_price(gross: Decimal, tax_percent: Decimal) -> Decimal:
    """The net price of one unit that costs `gross` with VAT of `tax_percent` (19 is 19 %).

    Six decimals, halves away from zero; the price itself where no tax is charged. Raises
    `decimal.DecimalException` for a price or rate that is not finite or beyond 44 digits.
    """
    if not tax_percent:
        return gross
    with localcontext(EXACT):
        hundredfold, divisor = gross * 100, 100 + tax_percent
    net = _DIVISION.divide(hundredfold, divisor)
    return net.quantize(_SIX_DECIMALS, context=_DIVISION)


def with_net_price(line: SourceLine) -> SourceLine:
    """The line with the `unit_price` that its `unit_price_gross` gives, or as it is."""
    if line.unit_price_gross is None:
        return line
    return replace(line, unit_price=net_unit_price(line.unit_price_gross, line.tax_percent))


def gross_price_total(lines: Iterable[SourceLine], currency: str) -> Decimal | None:
    """What the shop asked for all `lines`: the sum of quantity x gross price after discount, each
    rounded to the currency's minor units.

    None if the sum is not known, because a taxed line has a net price only, or no line has a gross
    price. A line without tax costs the same either way.
    """
    given = tuple(lines)
    if all(line.unit_price_gross is None for line in given):
        return None
    with localcontext(EXACT):
        return _total(given, currency)


def _total(lines: Iterable[SourceLine], currency: str) -> Decimal | None:
    total = round_money(Decimal(0), currency)
    for line in lines:
        price = line.unit_price_gross
        if price is None:
            if line.tax_percent:
                return None
            price = line.unit_price
        amount = round_money(
            line.quantity * price * (100 - line.discount_percent) * PERCENT, currency
        )
        total += -amount if line.row_type == "allowance" else amount
    return total
