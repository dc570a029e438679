"""The orders of an orders file, in batches.

Only about a thousand orders are held at a time, and a thousand errors, so memory does not grow
with the length of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import Final

from models.order_import.csv_file.attribution import MISPLACED, Attribution, Attributor
from models.order_import.csv_file.doubts import Doubts
from models.order_import.csv_file.header import Header, check_continuation, read_header
from models.order_import.csv_file.held_orders import HeldOrders
from models.order_import.csv_file.neighbours import Neighbours
from models.order_import.csv_file.order import Defaults, FileOrder
from models.order_import.csv_file.order_rows import OrderRows
from models.order_import.csv_file.row_reader import RowReader
from models.order_import.csv_file.seen_orders import ScatteredOrder, SeenOrders
from models.order_import.errors import ErrorLog, RowError, Unreadable, row_error
from models.order_import.mapping.choosing import (
    NOTHING_KNOWN,
    Choice,
    Reading,
    choose,
    chosen_records,
)
from models.order_import.mapping.conventions import UnsureReading
from models.order_import.mapping.elsewhere import find_elsewhere
from models.order_import.mapping.standard_values import OnLook, do_nothing
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


class OrdersFile:
    """An orders file while it is read, with its `errors`.

    `refused` becomes true when the file cannot be read at all, or not to its end. The importer
    records in `seen` how each order was stored, and takes the orders that continue after they were
    handed over (`take_scattered`). `rows` is how many rows were read. `table` is the file once it
    is opened, None if it cannot be; `choice` is how its columns are read.
    `ignored_columns` are the columns that an orders file does not have. `on_look` is called now and
    then while the whole file is looked through before its next order is known.
    """

    def __init__(
        self,
        stream: Readable,
        defaults: Defaults,
        *,
        encoding: str | None = None,
        sheet: str | None = None,
        reading: Reading = NOTHING_KNOWN,
        on_look: OnLook = do_nothing,
    ) -> None:
        self.errors = ErrorLog()
        self.refused = False
        self.ignored_columns: tuple[str, ...] = ()
        self.rows = 0
        self.table: Table | None = None
        self.choice: Choice | None = None
        self.questions: Sequence[RowError] = ()
        self._open = partial(open_table, stream, encoding=encoding, sheet=sheet)
        self._defaults = defaults
        self._reading = reading
        self._on_look = on_look
        self._held = HeldOrders(self.errors)
        self._rows_handed_over = 0
        self._current_raw: str | None = None
        # The order of the row above the latest.
        self._above: FileOrder | None = None
        self._broken_off = False
        self._doubts = Doubts(self._held.reject)
        self._neighbours = Neighbours(self._held.reject)

    def batches(self) -> Iterator[list[FileOrder]]:
        """The orders without errors, about a thousand at a time, in the order of the file.

        Scattered rows of an order are joined while the order is still held; a row that comes
        later is an error. A batch may be empty: it says how far reading has come.
        """
        try:
            self.table = self._open()
            records = self._choose_records(self.table)
            header, records = self._read_header(records)
            attributor = Attributor(header, self.errors)
            order_rows = OrderRows(RowReader(header, self.errors), self._defaults, self.errors)
            at = 0
            for at, fields, _odd_bytes in records:
                self.rows += 1
                order = self._order_of(at, fields, header, attributor)
                if order is not None and isinstance(fields, list):
                    self._add_row(order, order_rows, at, fields)
                    if order.rejected and order_rows.take_unreadable() >= MISPLACED:
                        self._doubts.add(at, attributor.misplaced(fields), self._above)
                if self.errors.count > MAX_ERRORS and self.errors.count * 2 > self.rows:
                    raise Unreadable(_too_many_errors(at, self.errors.count, self.rows))
                if self._is_full():
                    yield self._hand_over()
            if not at:
                message = "The file has a header but no orders."
                raise Unreadable(row_error(1, None, "no_orders", message))
        except Unreadable as error:
            self._refuse(error)
        self._resolve(None)
        self._held.current = None
        yield self._hand_over()

    @property
    def seen(self) -> SeenOrders:
        """The orders that were handed over, and how each was stored."""
        return self._held.seen

    @property
    def rejected(self) -> int:
        """How many orders were rejected so far; the importer adds those that it refuses."""
        return self._held.rejected

    @rejected.setter
    def rejected(self, count: int) -> None:
        self._held.rejected = count

    def take_scattered(self) -> list[ScatteredOrder]:
        """The orders that continue after they were handed over, found since the last call."""
        return self._held.take_scattered()

    def take_rejected(self) -> list[str]:
        """The numbers of the orders that were rejected since the last call."""
        return self._held.take_rejected()

    def _choose_records(self, table: Table) -> Iterator[Record]:
        self.choice = choose(table, self._reading)
        currency = self._defaults.currency
        return chosen_records(table, self.choice, self._reading, currency, self._on_look)

    def _read_header(self, records: Iterator[Record]) -> tuple[Header, Iterator[Record]]:
        """The header, and the records below it."""
        at, fields, _odd_bytes = next(records, (1, None, False))
        if fields is None:
            raise Unreadable(row_error(1, None, "empty_file", "The file is empty."))
        header = read_header(fields, at)
        self.ignored_columns = header.ignored
        first = list(islice(records, 1))
        for below, row, _odd_bytes in first:
            check_continuation(header, row, below)
        return header, chain(first, records)

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
        self._add_hints()
        if self._held.current is not None:
            self._held.current.rejected = True

    def _add_hints(self) -> None:
        """Says where the orders may be, if the table has no header of an orders file, or no row."""
        if self.table is None or self.choice is None or self.rows or self.questions:
            return
        header_known = self.choice.kind != "unknown"
        for hint in find_elsewhere(self.table, self._reading, header_known=header_known):
            self.errors.add_last(RowError(1, hint))

    def _is_full(self) -> bool:
        rows_read = self.rows - self._rows_handed_over
        return (
            len(self._held) > BATCH_ORDERS
            # The order of the latest row is not handed over, however many lines it has.
            or (self._held.lines > BATCH_LINES and len(self._held) > 1)
            or rows_read >= BATCH_ROWS
        )

    def _hand_over(self) -> list[FileOrder]:
        self._rows_handed_over = self.rows
        return self._held.hand_over()

    def _order_of(
        self, at: int, fields: list[str] | Damage, header: Header, attributor: Attributor
    ) -> FileOrder | None:
        """The order to which a row can be added; None if the row was rejected."""
        current = self._held.current
        if (
            current is not None
            and not self._doubts.waiting
            and isinstance(fields, list)
            and len(fields) == header.width
            and fields[header.order_number] == self._current_raw
        ):
            self._above = current
            return current  # most rows continue the order of the row above
        if isinstance(fields, list) and not any(fields):
            return None
        row = attributor.attribute(at, fields)
        if self._broken_off and row.sound and isinstance(fields, list):
            row = attributor.misplaced(fields)
        self._broken_off = row.broken_off
        if not row.number:
            self._add_doubt(at, row)
            return None
        order = self._held.get(row.number) or self._begin_order(row.number, at)
        self._resolve(order)
        self._above = current
        if order is not current:
            self._neighbours.move(order, at)
        self._held.current = order
        self._current_raw = None
        if isinstance(fields, Damage) or not row.sound:
            order.rejected = True
            return None
        self._current_raw = fields[header.order_number]
        return order

    def _add_row(self, order: FileOrder, order_rows: OrderRows, at: int, fields: list[str]) -> None:
        lines_before = len(order.lines)
        clash = order_rows.add_row(order, at, fields)
        self._held.lines += len(order.lines) - lines_before
        if clash is not None or self._neighbours.moved:
            self._neighbours.compare(order, at, clash)

    def _add_doubt(self, at: int, row: Attribution) -> None:
        """A row that belongs to no order for certain."""
        if row.blank:
            return
        if row.unusable:
            self._held.reject_unusable(row.unusable, at)
        self._doubts.add(at, row, self._held.current)

    def _resolve(self, below: FileOrder | None) -> None:
        """Rejects the orders around the rows in doubt above the order `below`."""
        if not self._doubts.resolve(below):
            self._held.rejected += 1

    def _begin_order(self, number: str, at: int) -> FileOrder:
        """A new order; one that a row in doubt has named is rejected at once."""
        order = self._held.begin(number, at)
        if not order.returns and (line := self._doubts.named(number)) is not None:
            self._held.reject(number, line, line)
        return order


def _too_many_errors(at: int, errors: int, rows: int) -> RowError:
    message = f"There are {errors:,} faults in the first {rows:,} rows; reading stopped here."
    return row_error(at, None, "too_many_faults", message)
