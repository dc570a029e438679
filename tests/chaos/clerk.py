"""A clerk who submits jobs over HTTP and watches them."""

import time
from dataclasses import dataclass
from uuid import uuid4

from models.accounts.api_tokens import create_token
from models.database import owner_transaction
from tests.chaos.machine import Machine
from tests.chaos.orders import make_orders, prepare
from tests.records import new_account
from tests.waiting import wait_for

JOB_SECONDS = 240.0
POLL_SECONDS = 0.02
SWEEP_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a job, as in its row."""

    status: str
    ended_items: int
    total_items: int

    @property
    def ended(self) -> bool:
        return self.status in ("completed", "failed", "cancelled")


class Clerk:
    """A user with an API token."""

    def __init__(self, machine: Machine, token: str) -> None:
        self._machine = machine
        self._token = token
        self._batches = 0

    @classmethod
    def hired(cls, machine: Machine) -> "Clerk":
        """A clerk in a new organisation."""
        account = new_account("chaos")
        with owner_transaction() as session:
            token = create_token(
                session,
                organization_id=account.organization_id,
                user_id=account.user_id,
                name="chaos",
            )
        prepare(machine, account.organization_id)
        return cls(machine, token)

    def submit(self, count: int, seed: int) -> str:
        """Submits a job of `count` new orders; repeats the request until it is accepted."""
        self._batches += 1
        order_ids = make_orders(self._machine, self._batches, count, seed)
        key = str(uuid4())

        def job_id() -> str | None:
            status, job = self._machine.post(
                "/api/batch-jobs", self._token, {"order_ids": order_ids}, **{"Idempotency-Key": key}
            )
            assert status in (0, 200, 202, 500, 502, 503), (status, job)
            return str(job["id"]) if status in (200, 202) else None

        return wait_for(job_id, 60)

    def progress(self, job_id: str) -> Progress:
        """Reads the job's progress from the database, as an operator would."""
        query = """SELECT status, processed_items + cancelled_items, total_items
                   FROM batch_job_queue WHERE id = %s"""
        return Progress(*self._machine.sql(query, job_id)[0])

    def watch(self, job_id: str, count: int, seconds: float) -> Progress:
        """Waits until `count` orders or the job have ended, or time is up; returns the progress."""
        deadline = time.monotonic() + seconds
        while (progress := self.progress(job_id)).ended_items < count and not progress.ended:
            if time.monotonic() > deadline:
                break
            time.sleep(POLL_SECONDS)
        return progress

    def see_it_through(self, job_id: str) -> None:
        """Wait for the job's end, running the sweep every few seconds."""
        deadline = time.monotonic() + JOB_SECONDS
        progress = self.progress(job_id)
        while not progress.ended:
            assert time.monotonic() < deadline, progress
            self._machine.post("/api/process-batch-jobs", self._token, {})
            progress = self.watch(job_id, progress.total_items + 1, SWEEP_EVERY_SECONDS)
