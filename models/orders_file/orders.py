"""Rows gathered into orders, and handed on in batches, so that memory depends neither on the
file's length nor on the number of its faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from models.orders_file.faults import Fault, FaultLog, Unreadable
from models.orders_file.header import read_header
from models.orders_file.order import DefaultTax, FileOrder
from models.orders_file.records import Damage, Readable, read_records
from models.orders_file.row_reader import RowReader, is_order_number
from models.orders_file.seen import SeenNumbers
from models.orders_file.values import HEAD, MAX_ORDER_NUMBER, ORDER_NUMBER, shown

BATCH_ORDERS: Final = 1_000
BATCH_LINES: Final = 5_000
MAX_ORDER_LINES: Final = 10_000


class OrdersFile:
    """An orders file while it is read: its `faults`, and how many orders it `rejected` so far.

    `refused` becomes true when the file cannot be read as a whole, or not to its end.
    """

    def __init__(self, stream: Readable, default_tax: DefaultTax) -> None:
        self.faults = FaultLog()
        self.rejected = 0
        self.refused = False
        self._records = read_records(stream)
        self._default_tax = default_tax
        self._pending: dict[str, FileOrder] = {}
        self._pending_lines = 0
        self._handed_on = SeenNumbers()

    def batches(self) -> Iterator[list[FileOrder]]:
        """The orders without faults, about a thousand at a time, in the order of the file.

        Rows of an order that do not stand together are joined while the order is still held;
        later they are a fault.
        """
        order: FileOrder | None = None
        try:
            rows = self._read_header()
            at = 0
            for at, fields, suspicious in self._records:
                order = self._take(rows, at, fields, suspicious)
                if self._is_full() and (done := self._hand_on(order)):
                    yield done
            if not at:
                message = "The file has a header but no orders."
                raise Unreadable(Fault(1, None, "no_orders", message))
        except Unreadable as error:
            self._refuse(error, order)
        if done := self._hand_on(None):
            yield done

    def _read_header(self) -> RowReader:
        at, fields, _suspicious = next(self._records, (1, None, False))
        if fields is None:
            raise Unreadable(Fault(1, None, "empty_file", "The file is empty."))
        return RowReader(read_header(fields, at), self.faults)

    def _refuse(self, error: Unreadable, unfinished: FileOrder | None) -> None:
        self.refused = True
        for fault in error.faults:
            self.faults.append(fault, always=True)
        if unfinished is not None:
            unfinished.rejected = True

    def _is_full(self) -> bool:
        return len(self._pending) > BATCH_ORDERS or self._pending_lines > BATCH_LINES

    def _hand_on(self, unfinished: FileOrder | None) -> list[FileOrder]:
        """Everything gathered but the order at hand, whose rows may go on."""
        done = [order for order in self._pending.values() if order is not unfinished]
        for order in done:
            self._handed_on.add(order.number)
        self._pending = {unfinished.number: unfinished} if unfinished else {}
        self._pending_lines = len(unfinished.lines) if unfinished else 0
        accepted = [order for order in done if not order.rejected]
        self.rejected += len(done) - len(accepted)
        return accepted

    def _take(
        self, rows: RowReader, at: int, fields: list[str] | Damage, suspicious: bool
    ) -> FileOrder | None:
        """Adds a row to its order; None when it does not say which that is."""
        sound = rows.is_sound(at, fields, suspicious)
        number = rows.order_number(fields)
        order = self._pending.get(number)
        if order is None:
            if not is_order_number(number):
                self._reject_unknown(at, number, sound)
                return None
            order = self._open(number, at)
        if isinstance(fields, Damage) or not sound:
            order.rejected = True
        else:
            self._add_head(rows, order, at, rows.raw_head(fields))
            self._add_line(rows, order, at, fields)
        return order

    def _reject_unknown(self, at: int, number: str, sound: bool) -> None:
        if sound:
            message = f"The order number has more than {MAX_ORDER_NUMBER} characters."
            if not number:
                message = "The order number is missing."
            self.faults.add(at, ORDER_NUMBER, "bad_order_number", message)
        self.rejected += 1

    def _open(self, number: str, at: int) -> FileOrder:
        order = self._pending[number] = FileOrder(number, at)
        if number in self._handed_on:
            message = (
                f"Other rows of order {shown(number)} stand further up and were taken for the "
                "whole order; sort the file by order number and import it again."
            )
            self.faults.add(at, ORDER_NUMBER, "order_rows_apart", message)
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
        elif order.head is None:
            order.head, order.raw_head = head, raw_head
        else:
            for name, first, here in zip(HEAD, order.head, head, strict=True):
                if first != here:
                    message = f"Order {shown(order.number)} has another {name} further up."
                    self.faults.add(at, name, "inconsistent_order", message)
                    order.rejected = True

    def _add_line(self, rows: RowReader, order: FileOrder, at: int, fields: list[str]) -> None:
        line = rows.line(at, fields)
        if line is None:
            order.rejected = True
        elif line.line_number in order.lines:
            message = f"Line {line.line_number} of order {shown(order.number)} is there already."
            self.faults.add(at, "line_number", "duplicate_line_number", message)
            order.rejected = True
        elif len(order.lines) < MAX_ORDER_LINES:
            order.lines[line.line_number] = self._default_tax.fill(line)
            self._pending_lines += 1
        else:
            if not order.rejected:
                message = f"Order {shown(order.number)} has more than {MAX_ORDER_LINES:,} lines."
                self.faults.add(at, None, "too_many_lines", message)
            order.rejected = True
