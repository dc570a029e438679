"""Batch jobs and imports, newest first: a page of an organisation's, or the latest of all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from models.database import crossing_transaction, org_transaction, set_locally
from models.lists.paging import Page, checked_limit, decode_cursor, make_page
from models.planner import PAGES
from models.tables.batch_job import BatchJob
from models.tables.import_run import ImportRun
from models.tables.organization import Organization

Record = TypeVar("Record", BatchJob, ImportRun)
Found = TypeVar("Found")

_CURRENT = func.current_setting("billmill.organization_id").cast(BigInteger)


def own(table: type[BatchJob] | type[ImportRun]) -> ColumnElement[bool]:
    """That a row is the organisation's, so that an index on the organisation is used.

    Repeats the condition of row-level security, which alone cannot use such an index because it has
    an alternative for the sweep.
    """
    return table.organization_id == select(_CURRENT).scalar_subquery()


def newest_page(
    session: Session, table: type[Record], *, status: str | None, after: str | None, limit: int
) -> Page[Record]:
    """The next page of the organisation's rows."""
    set_locally(session, PAGES)
    listed = select(table).where(own(table))
    if status is not None:
        listed = listed.where(table.status == status)
    if after is not None:
        position = decode_cursor(after, datetime, UUID)
        listed = listed.where(tuple_(table.created_at, table.id) < tuple_(*position))
    listed = listed.order_by(table.created_at.desc(), table.id.desc())
    rows = session.scalars(listed.limit(checked_limit(limit) + 1)).all()
    return make_page(rows, limit, attrgetter("created_at", "id"))


def latest(
    table: type[BatchJob] | type[ImportRun],
    find: Callable[[Session, UUID], Found],
    organization_id: int | None,
    *,
    status: str | None = None,
    limit: int,
) -> list[tuple[str, Found]]:
    """The latest of one organisation or of all, each with the organisation's slug.

    Only ids are read across organisations: each row is found in its own organisation's transaction.
    """
    listed = select(table.organization_id, table.id)
    if organization_id is not None:
        listed = listed.where(table.organization_id == organization_id)
    if status is not None:
        listed = listed.where(table.status == status)
    listed = listed.order_by(table.created_at.desc(), table.id.desc()).limit(limit)
    with crossing_transaction("sweep") as session:
        ids = session.execute(listed).all()
    found = []
    for own_id, row_id in ids:
        with org_transaction(own_id) as session:
            slug = session.scalars(select(Organization.slug)).one()
            found.append((slug, find(session, row_id)))
    return found


def organization_of(table: type[BatchJob] | type[ImportRun], row_id: UUID) -> int | None:
    """The id of the organisation that has the row; None if there is no such row."""
    with crossing_transaction("sweep") as session:
        return session.scalar(select(table.organization_id).where(table.id == row_id))
