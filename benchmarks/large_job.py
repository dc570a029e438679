"""A job of 100,000 orders: steady rate, flat memory, short waits of small jobs, quick cancel."""

import threading
import time
from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks.filling import fill_orders
from benchmarks.jobs import POLL_SECONDS, Watch, check_books, run_job, submit, watching
from benchmarks.running import Running
from benchmarks.sampling import Samples, sampling
from benchmarks.services import ALL, Database, Organization, Site
from benchmarks.table import Row, at_least, below, figure
from benchmarks.throughput import warm_up

ORDERS = 100_000
SMALL_ORDERS = 10
SMALL_JOBS_AT = (0.4, 0.5, 0.6)
CANCELLED_AT = 0.3
CANCELS = 5
QUIET_SECONDS = 1.0  # after so long without a commit, the one before was the cancelled job's last
JOB_SECONDS = 300.0


def measure(site: Site) -> Iterator[Row]:
    with site.database() as database:
        large, small = database.organization("large"), database.organization("small")
        first = fill_orders(database, large.id, ORDERS)
        cancelled = [fill_orders(database, large.id, ORDERS) for _ in range(CANCELS)]
        little = [fill_orders(database, small.id, SMALL_ORDERS) for _ in SMALL_JOBS_AT]
        database.administer("VACUUM (ANALYZE)")
        with site.processes(database, *ALL) as running:
            warm_up(site, running, database)
            job_id = submit(running, large, first)
            with sampling(site, database, running, job_id, ORDERS) as samples:
                waited = list(_small_jobs(running, database, job_id, small, little))
                with watching(database, running) as watch:
                    watch.wait_for_items(job_id, None, JOB_SECONDS)
            yield from _steadiness(database, job_id)
            slowest = max(waited)
            what = f"{SMALL_ORDERS} orders of another organisation in its middle, POST to end"
            each = ", ".join(map(figure, waited))
            yield below(what, slowest, 3, "s", f"slowest of {each}")
            yield from _memory(samples)
            yield _cancels(running, database, large, cancelled)
        check_books(database)


def _small_jobs(
    running: Running,
    database: Database,
    job_id: str,
    small: Organization,
    orders: Sequence[range],
) -> Iterator[float]:
    """Sends small jobs while the large one runs; returns the seconds that each took."""
    with watching(database, running) as watch:
        for share, order_ids in zip(SMALL_JOBS_AT, orders, strict=True):
            watch.wait_for_items(job_id, int(share * ORDERS), JOB_SECONDS)
            yield run_job(running, database, small, order_ids).seconds
        if watch.progress(job_id)[0] != "processing":
            raise RuntimeError("the large job ended before the small ones were sent")


def _steadiness(database: Database, job_id: str) -> Iterator[Row]:
    """Rates from the items' `ended_at`; the first tenth begins with the job's first commit."""
    query = """
        SELECT extract(epoch FROM ended_at)::float8 FROM batch_job_items
        WHERE job_id = %s ORDER BY ended_at
    """
    ended = [at for (at,) in database.sql(query, [job_id])]
    tenth = len(ended) // 10
    first, last = tenth / (ended[tenth] - ended[0]), tenth / (ended[-1] - ended[-1 - tenth])
    detail = f"{figure(last)}/s to {figure(first)}/s"
    yield at_least(f"Last tenth of {ORDERS:,} orders to the first", last / first, 0.9, detail)


def _memory(samples: Samples) -> Iterator[Row]:
    for part, what in (("workers", "Worker processes' memory"), ("redis", "Redis' memory")):
        growth, first, most = samples.growth(part)
        detail = f"{figure(first)} MB after a tenth, at most {figure(most)} MB later"
        yield below(f"{what} over that job, growth", growth, 50, "MB", detail)


def _cancels(
    running: Running, database: Database, organization: Organization, jobs: Sequence[range]
) -> Row:
    found = [_cancel(running, database, organization, order_ids) for order_ids in jobs]
    invoiced, ended = (sorted(seconds) for seconds in zip(*found, strict=True))
    what = f"Cancel of a job of {ORDERS:,}, {CANCELLED_AT:.0%} done, to its last commit"
    each = ", ".join(map(figure, ended))
    detail = f"median of {each}; last invoice {figure(median(invoiced))} s"
    return below(what, median(map(max, found)), 1, "s", detail)


def _cancel(
    running: Running, database: Database, organization: Organization, order_ids: Sequence[int]
) -> tuple[float, float]:
    """Seconds from the POST to the last invoice, and to the end of the last item."""
    with watching(database, running) as watch:
        job_id = submit(running, organization, order_ids)
        watch.wait_for_items(job_id, int(CANCELLED_AT * ORDERS), JOB_SECONDS)
        began = time.monotonic()
        answer: list[int] = []
        path = f"/api/batch-jobs/{job_id}/cancel"
        cancelling = threading.Thread(
            target=lambda: answer.append(running.call("POST", path, organization.token, {})[0])
        )
        cancelling.start()
        invoiced, ended = _last_commits(watch, job_id)
        cancelling.join()
    if answer != [200]:
        raise RuntimeError(f"cancel answered {answer}")
    return invoiced - began, ended - began


def _last_commits(watch: Watch, job_id: str) -> tuple[float, float]:
    """When the last invoice was seen, and when the last item was seen to have ended."""
    seen = watch.progress(job_id)
    invoiced = ended = time.monotonic()
    while seen[1] + seen[2] < ORDERS or time.monotonic() - max(invoiced, ended) < QUIET_SECONDS:
        time.sleep(POLL_SECONDS)
        now = watch.progress(job_id)
        if now[1] != seen[1]:
            invoiced = time.monotonic()
        if now[2] != seen[2]:
            ended = time.monotonic()
        if time.monotonic() - max(invoiced, ended) > JOB_SECONDS / 10:
            raise RuntimeError(f"job {job_id} was cancelled but still has open items: {now}")
        seen = now
    return invoiced, ended
