"""The work on a run: batch by batch, each with its record in one transaction.

A batch is committed only if the run is where the worker expects it. So a message that comes twice,
a worker that is killed at any moment, and a cancel all leave each order stored exactly once or not
at all, and the counts exact.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.accounts.audit import Author, record_act
from models.database import org_transaction
from models.order_import.csv_file.seen_orders import Outcome
from models.order_import.importer import Step, store, transact
from models.order_import.returning_orders import Allowed
from models.order_import.runs import commits
from models.order_import.runs.commits import BatchRecord, Place, RunMoved
from models.order_import.runs.reader import Batch, FileReadDifferently, RunReader
from models.order_import.runs.state import RunState
from models.order_import.runs.status import ImportStatus
from models.tables.import_run import ImportRun

# A run that has killed its worker this often will do so again.
MAX_ATTEMPTS: Final = 5

OnCommit = Callable[[RunState], None]


@dataclass(frozen=True, slots=True)
class Worked:
    """How a slice ended: `next_slice` is the message to send; None if the run needs no other."""

    next_slice: int | None
    reader: RunReader | None = None


_NOTHING_TO_DO: Final = Worked(None)


def work_on(
    organization_id: int,
    run_id: uuid.UUID,
    slice_number: int,
    *,
    on_commit: OnCommit,
    seconds: float | None = None,
    reader: RunReader | None = None,
    holds_lease: bool = False,
) -> Worked:
    """Imports batches until the file or `seconds` end.

    `reader` is one of an earlier slice in this process, if any. `holds_lease` keeps the run away
    from the sweep. A message of an earlier slice, or of a run that has ended, does nothing. Raises
    what reading and storing raise; the run can be taken up again then.
    """
    with org_transaction(organization_id) as session:
        run = commits.begin_slice(session, run_id, slice_number)
    if run is None:
        return _NOTHING_TO_DO
    if run.attempts > MAX_ATTEMPTS:
        on_commit(give_up(run, "worker_died", _DIED))
        return _NOTHING_TO_DO
    if reader is None or reader.is_broken or reader.batches > run.batches:
        reader = RunReader(run)
    slice_ = _Slice(run, reader, seconds, holds_lease, on_commit)
    try:
        return slice_.run_to_its_end()
    except RunMoved:
        return _NOTHING_TO_DO
    except FileReadDifferently:
        on_commit(give_up(run, "read_differently", _DIFFERENT))
        return _NOTHING_TO_DO


_DIED: Final = (
    "The import was stopped because its worker ended unexpectedly five times; what was stored "
    "stays."
)
_DIFFERENT: Final = (
    "The file is read differently now, by another mapping or an updated program, and its first "
    "orders are stored already; they stay. Import the file again to read all of it in this way."
)


def give_up(run: ImportRun, code: str, message: str) -> RunState:
    """Ends a run that cannot go on; raises `RunMoved` if it has moved."""
    place = Place(run.organization_id, run.id, run.slice, run.batches)
    values = {"error_code": code, "error_message": message}
    with org_transaction(run.organization_id) as session:
        state = commits.end_run(session, place, ImportStatus.FAILED, values)
        _record_end(session, run, state)
    return state


def release(organization_id: int, run_id: uuid.UUID, slice_number: int) -> None:
    """Forgets an attempt that something other than the run ended; nothing if that fails, too."""
    with suppress(SQLAlchemyError), org_transaction(organization_id) as session:
        commits.end_attempt(session, Place(organization_id, run_id, slice_number, 0))


class _Slice:
    """One slice of the work on one run."""

    def __init__(
        self,
        run: ImportRun,
        reader: RunReader,
        seconds: float | None,
        holds_lease: bool,
        on_commit: OnCommit,
    ) -> None:
        self._run = run
        self._reader = reader
        self._deadline = None if seconds is None else monotonic() + seconds
        self._holds_lease = holds_lease
        self._on_commit = on_commit
        reader.on_look = self._note_look
        # Other workers may have committed batches since the reader's last slice.
        for name in reader.tally.counts:
            reader.tally.counts[name] = getattr(run, name)
        reader.tally.stored = run.stored

    def run_to_its_end(self) -> Worked:
        while self._reader.catch_up(self._run):
            if self._is_over():
                with org_transaction(self._run.organization_id) as session:
                    commits.end_attempt(session, self._place())
                return Worked(self._run.slice, self._reader)
        while (batch := self._reader.batch()) is not None:
            if self._reader.file.needs_mapping:
                self._ask_for_mapping()
                return Worked(None, self._reader)
            ends_slice = self._is_over()
            self._commit(batch, ends_slice=ends_slice)
            if ends_slice:
                return Worked(self._run.slice + 1, self._reader)
        self._end()
        return Worked(None, self._reader)

    def _note_look(self) -> None:
        """Tells how far the look through the file is; raises `RunMoved` once the run is cancelled.

        Only before the first batch: later, the run's figures say how much is stored.
        """
        place = self._place()
        bytes_read = None if place.batches else self._reader.bytes_read
        with org_transaction(self._run.organization_id) as session:
            state = commits.note_look(session, place, bytes_read)
        self._on_commit(state)

    def _is_over(self) -> bool:
        return self._deadline is not None and monotonic() >= self._deadline

    def _place(self) -> Place:
        run = self._run
        # A reader that catches up is behind the run.
        batches = max(self._reader.batches, run.batches)
        return Place(run.organization_id, run.id, run.slice, batches)

    def _commit(self, batch: Batch, *, ends_slice: bool) -> None:
        organization_id, file = self._run.organization_id, self._reader.file
        options = self._run.options
        allowed = Allowed(
            customer_changes=options["allow_customer_changes"],
            undone_mends=options.get("allow_undone_mends", False),
        )

        def store_and_record(session: Session) -> tuple[Step, RunState]:
            step = store(organization_id, batch.orders, batch.scattered, session, allowed)
            record = BatchRecord(
                outcomes=_outcomes(batch, step),
                orders_hash=batch.orders_hash,
                error_count=file.errors.count + len(step.errors),
                orders_rejected=file.rejected + step.rejected,
                findings=[*batch.findings, *step.errors],
                changes=step.changes,
                customer_changes=step.customer_changes,
                rejected_numbers=[*batch.rejected, *_rejected_now(batch, step)],
            )
            state = commits.commit_batch(
                session,
                self._place(),
                record,
                step.counts,
                self._values(record)
                | {"stored": self._reader.tally.stored or step.wrote_something},
                ends_slice=ends_slice,
            )
            return step, state

        step, state = transact(organization_id, store_and_record)
        self._reader.tally.note(file, step)
        self._reader.committed()
        self._on_commit(state)

    def _values(self, record: BatchRecord) -> dict[str, Any]:
        """What the run's row takes over as it is."""
        return {
            "dialect": self._reader.dialect,
            "rows": self._reader.file.rows,
            "bytes_read": self._reader.bytes_read,
            "error_count": record.error_count,
            "orders_rejected": record.orders_rejected,
            "ignored_columns": list(self._reader.file.ignored_columns),
            "options": self._run.options | self._mapping(),
            "lease_until": commits.lease() if self._holds_lease else None,
        }

    def _mapping(self) -> dict[str, str]:
        """The mapping by which the file is read, if it has a name."""
        choice = self._reader.file.choice
        return {"mapping": choice.name} if choice is not None and choice.name else {}

    def _ask_for_mapping(self) -> None:
        """The batch in hand is not stored: the run waits until someone says how its file is read.

        Batches before it stay. The answer concerns values that none of them had.
        """
        with org_transaction(self._run.organization_id) as session:
            state = commits.wait_for_mapping(
                session, self._place(), self._reader.dialect, self._reader.file.questions
            )
        self._on_commit(state)

    def _end(self) -> None:
        status = ImportStatus.REFUSED if self._reader.file.refused else ImportStatus.COMPLETED
        with org_transaction(self._run.organization_id) as session:
            values = {"bytes_read": ImportRun.size_bytes}
            state = commits.end_run(session, self._place(), status, values)
            _record_end(session, self._run, state)
        self._on_commit(state)


def _outcomes(batch: Batch, step: Step) -> bytes:
    """One byte per order, in the order of the batch."""
    known = {order.number: outcome for order, outcome in step.outcomes}
    return bytes(known.get(order.number, Outcome.REJECTED) for order in batch.orders)


def _rejected_now(batch: Batch, step: Step) -> Iterator[str]:
    """The numbers of the orders that storing rejected, or that turned out to be scattered."""
    yield from (order.number for order, outcome in step.outcomes if outcome is Outcome.REJECTED)
    yield from (order.number for order in batch.scattered)


def _record_end(session: Session, run: ImportRun, state: RunState) -> None:
    author = Author(run.created_by, run.source_address, run.api_token_id)
    counted = ("orders_created", "orders_updated", "orders_unchanged", "customers_created",
               "customers_updated", "orders_rejected")  # fmt: skip
    details: dict[str, Any] = {name: state.counts[name] for name in counted}
    record_act(
        session,
        run.organization_id,
        author,
        "orders.imported",
        import_id=str(run.id),
        status=state.status,
        **details,
    )
