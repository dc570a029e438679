"""Each change of a run's row is one conditional UPDATE: it finds the run as expected, or nothing.

The row is changed after a batch's orders are written, so cancelling a run never waits for a batch.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, insert, text, update
from sqlalchemy.orm import Session

from models.order_import.changes import CustomerChange, OrderChange
from models.order_import.errors import RowError
from models.order_import.runs.settings import with_questions
from models.order_import.runs.state import STATE_COLUMNS, RunState
from models.order_import.runs.status import ENDED, RUNNABLE, ImportStatus
from models.tables.import_run import ImportBatch, ImportChange, ImportRejectedOrders, ImportRun

# Longer than any batch takes. If the process dies, the sweep hands the run to a worker after this.
LEASE_SECONDS: Final = 60
MAX_CHANGES_KEPT: Final = 10_000


class RunMoved(Exception):
    """The run was cancelled, or another worker has committed a batch: there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker expects a run: the message's slice, and the batches that it knows of."""

    organization_id: int
    run_id: uuid.UUID
    slice: int
    batches: int


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What is kept of a batch: see `ImportBatch`, `ImportFinding` and `ImportRejectedOrders`."""

    outcomes: bytes
    orders_hash: bytes
    error_count: int
    orders_rejected: int
    findings: Sequence[RowError]
    changes: Sequence[OrderChange]
    customer_changes: Sequence[CustomerChange]
    rejected_numbers: Sequence[str]


def lease() -> ColumnElement[Any]:
    """The time until which a process outside the queue works on a run."""
    return func.now() + text(f"interval '{LEASE_SECONDS} seconds'")


def begin_slice(session: Session, run_id: uuid.UUID, slice_number: int) -> ImportRun | None:
    """Counts an attempt, and returns the run; None if this message is not, or no longer, its own.

    The caller commits at once, so that a run that kills its worker is remembered.
    """
    session.execute(
        update(ImportRun)
        .where(
            ImportRun.id == run_id,
            ImportRun.slice == slice_number,
            ImportRun.status.in_(RUNNABLE),
        )
        .values(attempts=ImportRun.attempts + 1)
    )
    run = session.get(ImportRun, run_id, populate_existing=True)
    if run is None or run.slice != slice_number or run.status not in RUNNABLE:
        return None
    return run


def end_attempt(session: Session, place: Place) -> None:
    """The attempt ended without the run's fault."""
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == place.run_id, ImportRun.slice == place.slice)
        .values(attempts=0)
    )


def commit_batch(
    session: Session,
    place: Place,
    batch: BatchRecord,
    counts: Mapping[str, int],
    values: Mapping[str, Any],
    *,
    ends_slice: bool,
) -> RunState:
    """Records a batch; `counts` are added to the run's, `values` replace them.

    Raises `RunMoved` unless the run is where the worker expects it.
    """
    columns = ImportRun.__table__.c
    state = _update(
        session,
        place,
        {
            **{name: columns[name] + count for name, count in counts.items()},
            **values,
            "change_count": columns.change_count + len(batch.changes),
            "customer_change_count": columns.customer_change_count + len(batch.customer_changes),
            "status": ImportStatus.PROCESSING,
            "started_at": func.coalesce(ImportRun.started_at, func.now()),
            "batches": place.batches + 1,
            "slice": place.slice + ends_slice,
            "attempts": 0,
        },
    )
    _insert_parts(session, place, batch)
    for kind, count, changes in (
        ("order", state.counts["change_count"], batch.changes),
        ("customer", state.counts["customer_change_count"], batch.customer_changes),
    ):
        _insert_changes(session, place, kind, count, changes)
    return state


def end_run(
    session: Session, place: Place, status: ImportStatus, values: Mapping[str, Any]
) -> RunState:
    """Ends the run and forgets how it could be resumed; raises `RunMoved` as `commit_batch`."""
    assert status in ENDED  # noqa: S101
    session.execute(delete(ImportBatch).where(ImportBatch.run_id == place.run_id))
    return _update(
        session,
        place,
        {
            **values,
            "status": status,
            "started_at": func.coalesce(ImportRun.started_at, func.now()),
            "completed_at": func.now(),
            "lease_until": None,
        },
    )


def wait_for_mapping(
    session: Session, place: Place, dialect: Mapping[str, Any] | None, questions: Sequence[RowError]
) -> RunState:
    """The run needs a mapping before its next batch; raises `RunMoved` as `commit_batch`."""
    values = {
        "status": ImportStatus.NEEDS_MAPPING,
        "dialect": dialect,
        "settings": ImportRun.__table__.c.settings.concat(with_questions(questions)),
        "lease_until": None,
        "attempts": 0,
    }
    return _update(session, place, values)


def note_look(session: Session, place: Place, bytes_read: int | None) -> RunState:
    """The file is being looked through, and read so far; raises `RunMoved` as `commit_batch`."""
    values: dict[str, Any] = {
        "status": ImportStatus.PROCESSING,
        "started_at": func.coalesce(ImportRun.started_at, func.now()),
    }
    if bytes_read is not None:
        values["bytes_read"] = bytes_read
    return _update(session, place, values)


def _update(session: Session, place: Place, values: Mapping[str, Any]) -> RunState:
    changed = session.execute(
        update(ImportRun)
        .where(
            ImportRun.id == place.run_id,
            ImportRun.slice == place.slice,
            ImportRun.batches == place.batches,
            ImportRun.status.in_(RUNNABLE),
        )
        .values({**values, "revision": ImportRun.revision + 1})
        .returning(*STATE_COLUMNS)
    ).one_or_none()
    if changed is None:
        raise RunMoved
    return RunState.of(changed)


def _insert_parts(session: Session, place: Place, batch: BatchRecord) -> None:
    of_run = {"organization_id": place.organization_id, "run_id": place.run_id}
    number = place.batches + 1
    session.execute(
        insert(ImportBatch).values(
            **of_run,
            batch=number,
            outcomes=batch.outcomes,
            orders_hash=batch.orders_hash,
            error_count=batch.error_count,
            orders_rejected=batch.orders_rejected,
        )
    )
    if batch.rejected_numbers:
        numbers = list(batch.rejected_numbers)
        rejected = {"batch": number, "numbers": numbers}
        session.execute(insert(ImportRejectedOrders).values(**of_run, **rejected))
    if batch.findings:
        first = batch.error_count - len(batch.findings) + 1
        session.execute(_INSERT_FINDINGS, of_run | _arrays(first, batch.findings))


def _insert_changes(
    session: Session,
    place: Place,
    kind: str,
    count: int,
    changes: Sequence[OrderChange | CustomerChange],
) -> None:
    """Keeps the newest `changes` of a run that has made `count`, while there is room."""
    first = count - len(changes) + 1
    kept = changes[: max(MAX_CHANGES_KEPT - first + 1, 0)]
    if kept:
        of_run = {"organization_id": place.organization_id, "run_id": place.run_id, "kind": kind}
        rows = [
            {**of_run, "position": position, "details": change.as_dict()}
            for position, change in enumerate(kept, first)
        ]
        session.execute(insert(ImportChange), rows)


_INSERT_FINDINGS: Final = text(
    """
    INSERT INTO import_findings
        (organization_id, run_id, position, line, "column", code, message, remedy)
    SELECT :organization_id, :run_id, given.* FROM unnest(
        CAST(:positions AS integer[]), CAST(:lines AS integer[]), CAST(:columns AS text[]),
        CAST(:codes AS text[]), CAST(:messages AS text[]), CAST(:remedies AS text[])
    ) AS given
    """
)


def _arrays(first: int, findings: Sequence[RowError]) -> dict[str, Any]:
    return {
        "positions": list(range(first, first + len(findings))),
        "lines": [found.line for found in findings],
        "columns": [
            None if found.column is None else _storable(found.column) for found in findings
        ],
        "codes": [found.code for found in findings],
        "messages": [_storable(found.message) for found in findings],
        "remedies": [found.finding.remedy for found in findings],
    }


def _storable(value: str) -> str:
    """The text, with `?` for what PostgreSQL cannot store: a finding may quote a damaged value."""
    return value.encode(errors="replace").decode().replace("\0", "?")
