"""Rows gathered into orders, and handed on in batches, so that memory depends neither on the
file's length nor on the number of its faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from models.order_import.csv_file.columns import HEAD, MAX_ORDER_NUMBER, ORDER_NUMBER, shown
from models.order_import.csv_file.errors import ErrorLog, RowError, Unreadable, row_error
from models.order_import.csv_file.header import read_header
from models.order_import.csv_file.order import Defaults, FileOrder
from models.order_import.csv_file.records import Damage, Readable, read_records
from models.order_import.csv_file.row_reader import RowReader, is_order_number
from models.order_import.csv_file.seen_orders import Apart, Fate, SeenOrders

BATCH_ORDERS: Final = 1_000
BATCH_LINES: Final = 5_000
MAX_ORDER_LINES: Final = 10_000
# To find and name a fault costs many times what a row costs: what is no orders file has to end.
MAX_ERRORS: Final = 100_000


@dataclass(slots=True)
class _Doubt:
    """Rows without an order number, from `line` on, after a row of `order`: perhaps rows of it."""

    order: FileOrder
    line: int
    rows: int = 0


class OrdersFile:
    """An orders file while it is read: its `faults`, and how many orders it `rejected` so far.

    `refused` becomes true when the file cannot be read as a whole, or not to its end. `seen` are
    the orders handed on; who stores them notes there what became of them, and takes from `apart`
    those to which the file came back. `ignored_columns` are no columns of an orders file.
    """

    def __init__(self, stream: Readable, defaults: Defaults) -> None:
        self.errors = ErrorLog()
        self.rejected = 0
        self.refused = False
        self.ignored_columns: tuple[str, ...] = ()
        self.seen = SeenOrders()
        self.apart: list[Apart] = []
        self._records = read_records(stream)
        self._defaults = defaults
        self._pending: dict[str, FileOrder] = {}
        self._pending_lines = 0
        self._order_above: FileOrder | None = None
        self._doubt: _Doubt | None = None

    def batches(self) -> Iterator[list[FileOrder]]:
        """The orders without faults, about a thousand at a time, in the order of the file.

        Rows of an order that do not stand together are joined while the order is still held;
        later they are a fault. A batch is empty where there is nothing but `apart` to see to.
        """
        try:
            rows = self._read_header()
            at = 0
            for count, (at, fields, suspicious) in enumerate(self._records, start=1):
                self._take(rows, at, fields, suspicious)
                if self.errors.count > MAX_ERRORS and self.errors.count * 2 > count:
                    raise Unreadable(_too_many_errors(at, self.errors.count, count))
                if self._is_full() and ((done := self._hand_on()) or self.apart):
                    yield done
            if not at:
                message = "The file has a header but no orders."
                raise Unreadable(row_error(1, None, "no_orders", message))
        except Unreadable as error:
            self._refuse(error)
        self._order_above = None
        if (done := self._hand_on()) or self.apart:
            yield done

    def _read_header(self) -> RowReader:
        at, fields, _suspicious = next(self._records, (1, None, False))
        if fields is None:
            raise Unreadable(row_error(1, None, "empty_file", "The file is empty."))
        header = read_header(fields, at)
        self.ignored_columns = header.ignored
        return RowReader(header, self.errors)

    def _refuse(self, error: Unreadable) -> None:
        self.refused = True
        for row in error.errors:
            self.errors.add_last(row)
        if self._order_above is not None:
            self._order_above.rejected = True

    def _is_full(self) -> bool:
        return len(self._pending) > BATCH_ORDERS or self._pending_lines > BATCH_LINES

    def _hand_on(self) -> list[FileOrder]:
        """Everything gathered but the order at hand, whose rows may go on."""
        unfinished = self._order_above
        done = [order for order in self._pending.values() if order is not unfinished]
        self._pending = {unfinished.number: unfinished} if unfinished else {}
        self._pending_lines = len(unfinished.lines) if unfinished else 0
        for order in done:
            before = self.seen.get(order.number)
            if order.rejected and (before is None or before.fate is not Fate.REJECTED):
                self.rejected += 1
            fate = Fate.REJECTED if order.rejected else Fate.ACCEPTED
            self.seen.note(order.number, before.line if before else order.first_row, fate)
        return [order for order in done if not order.rejected]

    def _take(self, rows: RowReader, at: int, fields: list[str] | Damage, suspicious: bool) -> None:
        """Adds a row to its order."""
        sound = rows.is_sound(at, fields, suspicious)
        number = rows.order_number(fields)
        order = self._pending.get(number)
        if order is None:
            if not is_order_number(number):
                self._reject_unknown(at, number, sound)
                return
            order = self._open(number, at)
        if self._doubt is not None:
            self._resolve(self._doubt, order)
        self._order_above = order
        if isinstance(fields, Damage) or not sound:
            order.rejected = True
        else:
            self._add_head(rows, order, at, rows.raw_head(fields))
            self._add_line(rows, order, at, fields)

    def _reject_unknown(self, at: int, number: str, sound: bool) -> None:
        if sound:
            message = f"The order number has more than {MAX_ORDER_NUMBER} characters."
            if not number:
                message = "The order number is missing."
            self.errors.add(at, ORDER_NUMBER, "bad_order_number", message)
        if self._order_above is not None and len(number) <= MAX_ORDER_NUMBER:
            self._doubt = self._doubt or _Doubt(self._order_above, at)
            self._doubt.rows += 1
        self.rejected += 1

    def _resolve(self, doubt: _Doubt, order: FileOrder) -> None:
        """Rejects the order that stands on both sides of rows without a number."""
        self._doubt = None
        if order is not doubt.order:
            return
        order.rejected = True
        self.rejected -= doubt.rows
        rows = "A row" if doubt.rows == 1 else f"{doubt.rows:,} rows"
        message = (
            f"{rows} without a usable order number may belong to order {shown(order.number)}, "
            "whose rows stand above and below; so the order was rejected."
        )
        self.errors.add(doubt.line, ORDER_NUMBER, "bad_order_number", message)

    def _open(self, number: str, at: int) -> FileOrder:
        order = self._pending[number] = FileOrder(number, at)
        if before := self.seen.get(number):
            self.apart.append(Apart(number, at, before))
            order.rejected = True
        return order

    def _add_head(
        self, rows: RowReader, order: FileOrder, at: int, raw_head: tuple[str, ...]
    ) -> None:
        """Notes the order's own values, or compares them with those of its first row."""
        if raw_head == order.raw_head:
            return
        head = rows.head(at, raw_head)
        if head is None:
            order.rejected = True
            return
        head = self._defaults.fill_head(head)
        if order.head is None:
            order.head, order.raw_head = head, raw_head
        else:
            for name, first, here in zip(HEAD, order.head, head, strict=True):
                if first != here:
                    message = f"Order {shown(order.number)} has another {name} further up."
                    self.errors.add(at, name, "inconsistent_order", message)
                    order.rejected = True

    def _add_line(self, rows: RowReader, order: FileOrder, at: int, fields: list[str]) -> None:
        line = rows.line(at, fields)
        if line is None:
            order.rejected = True
        elif line.line_number in order.lines:
            message = f"Line {line.line_number} of order {shown(order.number)} is there already."
            self.errors.add(at, "line_number", "duplicate_line_number", message)
            order.rejected = True
        elif len(order.lines) < MAX_ORDER_LINES:
            order.lines[line.line_number] = self._defaults.fill_line(line)
            self._pending_lines += 1
        else:
            if not order.rejected:
                message = f"Order {shown(order.number)} has more than {MAX_ORDER_LINES:,} lines."
                self.errors.add(at, None, "too_many_lines", message)
            order.rejected = True


def _too_many_errors(at: int, errors: int, rows: int) -> RowError:
    message = f"There are {errors:,} faults in the first {rows:,} rows; reading stopped here."
    return row_error(at, None, "too_many_faults", message)
