"""Orders whose rows are scattered: the file returns to one after its first rows were stored.

The stored order lacks lines, so it must not be invoiced: it becomes a draft until the user sorts
the file and imports it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.columns import ORDER_NUMBER
from models.order_import.csv_file.seen_orders import Outcome, ScatteredOrder
from models.order_import.errors import RowError, row_error

_WRITTEN: Final = (Outcome.CREATED, Outcome.UPDATED)

_LOCK: Final = text(
    """
    SELECT id, order_number, status FROM orders
    WHERE order_number = ANY(CAST(:numbers AS text[])) ORDER BY id FOR NO KEY UPDATE
    """
)
_MAKE_DRAFTS: Final = text(
    """
    UPDATE orders SET status = 'draft', revision = revision + 1
    WHERE id = ANY(CAST(:ids AS bigint[])) AND status = 'confirmed'
    """
)


def make_drafts(session: Session, orders: Sequence[ScatteredOrder]) -> dict[str, str]:
    """Turns the confirmed orders among those that this import wrote into drafts.

    Returns the new status of each order that it wrote, by number; `invoiced` if it was too late.
    """
    numbers = [order.number for order in orders if order.before.outcome in _WRITTEN]
    if not numbers:
        return {}
    rows = session.execute(_LOCK, {"numbers": numbers}).all()
    session.execute(_MAKE_DRAFTS, {"ids": [row.id for row in rows]})
    return {row.order_number: "draft" if row.status == "confirmed" else row.status for row in rows}


def scattered_error(order: ScatteredOrder, status: str | None) -> RowError:
    """The error; `status` is from `make_drafts`, None for an order that it left alone."""
    code, where, remedy = "order_rows_apart", "continues here, too far below", _REMEDY
    if order.in_doubt:
        code, where = "order_in_doubt", "may have another row here, which cannot be attributed"
        remedy = f"Mend line {order.line} and import the file again."
    where = f"Order {shown(order.number)} begins on line {order.before.line} and {where}"
    if status == "invoiced":
        message = (
            f"{where}, and was invoiced meanwhile without the rows from here on; correct its "
            "invoice with a credit note."
        )
    else:
        message = f"{where}; {_state(order.before.outcome, status)}. {remedy}"
    return row_error(order.line, ORDER_NUMBER, code, message)


_REMEDY: Final = "Sort the file by order number and import it again."


def _state(outcome: Outcome, status: str | None) -> str:
    if outcome is Outcome.UNCHANGED:
        return "it was left as it was before this import"
    if outcome is Outcome.REJECTED:
        return "it was rejected"
    if status == "cancelled":
        return "it is incomplete, and stays cancelled"
    return "it is incomplete, was made a draft and gets no invoice"
