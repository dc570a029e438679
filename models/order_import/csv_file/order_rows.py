"""How a row is added to its order: all rows share the order's columns, each adds a line.

All rows of an order agree on the order's columns, no line number occurs twice, and an order has
at most 10,000 lines. An order that breaks a rule is rejected.
"""

from __future__ import annotations

from typing import Final

from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.columns import HEAD
from models.order_import.csv_file.order import Defaults, FileOrder, Head
from models.order_import.csv_file.row_reader import RowReader
from models.order_import.errors import ErrorLog

MAX_ORDER_LINES: Final = 10_000


class OrderRows:
    """Adds rows to orders; `at` is the line on which a row begins."""

    def __init__(self, rows: RowReader, defaults: Defaults, errors: ErrorLog) -> None:
        self._rows = rows
        self._defaults = defaults
        self._errors = errors

    def add_row(self, order: FileOrder, at: int, fields: list[str]) -> Head | None:
        """Adds a row that is sound to its order, or rejects the order.

        Returns the row's own head if the row contradicts the rows above.
        """
        raw_head = self._rows.raw_head(fields)
        clash = None
        # Most rows repeat the order's columns exactly.
        if raw_head != order.raw_head:
            clash = self._add_head(order, at, raw_head)
        line = self._rows.line(at, fields)
        if line is None:
            order.rejected = True
        elif line.line_number in order.lines:
            message = f"Line {line.line_number} of order {shown(order.number)} is there already."
            self._errors.add(at, "line_number", "duplicate_line_number", message)
            order.rejected = True
            clash = clash or order.head
        elif len(order.lines) < MAX_ORDER_LINES:
            order.lines[line.line_number] = self._defaults.fill_line(line)
        else:
            if not order.rejected:
                message = f"Order {shown(order.number)} has more than {MAX_ORDER_LINES:,} lines."
                self._errors.add(at, None, "too_many_lines", message)
            order.rejected = True
        return clash

    def take_unreadable(self) -> int:
        """The number of values that their columns could not read, since the last call."""
        unreadable, self._rows.unreadable = self._rows.unreadable, 0
        return unreadable

    def _add_head(self, order: FileOrder, at: int, raw_head: tuple[str, ...]) -> Head | None:
        """Takes the order's columns from its first row, or compares them with that row's.

        Returns those of this row if they differ.
        """
        head = self._rows.head(at, raw_head)
        if head is None:
            order.rejected = True
            return None
        head = self._defaults.fill_head(head)
        if order.head is None:
            order.head, order.raw_head = head, raw_head
            return None
        if order.head.expected_gross is None:
            # Shops write the total of an order into one of its rows.
            order.head = order.head._replace(expected_gross=head.expected_gross)
        elif head.expected_gross is None:
            head = head._replace(expected_gross=order.head.expected_gross)
        if head == order.head:
            return None
        for name, first, here in zip(HEAD, order.head, head, strict=True):
            if first != here:
                message = f"Order {shown(order.number)} has another {name} further up."
                self._errors.add(at, name, "inconsistent_order", message)
                order.rejected = True
        return head
