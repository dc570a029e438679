"""Runs jobs as a clerk does, watches them in the database, and checks the data afterwards."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from benchmarks.running import Running
from benchmarks.services import Database, Organization

POLL_SECONDS = 0.01
ENDED = ("completed", "failed", "cancelled")

# Each query finds rows that must not exist, in any organisation.
_WRONG = {
    "the counters of a job differ from its items": """
        SELECT j.id, j.status, j.total_items, j.successful_items, j.cancelled_items, i.*
        FROM batch_job_queue j JOIN (
            SELECT job_id, count(*) AS total, count(*) FILTER (WHERE status = 'succeeded') AS done,
                   count(*) FILTER (WHERE status = 'failed') AS failed,
                   count(*) FILTER (WHERE status = 'cancelled') AS cancelled
            FROM batch_job_items GROUP BY job_id) i ON i.job_id = j.id
        WHERE (j.total_items, j.successful_items, j.failed_items, j.cancelled_items)
              <> (i.total, i.done, i.failed, i.cancelled)
           OR i.total <> i.done + i.failed + i.cancelled
    """,
    "an item and its invoice disagree": """
        SELECT i.job_id, i.order_id, v.id FROM batch_job_items i
        LEFT JOIN invoices v ON v.id = i.invoice_id AND v.order_id = i.order_id
                            AND v.batch_job_id = i.job_id
        WHERE i.status = 'succeeded' AND v.id IS NULL LIMIT 5
    """,
    "the numbers have a hole": """
        SELECT organization_id, series, year, min(sequence), max(sequence), count(*)
        FROM invoices JOIN number_series s USING (organization_id, series, year)
        GROUP BY organization_id, series, year, s.last_number
        HAVING min(sequence) <> 1 OR max(sequence) <> count(*) OR s.last_number <> count(*)
            OR count(DISTINCT order_id) <> count(*)
    """,
    "an invoice lacks lines or tax": """
        SELECT v.id FROM invoices v
        WHERE v.batch_job_id IS NOT NULL AND (
            v.net <> (SELECT sum(net) FROM invoice_lines l WHERE l.invoice_id = v.id)
            OR v.tax <> (SELECT sum(tax) FROM invoice_taxes t WHERE t.invoice_id = v.id)) LIMIT 5
    """,
}


class BooksAreWrong(Exception):
    """A guarantee was broken; the message names the fault and the rows that show it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that has ended, and the seconds from the POST to its end."""

    job_id: str
    orders: int
    seconds: float

    @property
    def rate(self) -> float:
        """Orders per second."""
        return self.orders / self.seconds


class Watch:
    """One connection that polls jobs."""

    def __init__(self, connection: psycopg.Connection, running: Running | None) -> None:
        self._connection = connection
        self._running = running

    def progress(self, job_id: str) -> tuple[str, int, int]:
        """Status, items that succeeded or failed, and items that were cancelled."""
        query = """SELECT status, successful_items + failed_items, cancelled_items
                   FROM batch_job_queue WHERE id = %s"""
        found = self._connection.execute(query, [job_id]).fetchone()
        if found is None:
            raise LookupError(f"there is no job {job_id}")
        return found

    def wait_for_end(self, job_ids: Sequence[str], seconds: float = 180) -> None:
        """Waits until all of them have ended."""
        for job_id in job_ids:
            self.wait_for_items(job_id, None, seconds)

    def wait_for_items(self, job_id: str, count: int | None, seconds: float = 180) -> None:
        """Waits until `count` items, or all, have ended; RuntimeError after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            status, processed, _cancelled = self.progress(job_id)
            if status in ENDED or (count is not None and processed >= count):
                return
            if self._running is not None:
                self._running.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"job {job_id}: only {processed} items in {seconds:g} s")
            time.sleep(POLL_SECONDS)


@contextmanager
def watching(database: Database, running: Running | None = None) -> Iterator[Watch]:
    """A `Watch` that connects as the tables' owner, who sees every organisation."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield Watch(connection, running)


def submit(running: Running, organization: Organization, order_ids: Sequence[int]) -> str:
    """Posts the orders as one job; returns its id."""
    body = {"order_ids": list(order_ids)}
    status, job = running.call("POST", "/api/batch-jobs", organization.token, body)
    if status != 202:
        raise RuntimeError(f"POST /api/batch-jobs answered {status}: {job}")
    return str(job["id"])


def run_job(
    running: Running, database: Database, organization: Organization, order_ids: Sequence[int]
) -> Ended:
    """Posts the orders and waits until the job is `completed`."""
    with watching(database, running) as watch:
        began = time.monotonic()
        job_id = submit(running, organization, order_ids)
        watch.wait_for_end([job_id])
        ended = Ended(job_id, len(order_ids), time.monotonic() - began)
        status, processed, _cancelled = watch.progress(job_id)
    if (status, processed) != ("completed", len(order_ids)):
        raise RuntimeError(f"job {job_id} is {status} with {processed} items")
    return ended


def check_books(database: Database) -> None:
    """Raises BooksAreWrong unless counters equal items and numbers have no hole."""
    for name, query in _WRONG.items():
        rows = database.sql(query)
        if rows:
            raise BooksAreWrong(f"{name}: {rows[:5]}")


def issued(database: Database, organization: Organization) -> list[tuple[object, ...]]:
    """Count and sums of an organisation's invoices per currency: equal for equal orders."""
    query = """SELECT currency, count(*), sum(net), sum(tax), sum(gross) FROM invoices
               WHERE organization_id = %s GROUP BY currency"""
    return sorted(database.sql(query, [organization.id]))
