"""A job that a test drives step by step, without workers, people or the sweep."""

import json
from collections.abc import Sequence
from uuid import UUID

import redis
from sqlalchemy import text

from actors import job_control
from actors.create_invoice import create_invoice
from actors.window_size import measured_pace
from models.accounts.audit import Author
from models.database import org_transaction, owner_transaction
from models.jobs import claims, run, status_updates
from models.jobs.cancel_and_retry import Selection
from models.jobs.published_state import JobState, job_state
from models.jobs.submission import Submission, submit_orders
from models.tables.batch_job import BatchJobItem
from tests.jobs.items import items_of
from tests.records import Account, new_account, new_orders

QUEUE = "dramatiq:invoices"


class DrivenJob:
    """A job in its own organisation, with one line per order."""

    def __init__(self, slug: str, count: int, flawed: Sequence[int], queues: redis.Redis) -> None:
        self._queues = queues
        self._account: Account = new_account(slug)
        self.organization_id = self._account.organization_id
        self._author = Author(self._account.user_id)
        self.order_ids = new_orders(self._account, count, flawed=flawed, lines=1)
        submission = Submission(self._account.user_id)
        self.id = submit_orders(self.organization_id, self.order_ids, submission).job_id

    def deliver(self, order_id: int) -> None:
        """Handles the order's message as a worker does."""
        create_invoice(str(self.id), order_id)

    def next_of_queue(self) -> int | None:
        """Takes the job's next message out of Redis, as a worker would; returns its order."""
        while (id_ := self._queues.lpop(QUEUE)) is not None:
            message = self._queues.hget(f"{QUEUE}.msgs", id_)
            self._queues.hdel(f"{QUEUE}.msgs", id_)
            job_id, order_id = json.loads(message)["args"]
            if UUID(job_id) == self.id:
                return int(order_id)
        return None

    def begin_work(self, order_id: int) -> bool:
        """Claims the order as a worker does; returns whether there is an invoice to write."""
        claimed = claims.claim(self.organization_id, self.id, [order_id])
        self._claim = claimed.fresh
        if claimed.repeated:
            again = claims.claim_again(self.organization_id, self.id, order_id)
            assert again is not None
            self._claim = again
        return bool(self._claim.order_ids)

    def commit(self, order_id: int) -> None:
        """Runs the invoice's transaction, without publishing progress."""
        try:
            window = measured_pace.window(self.id)
            run.run_items(self.organization_id, self.id, [order_id], window)
        except run.JobNotRunning:
            claims.release(self.organization_id, self.id, self._claim, [order_id])

    def pause(self) -> None:
        job_control.pause(self.organization_id, self.id, self._author)

    def resume(self) -> None:
        job_control.resume(self.organization_id, self.id, self._author)

    def reset(self) -> None:
        job_control.reset(self.organization_id, self.id, self._author)

    def reset_by_sql(self) -> None:
        """Resets the job as an operator may do on a live system."""
        with owner_transaction() as session:
            session.execute(
                text(
                    "UPDATE batch_job_queue SET status = 'pending', started_at = NULL "
                    "WHERE id = :id"
                ),
                {"id": self.id},
            )

    def cancel(self) -> None:
        job_control.cancel(self.organization_id, self.id, self._author)

    def cancel_cut_short(self) -> None:
        """Cancels the job, but dies before the open orders are cancelled."""
        with org_transaction(self.organization_id) as session:
            status_updates.cancel(session, self.id)

    def retry(self, selection: Selection) -> None:
        job_control.retry_failed(self.organization_id, self.id, self._author, selection)

    def state(self) -> JobState:
        with org_transaction(self.organization_id) as session:
            return job_state(session, self.id)

    def items(self) -> dict[int, BatchJobItem]:
        """The job's items by order."""
        return items_of(self._account, self.id)
