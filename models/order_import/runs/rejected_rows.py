"""The rejected rows of a run as a file like the one that was uploaded, to be mended and dropped
back: all rows of each rejected order, and rows that belong to no order for certain."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import func, select, tuple_

from models.database import org_transaction
from models.errors import NotFound
from models.order_import.csv_file.cell_text import BadValue
from models.order_import.csv_file.columns import order_number
from models.order_import.csv_file.header import read_header
from models.order_import.csv_file.seen_orders import Outcome, SeenOrders
from models.order_import.errors import Unreadable
from models.order_import.mapping.choosing import choose, chosen_records
from models.order_import.mapping.conventions import Conventions
from models.order_import.runs.file_store import CHUNK_BYTES, open_file
from models.order_import.runs.search import find_run
from models.order_import.runs.settings import RunSettings
from models.order_import.runs.status import ENDED
from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.records import Damage
from models.order_import.table_file.rejected_rows_file import rejected_rows_file
from models.order_import.table_file.table import Record, Table, open_table
from models.tables.import_run import ImportFinding, ImportRejectedOrders, ImportRun

WITH_ITS_ORDER: Final = "Rejected together with its order."
_FINDINGS_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class RejectedRows:
    """The rejected rows of a run, which are read while they are written, once; and the dialect and
    the name of the file that they came from."""

    dialect: Dialect
    file_name: str
    header: Sequence[str]
    rows: Iterator[tuple[Sequence[str], str]]

    def as_file(self) -> Iterator[bytes]:
        """A file of the same format, in parts."""
        return rejected_rows_file(self.dialect, self.header, self.rows)


def rejected_rows_of(organization_id: int, run_id: uuid.UUID) -> RejectedRows:
    """The rejected rows of an ended run.

    Raises `NotFound` where there are none, or the file's time is over.
    """
    with org_transaction(organization_id) as session:
        run = find_run(session, run_id).run
    if run.status not in ENDED or not run.error_count:
        raise NotFound("This import has no rejected rows.")
    if run.file_deleted_at is not None:
        raise NotFound("The file of this import is no longer stored.")
    try:
        table = _open(run)
        records = table.records()
        _, header, _ = next(records, (1, [], False))
        if isinstance(header, Damage):
            raise NotFound("The header of the file cannot be read, so no row was rejected.")
    except Unreadable as error:
        raise NotFound("The file cannot be read; its findings say why.") from error
    return RejectedRows(table.dialect, run.file_name, header, _rejected(run, table, records))


def _open(run: ImportRun) -> Table:
    file = io.BufferedReader(open_file(run.organization_id, run.id, run.size_bytes), CHUNK_BYTES)
    return open_table(file, encoding=run.options["encoding"], sheet=run.options["sheet"])


def _rejected(
    run: ImportRun, table: Table, records: Iterator[Record]
) -> Iterator[tuple[Sequence[str], str]]:
    """The rows as they stand in the file, each with its problem."""
    problems = _Problems(run)
    # A workbook is in memory, and can be read twice at once; a text is read as two streams.
    lines = _LinesOfOrders(run, _open(run) if table.dialect.format == "csv" else table)
    for at, fields, _ in _until_unreadable(records):
        problem = problems.on(at)
        belongs = lines.has(at)
        if problem or belongs:
            values = fields.likely_values() if isinstance(fields, Damage) else fields
            yield values, problem or WITH_ITS_ORDER


class _Problems:
    """The messages of the findings, line by line; only some are held in memory."""

    def __init__(self, run: ImportRun) -> None:
        self._run = run
        self._found = self._all()
        self._next = next(self._found, None)

    def on(self, line: int) -> str:
        """The messages on this line; lines are asked for in their order."""
        messages = []
        while self._next is not None and self._next[0] <= line:
            if self._next[0] == line:
                messages.append(self._next[1])
            self._next = next(self._found, None)
        return " ".join(messages)

    def _all(self) -> Iterator[tuple[int, str]]:
        after = (0, 0)
        place = (ImportFinding.line, ImportFinding.position)
        while True:
            with org_transaction(self._run.organization_id) as session:
                page = session.execute(
                    select(*place, ImportFinding.message)
                    .where(ImportFinding.run_id == self._run.id, tuple_(*place) > tuple_(*after))
                    .order_by(*place)
                    .limit(_FINDINGS_AT_ONCE)
                ).all()
            for line, position, message in page:
                yield line, message
                after = (line, position)
            if len(page) < _FINDINGS_AT_ONCE:
                return


class _LinesOfOrders:
    """Which lines hold rows of rejected orders, as the file is read in our columns."""

    def __init__(self, run: ImportRun, table: Table) -> None:
        self._rejected = _rejected_numbers(run)
        self._rows = _until_unreadable(_our_records(run, table))
        _, header, _ = next(self._rows, (1, [], False))
        try:
            columns = read_header(header, 1) if not isinstance(header, Damage) else None
        except Unreadable:
            columns = None
        self._position = None if columns is None else columns.order_number
        self._next = next(self._rows, None)
        self._last = ("", False)

    def has(self, line: int) -> bool:
        """Whether a row of a rejected order begins here; lines are asked for in their order."""
        found = False
        while self._next is not None and self._next[0] <= line:
            found = found or (self._next[0] == line and self._is_rejected(self._next[1]))
            self._next = next(self._rows, None)
        return found

    def _is_rejected(self, fields: list[str] | Damage) -> bool:
        values = fields.leading_values() if isinstance(fields, Damage) else fields
        if self._position is None or self._position >= len(values):
            return False
        raw = values[self._position]
        if raw != self._last[0]:
            self._last = (raw, self._known(raw))
        return self._last[1]

    def _known(self, raw: str) -> bool:
        try:
            return self._rejected.get(order_number(raw)) is not None
        except BadValue:
            return False


def _our_records(run: ImportRun, table: Table) -> Iterator[Record]:
    """The table in our columns, its numbers and dates as they stand: only order numbers matter."""
    settings = RunSettings.of(run.settings)
    # With both given, the file is not looked through first.
    reading = replace(settings.reading, conventions=Conventions("point", "y-m-d"))
    return chosen_records(table, choose(table, reading), reading, settings.defaults.currency)


def _rejected_numbers(run: ImportRun) -> SeenOrders:
    """The numbers of the rejected orders, in some dozens of bytes each."""
    numbers = SeenOrders()
    of_run = select(func.unnest(ImportRejectedOrders.numbers)).where(
        ImportRejectedOrders.run_id == run.id
    )
    with org_transaction(run.organization_id) as session:
        for number in session.scalars(of_run, execution_options={"yield_per": 10_000}):
            numbers.record(number, 0, Outcome.REJECTED)
    return numbers


def _until_unreadable(records: Iterator[Record]) -> Iterator[Record]:
    """The records that the import could read: it ended where the file could not be read."""
    try:
        yield from records
    except Unreadable:
        return
