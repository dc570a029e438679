"""The orders of an orders file, in batches.

Only about a thousand orders are held at a time, and a thousand errors, so memory does not grow
with the length of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.columns import MAX_ORDER_NUMBER, ORDER_NUMBER
from models.order_import.csv_file.errors import ErrorLog, RowError, Unreadable, row_error
from models.order_import.csv_file.header import read_header
from models.order_import.csv_file.order import Defaults, FileOrder
from models.order_import.csv_file.order_rows import OrderRows
from models.order_import.csv_file.row_reader import RowReader, is_order_number
from models.order_import.csv_file.seen_orders import Outcome, ScatteredOrder, SeenOrders
from models.order_import.mapping.choosing import (
    NOTHING_KNOWN,
    Choice,
    Reading,
    choose,
    chosen_records,
)
from models.order_import.mapping.conventions import UnsureReading
from models.order_import.table_file.records import Damage
from models.order_import.table_file.table import Record, Table, open_table
from models.order_import.table_file.text_lines import Readable

BATCH_ORDERS: Final = 1_000
BATCH_LINES: Final = 5_000
# Rows that cannot be read belong to no order, but their errors are stored batch by batch, too.
BATCH_ROWS: Final = 10_000
# Finding and describing an error costs many times as much as reading a row, so reading stops in a
# file that is not an orders file.
MAX_ERRORS: Final = 100_000


@dataclass(slots=True)
class _UnnumberedRows:
    """Rows without an order number, from `line` on, below a row of `order`: perhaps rows of it."""

    order: FileOrder
    line: int
    rows: int = 0


class OrdersFile:
    """An orders file while it is read: its `errors`, and how many orders it `rejected` so far.

    `refused` becomes true when the file cannot be read at all, or not to its end. The importer
    records in `seen` how each order was stored, and takes the orders that continue after they were
    handed over (`take_scattered`). `rows` is how many rows were read. `table` is the file once it
    is opened, None if it cannot be; `choice` is how its columns are read.
    `ignored_columns` are the columns that an orders file does not have.
    """

    def __init__(
        self,
        stream: Readable,
        defaults: Defaults,
        *,
        encoding: str | None = None,
        sheet: str | None = None,
        reading: Reading = NOTHING_KNOWN,
    ) -> None:
        self.errors = ErrorLog()
        self.rejected = 0
        self.refused = False
        self.ignored_columns: tuple[str, ...] = ()
        self.rows = 0
        self.seen = SeenOrders()
        self._scattered: list[ScatteredOrder] = []
        self.table: Table | None = None
        self.choice: Choice | None = None
        self.questions: Sequence[RowError] = ()
        self._open = partial(open_table, stream, encoding=encoding, sheet=sheet)
        self._defaults = defaults
        self._reading = reading
        self._pending: dict[str, FileOrder] = {}
        self._pending_lines = 0
        self._rows_handed_over = 0
        self._current: FileOrder | None = None
        self._unnumbered: _UnnumberedRows | None = None

    def batches(self) -> Iterator[list[FileOrder]]:
        """The orders without errors, about a thousand at a time, in the order of the file.

        Scattered rows of an order are joined while the order is still held; a row that comes
        later is an error. A batch may be empty: it says how far reading has come.
        """
        try:
            self.table = self._open()
            records = self._choose_records(self.table)
            rows = self._read_header(records)
            order_rows = OrderRows(rows, self._defaults, self.errors)
            at = 0
            for at, fields, odd_bytes in records:
                self.rows += 1
                self._add_row(rows, order_rows, at, fields, odd_bytes)
                if self.errors.count > MAX_ERRORS and self.errors.count * 2 > self.rows:
                    raise Unreadable(_too_many_errors(at, self.errors.count, self.rows))
                if self._is_full():
                    yield self._hand_over()
            if not at:
                message = "The file has a header but no orders."
                raise Unreadable(row_error(1, None, "no_orders", message))
        except Unreadable as error:
            self._refuse(error)
        self._current = None
        yield self._hand_over()

    def take_scattered(self) -> list[ScatteredOrder]:
        """The orders that continue after they were handed over, found since the last call."""
        scattered, self._scattered = self._scattered, []
        return scattered

    def _choose_records(self, table: Table) -> Iterator[Record]:
        self.choice = choose(table, self._reading)
        return chosen_records(table, self.choice, self._reading, self._defaults.currency)

    def _read_header(self, records: Iterator[Record]) -> RowReader:
        at, fields, _odd_bytes = next(records, (1, None, False))
        if fields is None:
            raise Unreadable(row_error(1, None, "empty_file", "The file is empty."))
        header = read_header(fields, at)
        self.ignored_columns = header.ignored
        return RowReader(header, self.errors)

    @property
    def needs_mapping(self) -> bool:
        """Whether someone must say how the file's columns, numbers or dates are to be read."""
        unknown = self.choice is not None and self.choice.kind == "unknown"
        return self.refused and (unknown or bool(self.questions))

    def _refuse(self, error: Unreadable) -> None:
        self.refused = True
        if isinstance(error, UnsureReading):
            self.questions = error.errors
        for row in error.errors:
            self.errors.add_last(row)
        if self._current is not None:
            self._current.rejected = True

    def _is_full(self) -> bool:
        rows_read = self.rows - self._rows_handed_over
        return (
            len(self._pending) > BATCH_ORDERS
            or self._pending_lines > BATCH_LINES
            or rows_read >= BATCH_ROWS
        )

    def _hand_over(self) -> list[FileOrder]:
        """All pending orders but the current one, to which the next row may belong."""
        current = self._current
        done = [order for order in self._pending.values() if order is not current]
        self._pending = {current.number: current} if current else {}
        self._pending_lines = len(current.lines) if current else 0
        self._rows_handed_over = self.rows
        for order in done:
            before = self.seen.get(order.number)
            if order.rejected and (before is None or before.outcome is not Outcome.REJECTED):
                self.rejected += 1
            outcome = Outcome.REJECTED if order.rejected else Outcome.ACCEPTED
            self.seen.record(order.number, before.line if before else order.first_row, outcome)
        return [order for order in done if not order.rejected]

    def _add_row(
        self,
        rows: RowReader,
        order_rows: OrderRows,
        at: int,
        fields: list[str] | Damage,
        odd_bytes: bool,
    ) -> None:
        sound = rows.is_sound(at, fields, odd_bytes)
        number = rows.order_number(fields)
        order = self._pending.get(number)
        if order is None:
            if not is_order_number(number):
                self._reject_unnumbered(at, number, sound)
                return
            order = self._begin_order(number, at)
        if self._unnumbered is not None:
            self._resolve(self._unnumbered, order)
        self._current = order
        if isinstance(fields, Damage) or not sound:
            order.rejected = True
            return
        lines_before = len(order.lines)
        order_rows.add_row(order, at, fields)
        self._pending_lines += len(order.lines) - lines_before

    def _reject_unnumbered(self, at: int, number: str, sound: bool) -> None:
        if sound:
            message = f"The order number has more than {MAX_ORDER_NUMBER} characters."
            if not number:
                message = "The order number is missing."
            self.errors.add(at, ORDER_NUMBER, "bad_order_number", message)
        if self._current is not None and len(number) <= MAX_ORDER_NUMBER:
            self._unnumbered = self._unnumbered or _UnnumberedRows(self._current, at)
            self._unnumbered.rows += 1
        self.rejected += 1

    def _resolve(self, unnumbered: _UnnumberedRows, order: FileOrder) -> None:
        """Rejects the order whose rows are above and below rows without a number."""
        self._unnumbered = None
        if order is not unnumbered.order:
            return
        order.rejected = True
        self.rejected -= unnumbered.rows
        rows = "A row" if unnumbered.rows == 1 else f"{unnumbered.rows:,} rows"
        message = (
            f"{rows} without a usable order number may belong to order {shown(order.number)}, "
            "whose rows are above and below, so the order was rejected."
        )
        self.errors.add(unnumbered.line, ORDER_NUMBER, "bad_order_number", message)

    def _begin_order(self, number: str, at: int) -> FileOrder:
        order = self._pending[number] = FileOrder(number, at)
        if before := self.seen.get(number):
            self._scattered.append(ScatteredOrder(number, at, before))
            order.rejected = True
        return order


def _too_many_errors(at: int, errors: int, rows: int) -> RowError:
    message = f"There are {errors:,} faults in the first {rows:,} rows; reading stopped here."
    return row_error(at, None, "too_many_faults", message)
