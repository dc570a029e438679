"""An order's amounts: line nets, and the document's net, tax, gross and amount due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException, localcontext

from models.invoicing.currency import (
    EXACT,
    AmountOutOfRange,
    UnknownCurrency,
    round_money,
    smallest_amount,
)
from models.invoicing.gross_prices import gross_price_total, with_net_price
from models.invoicing.source import SourceLine
from models.invoicing.tax_amounts import PERCENT, TaxSubtotal, tax_breakdown


@dataclass(frozen=True, slots=True)
class LineTotal:
    """A row with its amount, rounded to the currency's minor units.

    The amount of an allowance is positive; the totals subtract it.
    """

    line: SourceLine
    net: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The amounts of one document, all in `currency` and rounded to its minor units (BG-22).

    `line_total` is BT-106, `allowances` BT-107, `charges` BT-108, `net` BT-109, `tax` BT-110,
    `gross` BT-112, `rounding` BT-114 and `payable` BT-115. `lines` keeps the order it was given;
    `tax_breakdown` is ordered by category (as in `TAX_CATEGORIES`) and percentage, however the
    lines were ordered.
    """

    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    lines: tuple[LineTotal, ...]
    tax_breakdown: tuple[TaxSubtotal, ...]
    line_total: Decimal
    allowances: Decimal
    charges: Decimal
    rounding: Decimal
    payable: Decimal


def compute_totals(lines: Iterable[SourceLine], currency: str) -> Totals:
    """The totals of an invoice over `lines`, allowances and charges included (EN 16931).

    - line net = round(quantity x unit price x (1 - discount)); the line total is the exact sum of
      the line nets (BR-CO-10), and so are the sums of allowances and charges (BR-CO-11, -12);
      net = line total - allowances + charges (BR-CO-13)
    - tax = round(taxable amount x percentage) per category and percentage, NOT a sum of taxes
      per line (BR-CO-17, BR-S-08, BR-S-09 and the like), allowances and charges included; 19 and
      19.00 are the same percentage
    - the tax total is the sum of the breakdown (BR-CO-14), gross = net + tax (BR-CO-15)
    - payable = gross + rounding (BR-CO-16; nothing is prepaid). The rounding is 0, but where prices
      are given with VAT it leads back to their sum (`_rounding`)

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


def totals_or_none(lines: Iterable[SourceLine], currency: str) -> Totals | None:
    """Like `compute_totals`, with None where it raises."""
    try:
        return compute_totals(lines, currency)
    except (UnknownCurrency, AmountOutOfRange):
        return None


def _totals(lines: Iterable[SourceLine], currency: str) -> Totals:
    zero = round_money(Decimal(0), currency)
    line_totals = []
    taxable: dict[tuple[str, Decimal], Decimal] = {}
    sums = {"line": zero, "allowance": zero, "charge": zero}
    for given in lines:
        if not given.tax_percent.is_finite():
            raise AmountOutOfRange(f"line {given.line_number} is taxed at {given.tax_percent} %")
        line = given if given.unit_price_gross is None else with_net_price(given)
        net = round_money(_exact_net(line), currency)
        line_totals.append(LineTotal(line, net))
        rate = (line.tax_category, line.tax_percent)
        sums[line.row_type] += net
        taxable[rate] = taxable.get(rate, zero) + (-net if line.row_type == "allowance" else net)
    breakdown = tax_breakdown(taxable, currency)
    net = sums["line"] - sums["allowance"] + sums["charge"]
    tax = sum((subtotal.tax for subtotal in breakdown), zero)
    gross = net + tax
    rounding = _rounding(line_totals, gross, currency, len(breakdown))
    return Totals(
        currency, net, tax, gross, tuple(line_totals), breakdown,
        sums["line"], sums["allowance"], sums["charge"], rounding, gross + rounding,
    )  # fmt: skip


def _exact_net(line: SourceLine) -> Decimal:
    return line.quantity * line.unit_price * (100 - line.discount_percent) * PERCENT


def _rounding(lines: Sequence[LineTotal], gross: Decimal, currency: str, rates: int) -> Decimal:
    """What leads from `gross` to the sum of the gross prices, which the buyer has paid (BT-114).

    Each row's net is rounded once, and each rate's tax. A difference beyond one minor unit for each
    of these has another cause; then it is 0, and `validate` refuses the order.
    """
    asked = gross_price_total((each.line for each in lines), currency)
    if asked is None:
        return round_money(Decimal(0), currency)
    missing = asked - gross
    explained = abs(missing) <= (len(lines) + rates) * smallest_amount(currency)
    return missing if explained else round_money(Decimal(0), currency)
