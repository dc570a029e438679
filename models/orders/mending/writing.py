"""Stores mended orders: their values, the reason for attention, and what changed, in one commit.

The caller has locked the orders; a fixed number of statements writes any number of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.accounts.audit import Author, record_acts
from models.invoicing.finding import Finding
from models.invoicing.source import SourceOrder
from models.order_import import statements as sql
from models.orders import attention
from models.orders.mending.differences import Difference, as_dicts
from models.orders.mending.values import BUYER, OWN

_ORDER: Final = (*OWN, *(f"buyer_{name}" for name in BUYER))
_TYPES: Final = {"order_date": "date", "expected_gross": "numeric"}
_REASON: Final = ("codes", "fields", "messages", "remedies")


def _arrays(names: Sequence[str]) -> str:
    return ", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in names)


_UPDATE = text(
    f"""
    UPDATE orders SET {", ".join(f"{name} = given.{name}" for name in _ORDER)},
        revision = revision + 1, attention_stamp = :stamp, attention_code = given.codes,
        attention_field = given.fields, attention_message = given.messages,
        attention_remedy = given.remedies
    FROM unnest(CAST(:ids AS bigint[]), {_arrays((*_ORDER, *_REASON))})
        AS given (id, {", ".join((*_ORDER, *_REASON))})
    WHERE orders.id = given.id
    """  # noqa: S608 - names of our own columns
)


@dataclass(frozen=True, slots=True)
class Mended:
    """An order before and after a change, what differs, and why it still needs attention."""

    before: SourceOrder
    after: SourceOrder
    differences: list[Difference]
    attention: Finding | None


def store(
    session: Session,
    organization_id: int,
    author: Author,
    mended: Sequence[Mended],
    *,
    stamp: int,
    reason: str,
) -> None:
    """Writes the orders and the audit log. `stamp` is that of the seller by whose rules they were
    checked; `reason` says how they were changed, such as `order`, `selection` or `customer`."""
    if not mended:
        return
    in_order = sorted(mended, key=lambda each: each.after.id)
    orders = [each.after for each in in_order]
    found = [(each.after.id, each.attention) for each in in_order]
    session.execute(
        _UPDATE,
        {
            "stamp": stamp,
            "ids": [order.id for order in orders],
            **{name: [getattr(order, name) for order in orders] for name in OWN},
            **{f"buyer_{name}": [getattr(each.buyer, name) for each in orders] for name in BUYER},
            **attention.columns(found),
        },
    )
    _replace_lines(
        session,
        organization_id,
        [each.after for each in in_order if each.before.lines != each.after.lines],
    )
    record_acts(
        session,
        organization_id,
        author,
        "order.changed",
        [(each.after.id, _details(each, reason)) for each in in_order],
    )


def _replace_lines(session: Session, organization_id: int, orders: Sequence[SourceOrder]) -> None:
    if not orders:
        return
    session.execute(sql.DELETE_LINES, {"ids": [order.id for order in orders]})
    rows = [(order.id, *astuple(line)) for order in orders for line in order.lines]
    if rows:
        values = sql.arrays(("order_id", *sql.LINE_COLUMNS), rows)
        session.execute(sql.INSERT_LINES, values | {"organization_id": organization_id})


def _details(each: Mended, reason: str) -> dict[str, Any]:
    return {
        "order_number": each.after.order_number,
        "reason": reason,
        "changes": as_dicts(each.differences),
    }
