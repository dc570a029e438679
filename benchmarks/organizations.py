"""Eight organisations at once: their number series and counters do not wait for each other."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.filling import fill_orders
from benchmarks.jobs import check_books, submit, watching
from benchmarks.running import Running
from benchmarks.services import ALL, Database, Organization, Site
from benchmarks.table import Row, at_least_of_pairs
from benchmarks.throughput import warm_up

ORDERS = 6_400
ORGANIZATIONS = 8
PAIRS = 5


def measure(site: Site) -> Iterator[Row]:
    pairs = []
    with site.database() as database:
        sellers = [database.organization(f"seller-{n}") for n in range(ORGANIZATIONS)]
        work = [[_orders(database, sellers[0], ORDERS)] for _ in range(PAIRS)]
        share = ORDERS // ORGANIZATIONS
        works = [[_orders(database, seller, share) for seller in sellers] for _ in range(PAIRS)]
        database.administer("VACUUM (ANALYZE)")
        with site.processes(database, *ALL) as running:
            warm_up(site, running, database)
            for one, eight in zip(work, works, strict=True):
                alone = _rate(site, running, database, one)
                pairs.append((_rate(site, running, database, eight), alone))
        check_books(database)
    yield at_least_of_pairs(f"{ORGANIZATIONS} organisations at once, in total, to one", pairs, 1.0)


def _orders(database: Database, seller: Organization, count: int) -> tuple[Organization, range]:
    return seller, fill_orders(database, seller.id, count)


def _rate(
    site: Site,
    running: Running,
    database: Database,
    work: Sequence[tuple[Organization, range]],
) -> float:
    """Orders per second, from the first POST to the end of the last job."""
    site.settle()
    with watching(database, running) as watch, ThreadPoolExecutor(ORGANIZATIONS) as threads:
        began = time.monotonic()
        job_ids = list(threads.map(lambda one: submit(running, *one), work))
        watch.wait_for_end(job_ids)
        seconds = time.monotonic() - began
    return sum(len(order_ids) for _seller, order_ids in work) / seconds
