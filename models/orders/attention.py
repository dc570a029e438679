"""Orders that need attention: confirmed, and yet they could not be invoiced.

The reason is stored with the order, so that a list finds it through an index. Whoever writes an
order marks it in the same transaction. A change of the rules or of the organisation concerns
orders that nobody writes: `attention_stamp` says by which rules and for which seller an order was
checked last, and a periodic duty checks the orders with another stamp again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Text

import models.invoicing
from models.id_arrays import IdArray
from models.invoicing.finding import Finding
from models.invoicing.source import Seller, SourceOrder
from models.invoicing.validation import validate
from models.orders.loading import load_orders, load_seller

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
# Two ranges, because an index has no "differs from".
_OUTDATED = text(
    """
    WITH outdated AS (
        (SELECT id FROM orders WHERE status = 'confirmed' AND attention_stamp < :stamp
         ORDER BY attention_stamp LIMIT :limit)
        UNION ALL
        (SELECT id FROM orders WHERE status = 'confirmed' AND attention_stamp > :stamp
         ORDER BY attention_stamp LIMIT :limit)
    )
    SELECT o.id FROM outdated JOIN orders o USING (id)
    ORDER BY o.id LIMIT :limit FOR NO KEY UPDATE OF o SKIP LOCKED
    """
).bindparams(bindparam("stamp", type_=BigInteger))


def stamp_of(seller: Seller) -> int:
    """By which rules and for which seller an order is checked: another one for each change."""
    digest = blake2b(repr(seller).encode(), key=_rules(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1


def attention_of(order: SourceOrder, findings: Sequence[Finding]) -> Finding | None:
    """The reason to show; None for drafts and cancelled orders, which nobody wants to invoice."""
    return findings[0] if findings and order.status == "confirmed" else None


def mark(session: Session, organization_id: int, order_ids: Sequence[int]) -> int:
    """Checks these orders by the rules and stores the reason; returns how many need attention.

    For the transaction that has written them. Works in chunks of a thousand.
    """
    seller = load_seller(session, organization_id)
    needing = 0
    for start in range(0, len(order_ids), CHUNK):
        orders = load_orders(session, order_ids[start : start + CHUNK])
        reasons = {
            order.id: attention_of(order, validate(order, seller))
            for order in orders.values()
            if order.status != "invoiced"
        }
        _store(session, stamp_of(seller), reasons)
        needing += sum(reason is not None for reason in reasons.values())
    return needing


def mark_outdated(session: Session, organization_id: int) -> int:
    """Checks up to a thousand confirmed orders again whose stamp is outdated; returns how many.

    Orders that another transaction has locked are left to it, or to the next round.
    """
    stamp = stamp_of(load_seller(session, organization_id))
    ids = session.scalars(_OUTDATED, {"stamp": stamp, "limit": CHUNK}).all()
    if ids:
        mark(session, organization_id, ids)
    return len(ids)


def _store(session: Session, stamp: int, reasons: Mapping[int, Finding | None]) -> None:
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


@cache
def _rules() -> bytes:
    """A key of the rules as installed: nobody has to remember to count a version up."""
    files = sorted(Path(path) for path in Path(models.invoicing.__path__[0]).glob("*.py"))
    return blake2b(b"".join(map(Path.read_bytes, files)), digest_size=32).digest()
