"""Whether the rate depends on the planner's statistics, and on how many invoices exist already."""

from collections.abc import Iterator
from statistics import median

from benchmarks.filling import fill_orders
from benchmarks.jobs import check_books, run_job
from benchmarks.large_books import INVOICES, large_books
from benchmarks.services import ALL, Database, Organization, Site
from benchmarks.table import Row, at_least, figure
from benchmarks.throughput import ORDERS, warm_up

TURNS = 3
_WRITTEN = (
    "customers",
    "orders",
    "order_lines",
    "batch_job_queue",
    "batch_job_items",
    "invoices",
    "invoice_lines",
    "invoice_taxes",
    "number_series",
)


def measure(site: Site) -> Iterator[Row]:
    unknown, known, many = [], [], []
    large, seller = large_books(site)
    for _ in range(TURNS):
        unknown.append(_not_analysed(site))
        with site.database() as database:
            known.append(_rate(site, database, database.organization("alpha"), analyze=True))
            check_books(database)
        many.append(_rate(site, large, seller, analyze=True))
    check_books(large)
    yield _row("Freshly filled tables that ANALYZE has not seen, to analysed ones", unknown, known)
    yield _row(f"With {INVOICES:,} invoices there already, to none", many, known)


def _row(what: str, rates: list[float], usual: list[float]) -> Row:
    rate, other = median(rates), median(usual)
    return at_least(what, rate / other, 0.9, f"{figure(rate)}/s to {figure(other)}/s")


def _not_analysed(site: Site) -> float:
    with site.database() as database:
        for table in _WRITTEN:
            database.sql(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        rate = _rate(site, database, database.organization("alpha"), analyze=False)
        query = "SELECT count(*) FROM pg_stat_user_tables WHERE last_autoanalyze IS NOT NULL"
        if database.sql(query) != [(0,)]:
            raise AssertionError("autovacuum has analysed a table that it should not see")
        check_books(database)
    return rate


def _rate(site: Site, database: Database, organization: Organization, *, analyze: bool) -> float:
    with site.processes(database, *ALL) as running:
        warm_up(site, running, database)
        order_ids = fill_orders(database, organization.id, ORDERS, analyze=analyze)
        site.settle()
        return run_job(running, database, organization, order_ids).rate
