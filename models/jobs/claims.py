"""The only code that counts attempts: a worker claims orders, and releases what it did not end.

An attempt is counted and committed before the work begins, so that an order that kills its worker
is remembered; after `MAX_ATTEMPTS` the order is given up. When something outside of the order stops
the work, the worker releases its claim, and the attempt does not count. Whatever prevented the
commit (a database that is read-only, full or gone) may prevent the release, too. The release then
stays pending in this process, which makes it before it claims more orders of that job.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import TextClause
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.invoicing.finding import Finding
from models.jobs import items, status_updates
from models.jobs.published_state import JobState, job_status
from models.jobs.search import organization_of_job
from models.jobs.status import RUNNABLE, JobStatus
from models.planner import group_transaction

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
GAVE_UP = Finding(
    "gave_up_after_retries",
    f"Work on the order began {MAX_ATTEMPTS} times and never finished.",
    "order",
    "Ask the operator of Billmill to look at the workers' log, then retry.",
)

_OPEN = items.look_up("i.status = 'pending'", lock="")
_CLAIM_FRESH = items.change(
    "i.status = 'pending' AND i.attempts = 0 AND 'processing' = "
    "(SELECT status FROM batch_job_queue WHERE id = :job_id)",
    "attempts = 1",
)
_CLAIM_AGAIN = items.change("i.status = 'pending'", "attempts = i.attempts + 1")
# Not after a retry, which gives the order a later position and counts its attempts from 0. If it is
# not certain that the attempt is still counted, only while the item is as the claim left it.
_RELEASE = items.change(
    "i.status = 'pending' AND i.attempts > 0 AND i.position <= :last_position "
    "AND (:certain OR i.changed_by = CAST(:claimed_by AS xid))",
    "attempts = i.attempts - 1",
)
_COUNT_DUPLICATES = items.change(
    "i.status IN ('succeeded', 'failed')", "duplicate_deliveries = i.duplicate_deliveries + 1"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Orders on which this process may work; it has counted this `attempt` on each.

    `claimed_by` is the id of the transaction that counted it; no other claim has the same.
    `last_position` is the highest position of the orders in the job.
    """

    order_ids: Sequence[int] = ()
    attempt: int = 0
    claimed_by: str = ""
    last_position: int = 0

    @property
    def is_one_too_many(self) -> bool:
        """Whether the orders must be given up instead."""
        return self.attempt > MAX_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is to be done for a group of messages.

    `fresh` orders are on their first attempt, which is counted. An earlier attempt on the
    `repeated` ones did not finish: each needs a claim of its own (`claim_again`). `started` is the
    job's state if these were its first messages.
    """

    fresh: Claim = Claim()
    repeated: Sequence[int] = ()
    started: JobState | None = None


def claim(organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]) -> Claimed:
    """Counts the first attempt on each order that had none.

    Messages for orders that have ended are counted as duplicates. Raises `NotFound` for a job that
    was deleted.
    """
    _pending.release(organization_id, job_id)
    claimed = Claimed()
    try:
        with group_transaction(organization_id) as session:
            claimed = _claim(session, job_id, order_ids)
    except DBAPIError as error:
        _release_later_if_unknown(error, organization_id, job_id, claimed.fresh)
        raise
    return claimed


def claim_again(organization_id: int, job_id: uuid.UUID, order_id: int) -> Claim | None:
    """Counts one more attempt on an open order; None if it has ended or is locked."""
    _pending.release(organization_id, job_id)
    claimed = Claim()
    try:
        with group_transaction(organization_id) as session:
            claimed = _count(session, _CLAIM_AGAIN, job_id, [order_id])
    except DBAPIError as error:
        _release_later_if_unknown(error, organization_id, job_id, claimed)
        raise
    return claimed if claimed.order_ids else None


def release(
    organization_id: int, job_id: uuid.UUID, claimed: Claim, order_ids: Collection[int]
) -> None:
    """Takes back the claim's attempt on those of its orders that are open, now or later.

    An attempt that another worker has counted stays.
    """
    _pending.add(organization_id, job_id, _Release(claimed, order_ids))
    _release_pending(organization_id, job_id)


def release_all() -> None:
    """Makes this process's pending releases, as far as possible, before it ends."""
    for organization_id, job_id in _pending.jobs():
        _release_pending(organization_id, job_id)


def _release_pending(organization_id: int, job_id: uuid.UUID) -> None:
    try:
        _pending.release(organization_id, job_id)
    except (SQLAlchemyError, OSError) as error:
        logger.info("Job %s's attempts are released later: %s", job_id, type(error).__name__)


_known_organization_of = lru_cache(maxsize=4096)(organization_of_job)
# The first messages of a job reach all threads at once: the first thread runs the query, and the
# others wait for its result.
_reading_organization = threading.Lock()


def organization_of(job_id: uuid.UUID) -> int:
    """The organisation of a job, which a message does not name; raises `NotFound`."""
    with _reading_organization:
        return _known_organization_of(job_id)


def _claim(session: Session, job_id: uuid.UUID, order_ids: Sequence[int]) -> Claimed:
    fresh = _count(session, _CLAIM_FRESH, job_id, order_ids)
    left = set(order_ids) - set(fresh.order_ids)
    if not left:
        return Claimed(fresh)
    status = job_status(session, job_id)
    if status is None:
        raise NotFound(f"There is no batch job {job_id}.")
    started = status_updates.start(session, job_id) if status == JobStatus.PENDING else None
    if status in RUNNABLE:
        # This transaction or another one may have started the job since the first look.
        more = _count(session, _CLAIM_FRESH, job_id, left)
        fresh = Claim(
            (*fresh.order_ids, *more.order_ids),
            1,
            fresh.claimed_by or more.claimed_by,
            max(fresh.last_position, more.last_position),
        )
        left -= set(more.order_ids)
    attempts = _count_duplicates(session, job_id, left)
    if not fresh.order_ids and status not in RUNNABLE:
        return Claimed()
    # Orders without an attempt are being claimed by another worker right now.
    return Claimed(fresh, [order_id for order_id, count in attempts.items() if count], started)


def _count(
    session: Session, statement: TextClause, job_id: uuid.UUID, order_ids: Collection[int]
) -> Claim:
    rows = session.execute(statement, {"job_id": job_id, "ids": sorted(order_ids)}).all()
    if not rows:
        return Claim()
    return Claim(
        [row.order_id for row in rows],
        rows[0].attempts,
        rows[0].changed_by,
        max(row.position for row in rows),
    )


def _count_duplicates(
    session: Session, job_id: uuid.UUID, order_ids: Collection[int]
) -> dict[int, int]:
    """Counts messages for ended orders as duplicates; returns the attempts on each open order."""
    found = {"job_id": job_id, "ids": sorted(order_ids)}
    attempts = {row.order_id: row.attempts for row in session.execute(_OPEN, found)}
    ended = set(order_ids) - attempts.keys()
    if ended:
        session.execute(_COUNT_DUPLICATES, {"job_id": job_id, "ids": sorted(ended)})
    return attempts


def _release_later_if_unknown(
    error: DBAPIError, organization_id: int, job_id: uuid.UUID, claimed: Claim
) -> None:
    """Releases the claim later if the connection was lost at the COMMIT: it may count."""
    if claimed.order_ids and _is_unanswered_commit(error):
        _pending.add(organization_id, job_id, _Release(claimed, claimed.order_ids, certain=False))


def _is_unanswered_commit(error: BaseException) -> bool:
    return (
        isinstance(error, DBAPIError) and error.connection_invalidated and error.statement is None
    )


def _take_back(organization_id: int, job_id: uuid.UUID, releases: Sequence[_Release]) -> None:
    with group_transaction(organization_id) as session:
        for one in releases:
            parameters = {
                "job_id": job_id,
                "ids": sorted(one.order_ids),
                "claimed_by": one.claimed.claimed_by,
                "last_position": one.claimed.last_position,
                "certain": one.certain,
            }
            session.execute(_RELEASE, parameters)


@dataclass(frozen=True, slots=True)
class _Release:
    """Orders of a claim whose attempt must be taken back.

    It is not `certain` that the attempt is counted if the COMMIT of the claim was not answered, or
    that of an earlier release.
    """

    claimed: Claim
    order_ids: Collection[int]
    certain: bool = True


class _PendingReleases:
    """The releases that this process has not been able to make yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._releases: dict[tuple[int, uuid.UUID], list[_Release]] = {}

    def jobs(self) -> list[tuple[int, uuid.UUID]]:
        """The organisation and the id of each job with pending releases."""
        with self._lock:
            return list(self._releases)

    def add(self, organization_id: int, job_id: uuid.UUID, *releases: _Release) -> None:
        """Adds releases."""
        with self._lock:
            self._releases.setdefault((organization_id, job_id), []).extend(releases)

    def release(self, organization_id: int, job_id: uuid.UUID) -> None:
        """Makes the releases of a job; if that raises, they stay pending."""
        with self._lock:
            releases = self._releases.pop((organization_id, job_id), None)
        if not releases:
            return
        try:
            _take_back(organization_id, job_id, releases)
        except BaseException as error:
            # A time limit, which is no `Exception`, may interrupt the COMMIT.
            if _is_unanswered_commit(error) or not isinstance(error, Exception):
                releases = [replace(each, certain=False) for each in releases]
            self.add(organization_id, job_id, *releases)
            raise


_pending = _PendingReleases()
