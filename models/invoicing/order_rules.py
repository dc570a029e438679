"""The rules for an order as a whole: status, date, currency, and that there are lines."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from models.invoicing.currency import MINOR_UNITS
from models.invoicing.finding import OR_IMPORT_AGAIN, Finding
from models.invoicing.source import Seller, SourceOrder, is_blank

EARLIEST_ORDER: Final = date(1990, 1, 1)
TOO_FAR_AHEAD: Final = "order_date_too_far_ahead"


def order_findings(order: SourceOrder, seller: Seller, today: date) -> Iterator[Finding]:
    """What prevents an invoice for the order whatever its lines, the most useful finding first."""
    for found in (
        _status(order),
        _order_date(order, seller, today),
        _currency(order),
        _lines(order),
    ):
        if found:
            yield found


def _status(order: SourceOrder) -> Finding | None:
    """An order is invoiced once, and only when it is confirmed."""
    if order.status == "invoiced" or order.invoice_number is not None:
        number = f" as {order.invoice_number}" if order.invoice_number else ""
        return Finding(
            "already_invoiced",
            f"Order {order.order_number} has already been invoiced{number}.",
            "status",
            "Leave this order out; if its invoice is wrong, correct it with a credit note.",
        )
    if order.status == "cancelled":
        return Finding(
            "order_cancelled",
            f"Order {order.order_number} has been cancelled.",
            "status",
            "Leave this order out, or set its status to “confirmed” if it is to be delivered "
            "after all.",
        )
    if order.status != "confirmed":
        return Finding(
            "order_not_confirmed",
            f"Order {order.order_number} has the status “{order.status}”, not “confirmed”.",
            "status",
            f"Set the status to “confirmed” {OR_IMPORT_AGAIN}",
        )
    return None


def _order_date(order: SourceOrder, seller: Seller, today: date) -> Finding | None:
    """Billmill's own rule: an order is dated from 1990 to some days ahead, as the seller chose.

    Beyond that the date is a slip of the pen or of a spreadsheet, which begins in 1900.
    """
    if order.order_date < EARLIEST_ORDER:
        return Finding(
            "order_date_too_early",
            f"Order {order.order_number} is dated {order.order_date}, before 1990.",
            "order_date",
            f"Correct the order date {OR_IMPORT_AGAIN}",
        )
    days = (order.order_date - today).days
    if days > seller.order_date_days_ahead:
        return Finding(
            TOO_FAR_AHEAD,
            f"Order {order.order_number} is dated {order.order_date}, {days} days ahead; "
            f"at most {seller.order_date_days_ahead} are allowed.",
            "order_date",
            "Correct the order date, wait until then, or ask the operator of Billmill to allow "
            "more with `billmill org edit --order-date-days-ahead`.",
        )
    return None


def _currency(order: SourceOrder) -> Finding | None:
    """EN 16931 BR-05 and BR-CL-04: the currency is one of ISO 4217."""
    if order.currency not in MINOR_UNITS:
        return Finding(
            "currency_unknown",
            f"Order {order.order_number} has no currency."
            if is_blank(order.currency)
            else f"The currency “{order.currency}” is not an active currency of ISO 4217.",
            "currency",
            f"Set a currency such as EUR {OR_IMPORT_AGAIN}",
        )
    return None


def _lines(order: SourceOrder) -> Finding | None:
    """EN 16931 BR-16: there is at least one line; an allowance or charge is none."""
    if not any(line.row_type == "line" for line in order.lines):
        return Finding(
            "order_without_lines",
            f"Order {order.order_number} has no lines.",
            "lines",
            "Add at least one line here, or leave the order out.",
        )
    return None
