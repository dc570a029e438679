"""1,000 sockets watch one running job on one web process, which answers requests meanwhile.

The age of an event is the time from its publication, as another subscriber of the same Redis sees
it, to its receipt by a socket. All clocks are those of one machine.
"""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from actors.progress import job_channel
from benchmarks.filling import fill_orders
from benchmarks.jobs import submit
from benchmarks.process_figures import cpu_seconds, resident_bytes
from benchmarks.running import ROOT, Running
from benchmarks.services import Organization, Site
from benchmarks.table import Row, below, figure

SOCKETS = 1_000
ORDERS = 40_000
WINDOW_SECONDS = 10.0
PROBERS, PAUSE_SECONDS = 2, 0.05
MEGABYTE = 2**20


@dataclass(slots=True)
class Figures:
    """What one window measured: seconds, bytes, and shares of a core."""

    connected: float = 0.0
    ages: list[float] = field(default_factory=list)
    events: int = 0
    still_open: int = 0
    answers: list[float] = field(default_factory=list)
    idle_memory: int = 0
    memory: int = 0
    web_cpu: float = 0.0
    client_cpu: float = 0.0


def measure(site: Site) -> Iterator[Row]:
    with one_web_process():
        figures = watch_a_job(site, "web")
    yield from rows(figures)


def rows(figures: Figures) -> Iterator[Row]:
    """The figures as rows of the table."""
    ages, answers = sorted(figures.ages), sorted(figures.answers)
    yield below(
        f"{SOCKETS:,} sockets on one running job: age of an event at the client, p95",
        1000 * _p95(ages), 500, "ms",
        f"median {figure(1000 * median(ages))}, largest {figure(1000 * ages[-1])};"
        f" {figure(figures.events / WINDOW_SECONDS)} events a second;"
        f" {figures.still_open:,} sockets open at the end",
    )  # fmt: skip
    yield below(
        "… HTTP meanwhile, pages and API, p95",
        1000 * _p95(answers), 200, "ms",
        f"median {figure(1000 * median(answers))} of {len(answers)} requests",
    )  # fmt: skip
    yield Row(
        "… memory of the web process, and processor time",
        f"{figure(figures.memory / MEGABYTE)} MB RSS, {figure(figures.idle_memory / MEGABYTE)} MB"
        f" without sockets; {figures.web_cpu:.0%} of a core (the client's sockets"
        f" {figures.client_cpu:.0%}); connected in {figure(figures.connected)} s",
    )


def watch_a_job(site: Site, *names: str, **commands: str) -> Figures:
    """Measures for `WINDOW_SECONDS` while a job runs.

    The job is paused until all sockets have their snapshot, and cancelled after the window.
    """
    figures = Figures()
    with site.database() as database:
        organization = database.organization("alpha")
        order_ids = fill_orders(database, organization.id, ORDERS, analyze=True)
        with site.processes(database, *names, "worker", "sweeper", **commands) as running:
            job_id = submit(running, organization, order_ids)
            _control(running, organization, job_id, "pause")
            _request_all(running, organization, job_id)
            figures.idle_memory = resident_bytes(running.pids("web"))
            with _sockets(running, organization, job_id) as client:
                figures.connected = client.read()["seconds"]
                _observe(site, running, organization, job_id, client, figures)
            _control(running, organization, job_id, "cancel")
    return figures


def _observe(
    site: Site,
    running: Running,
    organization: Organization,
    job_id: str,
    client: "_Client",
    figures: Figures,
) -> None:
    web, watcher = running.pids("web")[0], client.process.pid
    over = threading.Event()
    stamps: dict[int, float] = {}
    threads = [threading.Thread(target=_stamp, args=(site, job_id, stamps, over))]
    for _ in range(PROBERS):
        arguments = (running, organization, job_id, figures.answers, over)
        threads.append(threading.Thread(target=_probe, args=arguments))
    for thread in threads:
        thread.start()
    before, began = (cpu_seconds(web), cpu_seconds(watcher)), time.monotonic()
    _control(running, organization, job_id, "resume")
    over.wait(WINDOW_SECONDS)
    seconds = time.monotonic() - began
    figures.web_cpu = (cpu_seconds(web) - before[0]) / seconds
    figures.client_cpu = (cpu_seconds(watcher) - before[1]) / seconds
    figures.memory = resident_bytes(running.pids("web"))
    result = client.stop()
    over.set()
    for thread in threads:
        thread.join()
    figures.still_open, figures.events = result["open"], len(stamps)
    figures.ages = [at - stamps[rev] for rev, at in result["received"] if rev in stamps]
    if len(figures.ages) < SOCKETS:
        raise RuntimeError(f"only {len(figures.ages)} events were received")


def _stamp(site: Site, job_id: str, stamps: dict[int, float], over: threading.Event) -> None:
    """When each revision was first published."""
    with site.redis_client() as redis, redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
        pubsub.subscribe(job_channel(job_id))  # type: ignore[arg-type]
        while not over.is_set():
            message = pubsub.get_message(timeout=0.2)
            if message is not None and message["type"] == "message":
                stamps.setdefault(json.loads(message["data"])["revision"], time.monotonic())


def _probe(
    running: Running,
    organization: Organization,
    job_id: str,
    answers: list[float],
    over: threading.Event,
) -> None:
    while not over.wait(PAUSE_SECONDS):
        answers += _request_all(running, organization, job_id, over)


def _request_all(
    running: Running, organization: Organization, job_id: str, over: threading.Event | None = None
) -> list[float]:
    """The seconds that each page and API call took."""
    headers = {"Authorization": f"Bearer {organization.token}"}
    seconds = []
    for path in ("/orders", f"/jobs/{job_id}", "/invoices", f"/api/batch-jobs/{job_id}", "/jobs"):
        began = time.monotonic()
        request = urllib.request.Request(f"{running.url}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
        seconds.append(time.monotonic() - began)
        if over is not None and over.wait(PAUSE_SECONDS):
            break
    return seconds


def _control(running: Running, organization: Organization, job_id: str, act: str) -> None:
    status, answer = running.call("POST", f"/api/batch-jobs/{job_id}/{act}", organization.token)
    if status != 200:
        raise RuntimeError(f"{act} answered {status}: {answer}")


class _Client:
    """The process that holds the sockets."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def read(self) -> dict[str, Any]:
        """Waits for the next line that it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the sockets' process ended with code {self.process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def stop(self) -> dict[str, Any]:
        """Stops the process; returns what its sockets received."""
        assert self.process.stdin is not None
        self.process.stdin.write("stop\n")
        self.process.stdin.flush()
        return self.read()


@contextmanager
def _sockets(running: Running, organization: Organization, job_id: str) -> Iterator[_Client]:
    arguments = [running.port, job_id, organization.token, SOCKETS]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.watching_client", *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield _Client(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def one_web_process() -> Iterator[None]:
    """Inside the `with` block the Procfile's web line starts one process."""
    before = os.environ.get("WEB_CONCURRENCY")
    os.environ["WEB_CONCURRENCY"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["WEB_CONCURRENCY"]
        else:
            os.environ["WEB_CONCURRENCY"] = before


def _p95(values: list[float]) -> float:
    return values[int(0.95 * (len(values) - 1))]
