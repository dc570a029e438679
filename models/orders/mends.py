"""Which values of orders people have mended: an import of the old value would undo that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.id_arrays import any_of
from models.tables.audit_log import AuditEntry

Mends = Mapping[str, tuple[str | None, str | None]]
"""The value before the first mend and after the last one, by field.

Fields are paths as in findings (`customer.street`, `lines[3].unit`), values are texts as
`value_text` writes them; None means that there was or is no such line or value.
"""


def mended_fields(session: Session, order_ids: Sequence[int]) -> dict[int, Mends]:
    """The mends of each of these orders, without orders and values that are as before."""
    rows = session.execute(
        select(AuditEntry.order_id, AuditEntry.details["changes"])
        .where(AuditEntry.order_id == any_of(order_ids), AuditEntry.action == "order.changed")
        .order_by(AuditEntry.order_id, AuditEntry.id)
    )
    mends: dict[int, dict[str, tuple[str | None, str | None]]] = {}
    for order_id, changes in rows:
        of_order = mends.setdefault(order_id, {})
        for each in changes:
            first, _ = of_order.get(each["field"], (each["old"], None))
            of_order[each["field"]] = (first, each["new"])
    real = {
        order_id: {field: (old, new) for field, (old, new) in of_order.items() if old != new}
        for order_id, of_order in mends.items()
    }
    return {order_id: of_order for order_id, of_order in real.items() if of_order}
