"""The rules for an order's totals."""

from collections.abc import Iterator

from models.invoicing.currency import AmountOutOfRange
from models.invoicing.finding import ASK_AN_ADMIN, OR_IMPORT_AGAIN, Finding
from models.invoicing.gross_prices import gross_price_total
from models.invoicing.source import Seller, SourceOrder
from models.invoicing.totals import Totals, compute_totals


def order_totals(order: SourceOrder) -> Totals | Finding:
    """The totals of an order whose currency and lines are sound, or why there are none."""
    try:
        return compute_totals(order.lines, order.currency)
    except AmountOutOfRange:
        return Finding(
            "amount_out_of_range",
            f"The amounts of order {order.order_number} are too large to be computed.",
            "lines",
            f"Correct the quantities and prices {OR_IMPORT_AGAIN}",
        )


def total_findings(order: SourceOrder, seller: Seller, totals: Totals) -> Iterator[Finding]:
    """What is wrong with the order's totals, the most useful finding first."""
    for found in (
        _negative(order, totals),
        _zero(order, seller, totals),
        _gross_prices(order, totals),
        _expected(order, totals),
    ):
        if found:
            yield found


def _negative(order: SourceOrder, totals: Totals) -> Finding | None:
    """Directive 2006/112/EC art. 219: money that goes back is a credit note, not an invoice."""
    if min(totals.net, totals.gross, totals.payable) >= 0:
        return None
    return Finding(
        "total_negative",
        f"Order {order.order_number} comes to {totals.net:,} {totals.currency} net and "
        f"{totals.payable:,} with VAT; neither may be below 0.",
        "lines",
        "Bill it together with what is owed, or give the money back with a credit note.",
    )


def _zero(order: SourceOrder, seller: Seller, totals: Totals) -> Finding | None:
    """Billmill's own rule: an invoice over 0.00 takes a number only where the seller wants that."""
    if totals.payable or totals.net or seller.allow_zero_totals:
        return None
    return Finding(
        "total_zero",
        f"Order {order.order_number} comes to {totals.payable} {totals.currency}.",
        "lines",
        f"Correct its prices or leave it out; if you want such invoices, {_lower(ASK_AN_ADMIN)}"
        " choose `billmill org edit --allow-zero-totals`.",
    )


def _gross_prices(order: SourceOrder, totals: Totals) -> Finding | None:
    """Billmill's own rule: what the buyer pays is the sum of the prices with VAT, if all are given.

    The invoice's rounding (EN 16931 BT-114) makes up for a few minor units (`totals._rounding`).
    """
    if all(line.unit_price_gross is None for line in order.lines):
        return None
    asked = gross_price_total(order.lines, order.currency)
    if asked is None or asked == totals.payable:
        return None
    return Finding(
        "gross_prices_differ",
        f"The prices with VAT come to {asked:,} {totals.currency}, but net prices of six decimals "
        f"and their VAT to {totals.payable:,}.",
        "lines",
        "Split the line with the large quantity, or give net prices.",
    )


def _expected(order: SourceOrder, totals: Totals) -> Finding | None:
    """Billmill's own rule: the amount due (BT-115) is what the order system says, if it says it."""
    expected = order.expected_gross
    if expected is None or expected == totals.payable:
        return None
    return Finding(
        "expected_gross_differs",
        f"Order {order.order_number} comes to {totals.payable:,} {totals.currency}, "
        f"but {expected:,} was expected.",
        "expected_gross",
        f"Correct the lines or the expected total {OR_IMPORT_AGAIN}",
    )


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
