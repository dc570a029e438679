"""The only code that counts attempts: a worker claims orders, and releases what it did not end.

An attempt is counted and committed before the work begins, so that an order that kills its worker
is remembered; after `MAX_ATTEMPTS` the order is given up. When something outside of the order ends
the work, the worker releases its claim, and the attempt does not count. What keeps the work from
its commit (a database that is read-only, full or gone) may keep the release from its commit too.
Then this process owes the release, and makes it before it claims anything of that job again.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
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
    f"Work on the order began {MAX_ATTEMPTS} times and never came to an end.",
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
# Only while the item is as the claim left it: what another worker has counted since stays counted.
_RELEASE = items.change(
    "i.status = 'pending' AND i.changed_by = CAST(:claimed_by AS xid)", "attempts = i.attempts - 1"
)
_COUNT_DUPLICATES = items.change(
    "i.status IN ('succeeded', 'failed')", "duplicate_deliveries = i.duplicate_deliveries + 1"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Orders on which this process may work, and of which it has counted the `attempt`.

    `claimed_by` is the id of the transaction that counted it; no other claim has the same.
    """

    order_ids: Sequence[int] = ()
    attempt: int = 0
    claimed_by: str = ""

    @property
    def is_one_too_many(self) -> bool:
        """Whether the orders are to be given up instead."""
        return self.attempt > MAX_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Claimed:
    """What there is to do for some messages.

    `fresh` orders have their first attempt, which is counted. An attempt on the `repeated` ones
    began before and did not end: each needs a claim of its own (`claim_again`). `started` is the
    job's state if these were its first messages.
    """

    fresh: Claim = Claim()
    repeated: Sequence[int] = ()
    started: JobState | None = None


def claim(organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]) -> Claimed:
    """Counts the first attempt on those of the orders that had none.

    Messages for orders that have ended are counted as duplicates. Raises `NotFound` for a job that
    was deleted.
    """
    _owed.release(organization_id, job_id)
    claimed = Claimed()
    try:
        with group_transaction(organization_id) as session:
            claimed = _claim(session, job_id, order_ids)
    except DBAPIError as error:
        _owe_if_unknown(error, organization_id, job_id, claimed.fresh)
        raise
    return claimed


def claim_again(organization_id: int, job_id: uuid.UUID, order_id: int) -> Claim | None:
    """Counts one more attempt on an open order; None when it has ended or another worker has it."""
    _owed.release(organization_id, job_id)
    claimed = Claim()
    try:
        with group_transaction(organization_id) as session:
            claimed = _count(session, _CLAIM_AGAIN, job_id, [order_id])
    except DBAPIError as error:
        _owe_if_unknown(error, organization_id, job_id, claimed)
        raise
    return claimed if claimed.order_ids else None


def release(
    organization_id: int, job_id: uuid.UUID, claimed: Claim, order_ids: Collection[int]
) -> None:
    """Takes the claim's attempt on those of its orders back that are open, now or later.

    An attempt that another worker has counted since stays, and this one with it.
    """
    _owed.add(organization_id, job_id, _Release(claimed.claimed_by, order_ids))
    _release_owed(organization_id, job_id)


def release_all() -> None:
    """Makes the releases that this process owes, as far as possible, before it ends."""
    for organization_id, job_id in _owed.jobs():
        _release_owed(organization_id, job_id)


def _release_owed(organization_id: int, job_id: uuid.UUID) -> None:
    try:
        _owed.release(organization_id, job_id)
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
        # Since the first look this transaction or another one may have started the job.
        more = _count(session, _CLAIM_FRESH, job_id, left)
        fresh = Claim((*fresh.order_ids, *more.order_ids), 1, fresh.claimed_by or more.claimed_by)
        left -= set(more.order_ids)
    attempts = _count_duplicates(session, job_id, left)
    if not fresh.order_ids and status not in RUNNABLE:
        return Claimed()
    # Another worker is just claiming those without an attempt.
    return Claimed(fresh, [order_id for order_id, count in attempts.items() if count], started)


def _count(
    session: Session, statement: TextClause, job_id: uuid.UUID, order_ids: Collection[int]
) -> Claim:
    rows = session.execute(statement, {"job_id": job_id, "ids": sorted(order_ids)}).all()
    if not rows:
        return Claim()
    return Claim([row.order_id for row in rows], rows[0].attempts, rows[0].changed_by)


def _count_duplicates(
    session: Session, job_id: uuid.UUID, order_ids: Collection[int]
) -> dict[int, int]:
    """Counts messages for orders that have ended; the attempts on each of those that have not."""
    found = {"job_id": job_id, "ids": sorted(order_ids)}
    attempts = {row.order_id: row.attempts for row in session.execute(_OPEN, found)}
    ended = set(order_ids) - attempts.keys()
    if ended:
        session.execute(_COUNT_DUPLICATES, {"job_id": job_id, "ids": sorted(ended)})
    return attempts


def _owe_if_unknown(
    error: DBAPIError, organization_id: int, job_id: uuid.UUID, claimed: Claim
) -> None:
    """The connection was lost at the COMMIT: attempts may be counted that no work follows."""
    if error.connection_invalidated and error.statement is None:
        _owed.add(organization_id, job_id, _Release(claimed.claimed_by, claimed.order_ids))


def _take_back(organization_id: int, job_id: uuid.UUID, releases: Sequence[_Release]) -> None:
    with group_transaction(organization_id) as session:
        for one in releases:
            found = {"job_id": job_id, "ids": sorted(one.order_ids), "claimed_by": one.claimed_by}
            session.execute(_RELEASE, found)


@dataclass(frozen=True, slots=True)
class _Release:
    """Orders of a claim whose attempt is to be taken back."""

    claimed_by: str
    order_ids: Collection[int]


class _Owed:
    """The releases that this process could not make yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._releases: dict[tuple[int, uuid.UUID], list[_Release]] = {}

    def jobs(self) -> list[tuple[int, uuid.UUID]]:
        """The jobs, each after its organisation, of which a release is owed."""
        with self._lock:
            return list(self._releases)

    def add(self, organization_id: int, job_id: uuid.UUID, *releases: _Release) -> None:
        """Owes these releases, too."""
        with self._lock:
            self._releases.setdefault((organization_id, job_id), []).extend(releases)

    def release(self, organization_id: int, job_id: uuid.UUID) -> None:
        """Makes the releases of a job; if that raises, they are still owed."""
        with self._lock:
            releases = self._releases.pop((organization_id, job_id), None)
        if not releases:
            return
        try:
            _take_back(organization_id, job_id, releases)
        except BaseException:
            self.add(organization_id, job_id, *releases)
            raise


_owed = _Owed()
