"""How long a submit takes: of ten thousand ids, and of a filter that matches 200,000 orders."""

from collections.abc import Callable, Iterator
from statistics import median

from benchmarks.client import Person, p95
from benchmarks.filling import fill_orders
from benchmarks.large_books import INVOICES, large_books
from benchmarks.services import Database, Site
from benchmarks.table import Row, below

IDS = 10_000
MATCHING = 200_000
TIMES_IDS = 20
TIMES_FILTER = 20
PREFIX = "/api/batch-jobs"


def measure(site: Site) -> Iterator[Row]:
    """The database holds a million invoiced orders. A submit sends the first window of messages."""
    database, _ = large_books(site)
    seller = database.organization("requests")
    order_ids = fill_orders(database, seller.id, MATCHING)
    database.administer("VACUUM (ANALYZE) orders, order_lines, customers")
    site.settle()
    with site.processes(database, "web") as running:
        person = Person(running, seller)
        chosen = {"order_ids": list(order_ids[:IDS])}
        everything = {"filter": {"status": "confirmed"}}
        ids = _times(site, database, TIMES_IDS, lambda: person.post(PREFIX, chosen), IDS)
        matching = _times(
            site, database, TIMES_FILTER, lambda: person.post(PREFIX, everything), MATCHING
        )
        person.close()
    beside = f"beside {INVOICES:,} invoices"
    yield _row(f"POST of {IDS:,} ids, {beside}", ids, 500)
    yield _row(f"POST of a filter that matches {MATCHING:,} orders, {beside}", matching, 1000)


def _times(
    site: Site,
    database: Database,
    times: int,
    submit: Callable[[], tuple[float, dict[str, object]]],
    expected: int,
) -> list[float]:
    """Seconds of each submit except a first one to warm up; deletes each job before the next."""
    found = []
    for _ in range(times + 1):
        seconds, job = submit()
        if job["total_items"] != expected:
            raise AssertionError(f"{job['total_items']} orders were accepted, not {expected}")
        found.append(seconds)
        database.sql("DELETE FROM batch_job_queue WHERE id = %s", [job["id"]])
        if expected > IDS:
            database.administer("VACUUM batch_job_items")
        with site.redis_client() as client:
            client.flushall()
    return found[1:]


def _row(what: str, seconds: list[float], target_ms: float) -> Row:
    typical = f"p95 of {len(seconds)}; median {median(seconds) * 1000:.0f} ms"
    return below(what, p95(seconds) * 1000, target_ms, "ms", typical)
