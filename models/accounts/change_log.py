"""The part of the audit log that the source system may want: what people mended, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.accounts.audit_search import acts_of
from models.database import org_transaction
from models.lists.paging import Page, checked_limit, decode_cursor, make_page
from models.tables.audit_log import AuditEntry

CHANGES: Final = ("order.changed", "customer.changed")
_CHUNK: Final = 1_000


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes; None means any. Both days are included, of UTC."""

    order_id: int | None = None
    customer_id: int | None = None
    date_from: date | None = None
    date_to: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One act that changed an order or a customer, with each value before and after.

    `reason` is `order` for a single order, `selection` for one of many that were changed alike,
    `customer` for an order that took its customer's new data. An operator has no `user`.
    """

    id: int
    at: datetime
    user: str | None
    token: str | None
    source_address: str | None
    action: str
    reason: str
    order_id: int | None
    order_number: str | None
    customer_id: int | None
    customer_number: str | None
    changes: list[dict[str, Any]]


def list_changes(
    session: Session, wanted: ChangeFilter, *, after: str | None = None, limit: int = 50
) -> Page[Change]:
    """The next page, newest first; raises `InvalidRequest` for a cursor that cannot be used."""
    conditions = _conditions(wanted)
    if after is not None:
        conditions.append(AuditEntry.id < decode_cursor(after, int)[0])
    listed = select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc())
    rows = session.scalars(listed.limit(checked_limit(limit) + 1)).all()
    page = make_page(rows, limit, lambda entry: (entry.id,))
    return Page(_changes(session, page.items), page.next_cursor)


def all_changes(organization_id: int, wanted: ChangeFilter) -> Iterator[Change]:
    """All of them, oldest first; no transaction is open between two chunks."""
    after = 0
    while True:
        with org_transaction(organization_id) as session:
            listed = select(AuditEntry).where(*_conditions(wanted), AuditEntry.id > after)
            rows = session.scalars(listed.order_by(AuditEntry.id).limit(_CHUNK)).all()
            found = _changes(session, rows)
        yield from found
        if len(rows) < _CHUNK:
            return
        after = rows[-1].id


def _conditions(wanted: ChangeFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [AuditEntry.action.in_(CHANGES)]
    if wanted.order_id is not None:
        conditions.append(AuditEntry.order_id == wanted.order_id)
    if wanted.customer_id is not None:
        conditions.append(AuditEntry.customer_id == wanted.customer_id)
    if wanted.date_from is not None:
        conditions.append(AuditEntry.created_at >= _begin_of(wanted.date_from))
    if wanted.date_to is not None and wanted.date_to < date.max:
        conditions.append(AuditEntry.created_at < _begin_of(wanted.date_to + timedelta(days=1)))
    return conditions


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _changes(session: Session, entries: Sequence[AuditEntry]) -> tuple[Change, ...]:
    acts = acts_of(session, entries)
    return tuple(
        Change(
            act.id,
            act.at,
            act.user,
            act.token,
            act.source_address,
            act.action,
            act.details.get("reason", "customer"),
            entry.order_id,
            act.details.get("order_number"),
            entry.customer_id,
            act.details.get("customer_number"),
            act.details["changes"],
        )
        for act, entry in zip(acts, entries, strict=True)
    )
