"""A file of 1,000,000 lines: answered at once, imported at a steady rate, never held in memory."""

import json
import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.running import Running
from benchmarks.sampling import MEGABYTE
from benchmarks.services import Database, Organization, Site
from benchmarks.table import Row, below, figure

LINES_PER_ORDER = 3
ORDERS = 333_334
LINES = ORDERS * LINES_PER_ORDER
PROCESSES = ("web", "importer", "sweeper", "scheduler")
POLL_SECONDS = 0.2
IMPORT_SECONDS = 600.0
_HEADER = (
    "order_number,order_date,customer_number,customer_name,customer_email,street,city,postal_code,"
    "country,vat_id,currency,line_number,sku,description,quantity,unit,unit_price,"
    "discount_percent,tax_category,tax_percent\n"
)


def measure(site: Site) -> Iterator[Row]:
    file = site.directory / "orders.csv"
    _write_orders(file)
    with site.database() as database:
        seller = database.organization("seller")
        with site.processes(database, *PROCESSES) as running:
            began = time.monotonic()
            import_id, answered = _upload(running, seller, file)
            seconds = _wait_for_end(database, running, import_id) - began
            peaks = {name: _peak_megabytes(running, name) for name in ("importer", "web")}
        _check(database, import_id)
    megabytes = file.stat().st_size / MEGABYTE
    rate = LINES / seconds
    yield Row(
        f"Import of {LINES:,} lines in {ORDERS:,} orders, from POST to `completed`",
        f"{figure(rate)} lines/s ({figure(seconds)} s, {figure(megabytes)} MB)",
        "≥ 10,000 lines/s",
        rate >= 10_000,
    )
    yield below("… the POST, with the upload", answered, 30, "s")
    most = "largest resident size of the process"
    yield below("… memory of the importer", peaks["importer"], 250, "MB", most)
    yield below("… memory of a web process", peaks["web"], 250, "MB", most)


def _write_orders(file: Path) -> None:
    with file.open("w") as out:
        out.write(_HEADER)
        for order in range(ORDERS):
            customer = order % 5_000
            head = (
                f"SO-{order:07},2026-{order % 12 + 1:02}-{order % 28 + 1:02},C-{customer},"
                f"Buyer {customer} GmbH,buyer{customer}@example.com,Hafenweg {customer},Hamburg,"
                "20457,DE,,EUR,"
            )
            for line in range(1, LINES_PER_ORDER + 1):
                sku = order * line % 9_973
                out.write(
                    f"{head}{line},SKU-{sku},Article {sku} in a box,{sku % 20 + 1},C62,"
                    f"{sku % 900 + 1}.{sku % 100:02},0,S,19\n"
                )


def _upload(running: Running, seller: Organization, file: Path) -> tuple[str, float]:
    """The id of the import, and the seconds until the request was answered."""
    connection = HTTPConnection("127.0.0.1", running.port, timeout=120)
    headers = {
        "Authorization": f"Bearer {seller.token}",
        "Content-Type": "text/csv",
        "Content-Length": str(file.stat().st_size),
    }
    began = time.monotonic()
    with file.open("rb") as body:
        connection.request("POST", "/api/imports", body, headers)
        answer = connection.getresponse()
        run: dict[str, Any] = json.load(answer)
    answered = time.monotonic() - began
    connection.close()
    if answer.status != 202:
        raise RuntimeError(f"the upload was answered with {answer.status}: {run}")
    return run["id"], answered


def _wait_for_end(database: Database, running: Running, import_id: str) -> float:
    """When the import was seen to have ended."""
    deadline = time.monotonic() + IMPORT_SECONDS
    query = "SELECT completed_at IS NOT NULL FROM import_runs WHERE id = %s"
    while not database.sql(query, [import_id])[0][0]:
        running.check()
        if time.monotonic() > deadline:
            raise RuntimeError(f"the import did not end in {IMPORT_SECONDS:g} s")
        time.sleep(POLL_SECONDS)
    return time.monotonic()


def _peak_megabytes(running: Running, name: str) -> float:
    """The largest resident size that one process of that name ever had."""
    peaks = []
    for pid in running.pids(name):
        status = Path(f"/proc/{pid}/status").read_text()
        peaks += [int(size) for size in re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)]
    return max(peaks) * 1024 / MEGABYTE


def _check(database: Database, import_id: str) -> None:
    """Raises RuntimeError unless every order was stored whole."""
    counted = """
        SELECT status, rows, orders_created, orders_rejected,
               (SELECT count(*) FROM orders), (SELECT count(*) FROM order_lines)
        FROM import_runs WHERE id = %s
    """
    found = database.sql(counted, [import_id])
    if found != [("completed", LINES, ORDERS, 0, ORDERS, LINES)]:
        raise RuntimeError(f"the import left behind {found}")
