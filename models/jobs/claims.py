"""What a worker claimed and gives back: attempts that ended by no fault of the order.

An order's attempt is counted and committed before its work begins, so that an order that kills its
worker is remembered. Where the surroundings put an end to the work, the attempt is released. What
keeps the work from its commit (a database that is read-only, full or gone) may keep the release
from it too: then this process owes it, and releases before it claims anything of that job again.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from models.jobs.run import TakenUp, count_attempt, give_back, take_up

logger = logging.getLogger(__name__)


class Claims:
    """The claims of this process that it could not release yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owed: dict[tuple[int, uuid.UUID], set[int]] = defaultdict(set)

    def claim(self, organization_id: int, job_id: uuid.UUID, order_ids: Sequence[int]) -> TakenUp:
        """See `job_run.take_up`."""
        self._settle(organization_id, job_id)
        try:
            return take_up(organization_id, job_id, order_ids)
        except DBAPIError as error:
            self._owe_if_unknown(error, organization_id, job_id, order_ids)
            raise

    def claim_again(self, organization_id: int, job_id: uuid.UUID, order_id: int) -> int:
        """See `job_run.count_attempt`."""
        self._settle(organization_id, job_id)
        try:
            return count_attempt(organization_id, job_id, order_id)
        except DBAPIError as error:
            self._owe_if_unknown(error, organization_id, job_id, [order_id])
            raise

    def release(self, organization_id: int, job_id: uuid.UUID, order_ids: Collection[int]) -> None:
        """Takes the attempts on open orders back, now or before the next claim."""
        with self._lock:
            self._owed[organization_id, job_id].update(order_ids)
        try:
            self._settle(organization_id, job_id)
        except (SQLAlchemyError, OSError) as error:
            logger.info("%d attempts are released later: %s", len(order_ids), type(error).__name__)

    def release_all(self) -> None:
        """Releases what is owed, as far as possible, before the process ends."""
        for organization_id, job_id in list(self._owed):
            self.release(organization_id, job_id, ())

    def _owe_if_unknown(
        self,
        error: DBAPIError,
        organization_id: int,
        job_id: uuid.UUID,
        order_ids: Collection[int],
    ) -> None:
        """A connection that was lost at the COMMIT may have counted attempts that nobody makes: an
        attempt too few is better than one too many."""
        if error.connection_invalidated and error.statement is None:
            with self._lock:
                self._owed[organization_id, job_id].update(order_ids)

    def _settle(self, organization_id: int, job_id: uuid.UUID) -> None:
        key = (organization_id, job_id)
        if key not in self._owed:
            return
        with self._lock:
            owed = self._owed.pop(key, set())
        try:
            if owed:
                give_back(organization_id, job_id, owed)
        except BaseException:
            with self._lock:
                self._owed[key] |= owed
            raise


claims = Claims()
