"""The batch jobs of an organisation: the list, the current ones, and one by its id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy import BigInteger, any_, bindparam, func, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Uuid

from models.accounts.users import user_emails
from models.database import crossing_transaction, org_transaction, set_locally
from models.errors import NotFound
from models.jobs.status import ACTIVE
from models.lists.listing import count_rows
from models.lists.paging import Page, checked_limit, decode_cursor, make_page
from models.planner import PAGES
from models.tables.batch_job import BatchJob
from models.tables.organization import Organization

# Repeats the condition of row-level security, which alone cannot use an index on the organisation
# because it has an alternative for the sweep.
_CURRENT = func.current_setting("billmill.organization_id").cast(BigInteger)
_OWN = BatchJob.organization_id == select(_CURRENT).scalar_subquery()


def list_jobs(
    session: Session, *, status: str | None = None, after: str | None = None, limit: int = 50
) -> Page[BatchJob]:
    """The next page of jobs, newest first."""
    set_locally(session, PAGES)
    listed = select(BatchJob).where(_OWN)
    if status is not None:
        listed = listed.where(BatchJob.status == status)
    if after is not None:
        position = decode_cursor(after, datetime, UUID)
        listed = listed.where(tuple_(BatchJob.created_at, BatchJob.id) < tuple_(*position))
    listed = listed.order_by(BatchJob.created_at.desc(), BatchJob.id.desc())
    rows = session.scalars(listed.limit(checked_limit(limit) + 1)).all()
    return make_page(rows, limit, attrgetter("created_at", "id"))


def count_jobs(session: Session, *, status: str | None = None, at_most: int | None = None) -> int:
    """How many jobs `list_jobs` finds on all pages; counts no further than `at_most`."""
    set_locally(session, PAGES)
    listed = select(BatchJob.id).where(_OWN)
    if status is not None:
        listed = listed.where(BatchJob.status == status)
    return session.scalars(count_rows([listed], at_most=at_most)).one()


def current_jobs(session: Session, *, ended_after: datetime, limit: int = 10) -> list[BatchJob]:
    """Active jobs, and those that ended or were cancelled after a point in time; newest first.

    Considers the newest `limit` jobs of each status.
    """
    set_locally(session, PAGES)
    newest = select(BatchJob.id).where(_OWN).order_by(BatchJob.created_at.desc()).limit(limit)
    recent = select(BatchJob.id).where(_OWN).order_by(BatchJob.completed_at.desc()).limit(limit)
    found = union_all(
        *(select(newest.where(BatchJob.status == status).subquery()) for status in ACTIVE),
        select(recent.where(BatchJob.completed_at > ended_after).subquery()),
    )
    ids = bindparam(None, list(session.scalars(found)), type_=ARRAY(Uuid))
    listed = select(BatchJob).where(BatchJob.id == any_(ids))
    return list(session.scalars(listed.order_by(BatchJob.created_at.desc()).limit(limit)))


def get_job(session: Session, job_id: UUID) -> BatchJob:
    """Raises `NotFound` when there is none, or it is another organisation's."""
    job = session.get(BatchJob, job_id, populate_existing=True)
    if job is None:
        raise NotFound(f"There is no batch job {job_id}.")
    return job


@dataclass(frozen=True, slots=True)
class FoundJob:
    """A job and the e-mail address of its author, None if that is not known."""

    job: BatchJob
    created_by: str | None


def find_job(session: Session, job_id: UUID) -> FoundJob:
    """Raises `NotFound`."""
    job = get_job(session, job_id)
    return FoundJob(job, user_emails(session, [job.created_by]).get(job.created_by))


def organization_of_job(job_id: UUID) -> int:
    """The id of the job's organisation; raises `NotFound`."""
    with crossing_transaction("sweep") as session:
        found = session.scalar(select(BatchJob.organization_id).where(BatchJob.id == job_id))
    if found is None:
        raise NotFound(f"There is no batch job {job_id}.")
    return found


def latest_jobs(
    organization_id: int | None, *, status: str | None = None, limit: int = 20
) -> list[tuple[str, FoundJob]]:
    """The latest jobs of one organisation or of all, newest first, each with its slug.

    Only ids are read across organisations: each job is read in its own organisation's transaction.
    """
    latest = select(BatchJob.organization_id, BatchJob.id)
    if organization_id is not None:
        latest = latest.where(BatchJob.organization_id == organization_id)
    if status is not None:
        latest = latest.where(BatchJob.status == status)
    latest = latest.order_by(BatchJob.created_at.desc(), BatchJob.id.desc()).limit(limit)
    with crossing_transaction("sweep") as session:
        ids = session.execute(latest).all()
    found = []
    for own_id, job_id in ids:
        with org_transaction(own_id) as session:
            slug = session.scalars(select(Organization.slug)).one()
            found.append((slug, find_job(session, job_id)))
    return found
