"""The batch jobs of an organisation: the list, the current ones, and one by its id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import any_, bindparam, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Uuid

from models.accounts.users import user_emails
from models.database import set_locally
from models.errors import NotFound
from models.jobs.status import ACTIVE
from models.lists.listing import count_rows
from models.lists.newest_first import latest, newest_page, organization_of, own
from models.lists.paging import Page
from models.planner import PAGES
from models.tables.batch_job import BatchJob

_OWN = own(BatchJob)


def list_jobs(
    session: Session, *, status: str | None = None, after: str | None = None, limit: int = 50
) -> Page[BatchJob]:
    """The next page of jobs, newest first."""
    return newest_page(session, BatchJob, status=status, after=after, limit=limit)


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
    found = organization_of(BatchJob, job_id)
    if found is None:
        raise NotFound(f"There is no batch job {job_id}.")
    return found


def latest_jobs(
    organization_id: int | None, *, status: str | None = None, limit: int = 20
) -> list[tuple[str, FoundJob]]:
    """The latest jobs of one organisation or of all, newest first, each with its slug."""
    return latest(BatchJob, find_job, organization_id, status=status, limit=limit)
