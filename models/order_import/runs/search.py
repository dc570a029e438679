"""The import runs of an organisation: the history, one by its id, its findings and changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session, aliased

from models.accounts.users import user_emails
from models.database import crossing_transaction
from models.errors import NotFound
from models.lists.newest_first import latest, newest_page, organization_of
from models.lists.paging import Page, checked_limit, decode_cursor, make_page
from models.order_import.runs.status import RUNNABLE, ImportStatus
from models.tables.import_run import ImportChange, ImportFinding, ImportRun


@dataclass(frozen=True, slots=True)
class SameFile:
    """An earlier import of the same file, to its end: when, and the e-mail address of whose."""

    id: UUID
    created_at: datetime
    created_by: str | None


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run, the e-mail address of its author (None at the command line), and an earlier import of
    the same file."""

    run: ImportRun
    created_by: str | None
    same_file: SameFile | None


def list_runs(
    session: Session,
    *,
    status: ImportStatus | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[FoundRun]:
    """The next page of runs, newest first."""
    page = newest_page(session, ImportRun, status=status, after=after, limit=limit)
    return Page(tuple(_found(session, page.items)), page.next_cursor)


def find_run(session: Session, run_id: UUID) -> FoundRun:
    """Raises `NotFound` when there is none, or it is another organisation's."""
    run = session.get(ImportRun, run_id, populate_existing=True)
    if run is None:
        raise NotFound(f"There is no import {run_id}.")
    return _found(session, [run])[0]


def list_findings(
    session: Session, run_id: UUID, *, code: str | None = None, after: str | None, limit: int
) -> Page[ImportFinding]:
    """The next page of a run's findings, in the order in which they were found; raises
    `NotFound`."""
    find_run(session, run_id)
    listed = select(ImportFinding).where(ImportFinding.run_id == run_id)
    if code is not None:
        listed = listed.where(ImportFinding.code == code)
    if after is not None:
        listed = listed.where(ImportFinding.position > decode_cursor(after, int)[0])
    rows = session.scalars(
        listed.order_by(ImportFinding.position).limit(checked_limit(limit) + 1)
    ).all()
    return make_page(rows, limit, lambda found: (found.position,))


def list_changes(
    session: Session,
    run_id: UUID,
    kind: Literal["order", "customer"],
    *,
    after: str | None,
    limit: int,
) -> Page[ImportChange]:
    """The next page of what a run changed, in the order of the file; raises `NotFound`."""
    find_run(session, run_id)
    of_run = (ImportChange.run_id == run_id, ImportChange.kind == kind)
    listed = select(ImportChange).where(*of_run)
    if after is not None:
        listed = listed.where(ImportChange.position > decode_cursor(after, int)[0])
    rows = session.scalars(
        listed.order_by(ImportChange.position).limit(checked_limit(limit) + 1)
    ).all()
    return make_page(rows, limit, lambda change: (change.position,))


def has_kept_mends(session: Session, run_id: UUID) -> bool:
    """Whether the run left a person's mends as they are where its file has the old values."""
    kept = select(ImportChange.position).where(
        ImportChange.run_id == run_id,
        ImportChange.kind == "order",
        ImportChange.details["mends_kept"].as_boolean(),
    )
    return session.scalar(kept.limit(1)) is not None


def organization_of_run(run_id: UUID) -> int:
    """The id of the run's organisation; raises `NotFound`."""
    found = organization_of(ImportRun, run_id)
    if found is None:
        raise NotFound(f"There is no import {run_id}.")
    return found


def runs_without_a_process() -> list[tuple[UUID, int]]:
    """The runs that a message must work on, each with its slice, the oldest first."""
    statement = (
        select(ImportRun.id, ImportRun.slice)
        .where(
            ImportRun.status.in_(RUNNABLE),
            or_(ImportRun.lease_until.is_(None), ImportRun.lease_until < func.now()),
        )
        .order_by(ImportRun.created_at)
    )
    with crossing_transaction("sweep") as session:
        return [(run_id, slice_number) for run_id, slice_number in session.execute(statement)]


def latest_runs(organization_id: int | None, *, limit: int = 20) -> list[tuple[str, FoundRun]]:
    """The latest runs of one organisation or of all, newest first, each with its slug."""
    return latest(ImportRun, find_run, organization_id, limit=limit)


def _found(session: Session, runs: Sequence[ImportRun]) -> list[FoundRun]:
    same = _same_files(session, runs)
    authors = [run.created_by for run in (*runs, *same.values()) if run.created_by is not None]
    emails = user_emails(session, authors)

    def email(run: ImportRun) -> str | None:
        return None if run.created_by is None else emails.get(run.created_by)

    def same_file(run: ImportRun) -> SameFile | None:
        earlier = same.get(run.id)
        if earlier is None:
            return None
        return SameFile(earlier.id, earlier.created_at, email(earlier))

    return [FoundRun(run, email(run), same_file(run)) for run in runs]


def _same_files(session: Session, runs: Sequence[ImportRun]) -> dict[UUID, ImportRun]:
    """By run, the latest earlier one that imported the same file to its end."""
    this = aliased(ImportRun)
    newest = (
        select(ImportRun)
        .where(
            ImportRun.organization_id == this.organization_id,
            ImportRun.sha256 == this.sha256,
            ImportRun.created_at < this.created_at,
            ImportRun.status == ImportStatus.COMPLETED,
        )
        .order_by(ImportRun.created_at.desc())
        .limit(1)
        .lateral()
    )
    earlier = aliased(ImportRun, newest)
    rows = session.execute(
        select(this.id, earlier).join(newest, true()).where(this.id.in_([run.id for run in runs]))
    )
    return {row[0]: row[1] for row in rows}
