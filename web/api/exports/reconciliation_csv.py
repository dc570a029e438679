"""A reconciliation as CSV (RFC 4180, UTF-8), one fact per row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from models.jobs.reconciliation import Outcome, Reconciliation
from web.api.exports.csv_cells import Cell, plain

COLUMNS = (
    "section", "fact", "currency", "count", "net", "tax", "gross", "first", "last", "value"
)  # fmt: skip


def reconciliation_csv(found: Reconciliation) -> str:
    """The whole file; a spreadsheet takes none of its text for a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for section, fact, cells in _rows(found):
        row: dict[str, Cell] = {"section": section, "fact": fact, **cells}
        writer.writerow([plain(row.get(column)) for column in COLUMNS])
    return file.getvalue()


def _rows(found: Reconciliation) -> Iterator[tuple[str, str, dict[str, Cell]]]:
    for fact, value in (
        ("id", str(found.job_id)),
        ("status", found.status),
        ("created_by", found.created_by),
        ("created_at", _moment(found.created_at)),
        ("started_at", _moment(found.started_at)),
        ("completed_at", _moment(found.completed_at)),
        ("seconds", None if found.seconds is None else f"{found.seconds:.3f}"),
    ):
        yield "job", fact, {"value": value}
    for name, outcome in {"asked_for": found.asked_for, **found.outcomes}.items():
        yield from _outcome("orders", name, outcome)
    for name, outcome in found.uninvoiced.items():
        yield from _outcome("uninvoiced", name, outcome)
    for numbers in found.numbers:
        own = numbers.own
        whole = "no hole in the series" if numbers.without_holes else "THE SERIES HAS A HOLE"
        cells: dict[str, Cell] = {"count": own.count, "first": own.first, "last": own.last}
        yield "numbers", f"{own.series} {own.year}", cells | {"value": whole}
    yield "messages", "duplicate_deliveries", {"count": found.duplicate_deliveries}
    yield "messages", "retries", {"count": found.retries}
    yield "messages", "retried_orders", {"count": found.retried_orders}
    yield "check", "agrees", {"value": "yes" if found.agrees else "NO"}
    for difference in found.differences:
        yield "check", "difference", {"value": difference}


def _outcome(
    section: str, name: str, outcome: Outcome
) -> Iterator[tuple[str, str, dict[str, Cell]]]:
    yield section, name, {"count": outcome.count}
    for total in outcome.money:
        yield section, name, asdict(total.rounded())
    if outcome.unknown:
        yield section, name, {"count": outcome.unknown, "value": "amount unknown"}


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
