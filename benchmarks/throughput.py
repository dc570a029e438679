"""Invoices a second: Billmill, the obvious ways, messages that do nothing, one SQL statement.

Each design runs twice, in the same order, and a rate is the median of its turns. Billmill and the
messages that do nothing run five times, in pairs: the machine's speed changes from one minute to
the next, but hardly within a pair.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from statistics import median

import models.database
from benchmarks import one_statement
from benchmarks.filling import fill_orders
from benchmarks.jobs import check_books, issued, run_job, watching
from benchmarks.process_figures import cpu_seconds
from benchmarks.running import Running
from benchmarks.services import ALL, Database, Organization, Site
from benchmarks.table import Row, at_least, at_least_of_pairs, figure
from benchmarks.ways import NOOP_MODULE, OBVIOUS_COMMANDS, OBVIOUS_MODULES, QUEUE, noop_worker
from models.jobs.submission import Submission, submit_orders

ORDERS = 10_000
OBVIOUS_ORDERS = 600
WARM_UP = 200  # orders or messages, which open connections and make plans
MESSAGES = 20_000
QUEUE_SECONDS = 60.0
TURNS = 2
PAIRS = 5

_WARM_UPS = count(1)


@dataclass(slots=True)
class Figures:
    """What the turns measured: rates per second, and CPU milliseconds per invoice."""

    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def rate(self, name: str) -> float:
        return median(self.rates[name])


def measure(site: Site) -> Iterator[Row]:
    figures = Figures()
    for turn in range(PAIRS):
        _messages_that_do_nothing(site, figures)
        by_billmill = _billmill(site, figures)
        if turn >= TURNS:
            continue
        by_statement = _statement(site, figures)
        if by_billmill != by_statement:
            raise AssertionError(f"amounts differ: {by_billmill} and {by_statement}")
        for name in OBVIOUS_COMMANDS:
            _obvious(site, figures, name)
    yield from _rows(figures)


def _rows(figures: Figures) -> Iterator[Row]:
    billmill = figures.rate("billmill")

    def ratio_to(name: str) -> tuple[float, str]:
        return billmill / figures.rate(
            name
        ), f"{figure(billmill)}/s to {figure(figures.rate(name))}/s"

    turns = ", ".join(figure(rate) for rate in figures.rates["billmill"])
    yield Row(
        f"{ORDERS:,} orders of 3 lines, from POST to `completed`", f"{figure(billmill)}/s ({turns})"
    )
    yield at_least(
        "… to the obvious actor, one ORM transaction per order", *_with(8, ratio_to("actor"))
    )
    pairs = list(zip(figures.rates["billmill"], figures.rates["no-op"], strict=True))
    yield at_least_of_pairs("… to Dramatiq messages that do nothing, waiting in Redis", pairs, 0.35)
    sent = figure(figures.rate("no-op sent"))
    yield Row("Dramatiq messages that do nothing, sent by `group` meanwhile", f"{sent}/s")
    yield Row("… to a Celery task per order, the obvious way", _plain(ratio_to("celery")))
    yield Row("… to one SQL statement that writes the same rows", _plain(ratio_to("statement")))
    for name, values in figures.cpu.items():
        yield Row(f"CPU per invoice: {name}", f"{figure(median(values))} ms")


def _with(target: float, ratio: tuple[float, str]) -> tuple[float, float, str]:
    return ratio[0], target, ratio[1]


def _plain(ratio: tuple[float, str]) -> str:
    return f"{ratio[0]:.2f} ({ratio[1]})"


def _billmill(site: Site, figures: Figures) -> list[tuple[object, ...]]:
    with site.database() as database:
        organization = database.organization("alpha")
        order_ids = fill_orders(database, organization.id, ORDERS, analyze=True)
        with site.processes(database, *ALL) as running:
            warm_up(site, running, database)
            parts = {
                "workers": running.pids("worker")[0],
                "PostgreSQL": site.postgres.pids[0],
                "Redis": site.redis.pids[0],
            }
            before = {name: cpu_seconds(pid) for name, pid in parts.items()}
            ended = run_job(running, database, organization, order_ids)
            for name, pid in parts.items():
                used = cpu_seconds(pid) - before[name]
                figures.cpu[name].append(1000 * used / ORDERS)
        figures.rates["billmill"].append(ended.rate)
        check_books(database)
        return issued(database, organization)


def warm_up(site: Site, running: Running, database: Database) -> None:
    """Runs a small job of a new organisation."""
    organization = database.organization(f"warm-up-{next(_WARM_UPS)}")
    order_ids = fill_orders(database, organization.id, WARM_UP, customers=50)
    run_job(running, database, organization, order_ids)
    site.settle()


def _statement(site: Site, figures: Figures) -> list[tuple[object, ...]]:
    with site.database() as database:
        organization = database.organization("alpha")
        order_ids = fill_orders(database, organization.id, ORDERS, analyze=True)
        models.database.configure(database.app_url)
        try:
            submission = Submission(organization.user_id)
            job = submit_orders(organization.id, list(order_ids), submission)
        finally:
            models.database.dispose()
        site.settle()
        seconds = one_statement.invoice_all(database, organization, str(job.job_id))
        figures.rates["statement"].append(ORDERS / seconds)
        check_books(database)
        return issued(database, organization)


def _obvious(site: Site, figures: Figures, name: str) -> None:
    with site.database() as database:
        organization = database.organization("alpha")
        order_ids = fill_orders(database, organization.id, WARM_UP + OBVIOUS_ORDERS, analyze=True)
        with site.processes(database, **{name: OBVIOUS_COMMANDS[name]}) as running:
            for ids in (order_ids[:WARM_UP], order_ids[WARM_UP:]):
                site.settle()
                seconds = _send_obviously(running, database, organization, name, ids)
        figures.rates[name].append(OBVIOUS_ORDERS / seconds)
        check_books(database)


def _send_obviously(
    running: Running, database: Database, organization: Organization, name: str, ids: range
) -> float:
    """Sends the messages in a loop; returns the seconds from the job's row to its last commit."""
    asked = (organization.id, organization.user_id, ids.start, len(ids))
    job_id = running.run(OBVIOUS_MODULES[name], *asked)
    with watching(database, running) as watch:
        watch.wait_for_end([job_id])
        ended = time.time()
    query = "SELECT extract(epoch FROM created_at), status FROM batch_job_queue WHERE id = %s"
    ((began, status),) = database.sql(query, [job_id])
    if status != "completed":
        raise RuntimeError(f"the {name}'s job is {status}")
    return ended - float(began)


def _messages_that_do_nothing(site: Site, figures: Figures) -> None:
    with site.database() as database, site.processes(database) as running:
        running.run(NOOP_MODULE, MESSAGES)
        running.start("noop", noop_worker())
        began, left = _wait_for_queue(site, running, MESSAGES - WARM_UP)
        ended, _left = _wait_for_queue(site, running, 0)
        figures.rates["no-op"].append(left / (ended - began))
        if not figures.rates["no-op sent"]:  # once is enough: no ratio uses it
            began = float(running.run(NOOP_MODULE, MESSAGES))
            ended, _left = _wait_for_queue(site, running, 0)
            figures.rates["no-op sent"].append(MESSAGES / (ended - began))


def _wait_for_queue(site: Site, running: Running, most: int) -> tuple[float, int]:
    """Waits until at most `most` messages are unacknowledged; returns the time and their number."""
    deadline = time.monotonic() + QUEUE_SECONDS
    with site.redis_client() as client:
        while (left := int(client.hlen(f"dramatiq:{QUEUE}.msgs"))) > most:
            running.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{left} messages are left after {QUEUE_SECONDS:g} s")
            time.sleep(0.005)
    return time.time(), left
