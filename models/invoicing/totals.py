"""An order's amounts: line nets, and the document's net, tax and gross."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, DecimalException, localcontext

from models.invoicing.currency import EXACT, AmountOutOfRange, round_money
from models.invoicing.source import SourceLine
from models.invoicing.tax_amounts import PERCENT, TaxSubtotal, tax_breakdown


@dataclass(frozen=True, slots=True)
class LineTotal:
    """A line with its net amount, rounded to the currency's minor units."""

    line: SourceLine
    net: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The amounts of one document, all in `currency` and rounded to its minor units.

    `lines` keeps the order it was given; `tax_breakdown` is ordered by category (as in
    `TAX_CATEGORIES`) and percentage, however the lines were ordered.
    """

    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    lines: tuple[LineTotal, ...]
    tax_breakdown: tuple[TaxSubtotal, ...]


def compute_totals(lines: Iterable[SourceLine], currency: str) -> Totals:
    """The totals of an invoice over `lines` (EN 16931).

    - line net = round(quantity x unit price x (1 - discount)); the net total is the exact sum
      of the line nets (BR-CO-10, BR-CO-13: no allowances or charges at document level)
    - tax = round(taxable amount x percentage) per category and percentage, NOT a sum of taxes
      per line (BR-CO-17, BR-S-08, BR-S-09 and the like); 19 and 19.00 are the same percentage
    - the tax total is the sum of the breakdown (BR-CO-14), gross = net + tax (BR-CO-15)

    It does not check whether the order can be invoiced: a quantity of 0, a discount of 120, an
    unknown category or no lines at all have totals too. It raises nothing but ValueError:
    `UnknownCurrency`, and `AmountOutOfRange` where a number is NaN or infinite or an amount
    would need more than 100,000 digits. Neither happens for an order in which `validate` finds
    nothing.
    """
    try:
        with localcontext(EXACT):
            return _totals(lines, currency)
    except DecimalException as error:
        raise AmountOutOfRange("an amount cannot be computed exactly") from error


def _totals(lines: Iterable[SourceLine], currency: str) -> Totals:
    zero = round_money(Decimal(0), currency)
    line_totals = []
    taxable: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        if not line.tax_percent.is_finite():
            raise AmountOutOfRange(f"line {line.line_number} is taxed at {line.tax_percent} %")
        net = round_money(_exact_net(line), currency)
        line_totals.append(LineTotal(line, net))
        rate = (line.tax_category, line.tax_percent)
        taxable[rate] = taxable.get(rate, zero) + net
    breakdown = tax_breakdown(taxable, currency)
    net = sum(taxable.values(), zero)
    tax = sum((subtotal.tax for subtotal in breakdown), zero)
    return Totals(currency, net, tax, net + tax, tuple(line_totals), breakdown)


def _exact_net(line: SourceLine) -> Decimal:
    return line.quantity * line.unit_price * (100 - line.discount_percent) * PERCENT
