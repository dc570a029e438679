"""Orders that need attention: confirmed, and yet they could not be invoiced.

The reason is stored with the order, so that a list finds it through an index. Whoever writes an
order marks it in the same transaction. A change of the rules or of the organisation concerns
orders that nobody writes: `attention_stamp` says by which rules and for which seller an order was
checked last, and a periodic duty checks the orders with another stamp again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Text

from models.id_arrays import IdArray
from models.invoicing.finding import Finding
from models.orders.loading import load_orders
from models.orders.rule_book import load_rules

CHUNK: Final = 1_000

# Only orders whose reason or stamp differs are written: an import inserts its orders with the
# stamp, and most have no reason.
_MARK = text(
    """
    UPDATE orders o SET attention_stamp = :stamp, attention_code = given.code,
        attention_field = given.field, attention_message = given.message,
        attention_remedy = given.remedy
    FROM unnest(:ids, :codes, :fields, :messages, :remedies)
        AS given (id, code, field, message, remedy)
    WHERE o.id = given.id
      AND (o.attention_stamp, o.attention_code, o.attention_field, o.attention_message,
           o.attention_remedy)
          IS DISTINCT FROM
          (:stamp, given.code, given.field, given.message, given.remedy)
    """
).bindparams(
    bindparam("stamp", type_=BigInteger),
    bindparam("ids", type_=IdArray()),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("codes", "fields", "messages", "remedies")),
)
# Two ranges, because an index has no "differs from". The third finds the orders that were dated too
# far ahead, and are not any more.
_OUTDATED = text(
    """
    WITH outdated AS (
        (SELECT id FROM orders WHERE status = 'confirmed' AND attention_stamp < :stamp
         ORDER BY attention_stamp LIMIT :limit)
        UNION ALL
        (SELECT id FROM orders WHERE status = 'confirmed' AND attention_stamp > :stamp
         ORDER BY attention_stamp LIMIT :limit)
        UNION ALL
        (SELECT id FROM orders WHERE status = 'confirmed'
         AND attention_code = 'order_date_too_far_ahead'
         AND order_date BETWEEN CAST(:latest AS date) - 60 AND CAST(:latest AS date) LIMIT :limit)
    )
    SELECT o.id FROM (SELECT DISTINCT id FROM outdated) AS outdated JOIN orders o USING (id)
    ORDER BY o.id LIMIT :limit FOR NO KEY UPDATE OF o SKIP LOCKED
    """
).bindparams(bindparam("stamp", type_=BigInteger))


def mark(session: Session, organization_id: int, order_ids: Sequence[int]) -> int:
    """Checks these orders by the rules and stores the reason; returns how many need attention.

    For the transaction that has written them. Works in chunks of a thousand.
    """
    rules = load_rules(session, organization_id)
    needing = 0
    for start in range(0, len(order_ids), CHUNK):
        orders = load_orders(session, order_ids[start : start + CHUNK])
        reasons = {
            order.id: rules.attention(order)
            for order in orders.values()
            if order.status != "invoiced"
        }
        store_reasons(session, rules.stamp, reasons)
        needing += sum(reason is not None for reason in reasons.values())
    return needing


def mark_outdated(session: Session, organization_id: int) -> int:
    """Checks up to a thousand confirmed orders again whose stamp is outdated, or that were dated
    too far ahead and no longer are; returns how many.

    Orders that another transaction has locked are left to it, or to the next round.
    """
    rules = load_rules(session, organization_id)
    known = {"stamp": rules.stamp, "latest": rules.last_order_day, "limit": CHUNK}
    ids = session.scalars(_OUTDATED, known).all()
    if ids:
        mark(session, organization_id, ids)
    return len(ids)


def store_reasons(session: Session, stamp: int, reasons: Mapping[int, Finding | None]) -> None:
    """Stores why each of these orders needs attention, or that it does not."""
    found = sorted(reasons.items())
    if not found:
        return
    session.execute(_MARK, {"stamp": stamp, "ids": [id_ for id_, _ in found], **columns(found)})


def columns(found: Sequence[tuple[int, Finding | None]]) -> dict[str, list[str | None]]:
    """The reasons as one list for each column."""
    names = {"codes": "code", "fields": "field", "messages": "message", "remedies": "remedy"}
    return {
        plural: [None if reason is None else getattr(reason, name) for _, reason in found]
        for plural, name in names.items()
    }
