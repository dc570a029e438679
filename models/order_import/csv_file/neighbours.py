"""Finds rows that probably carry another order's number.

A row whose number was damaged into that of another order looks like a row of that order. It gives
itself away where it contradicts that order, or stands apart from its other rows, while the order
beside it has the same buyer and date.
"""

from __future__ import annotations

from models.order_import.csv_file.doubts import Reject
from models.order_import.csv_file.order import FileOrder, Head


class Neighbours:
    """The order of the latest row and the order above it.

    `moved` is true from a move to another order until a row of that order is compared.
    """

    def __init__(self, reject: Reject) -> None:
        self.moved = False
        self._current: FileOrder | None = None
        self._above: FileOrder | None = None
        self._returned = False
        self._strange: tuple[FileOrder, Head, int] | None = None
        self._reject = reject

    def move(self, order: FileOrder, at: int) -> None:
        """The rows from line `at` on are of `order`, those above are not."""
        self._above, self._current = self._current, order
        self._returned = order.returns or order.first_row != at
        self.moved = True

    def compare(self, order: FileOrder, at: int, clash: Head | None) -> None:
        """A row of `order` on line `at`; `clash` is the row's head if it contradicts the order.

        A row that returns to its order, or contradicts it, may be a row of the orders beside it.
        """
        if self.moved:
            self._compare_with_strange(order)
        head = clash or (order.head if self.moved and self._returned else None)
        self.moved = False
        if head is None:
            return
        self._strange = order, head, at
        above = self._above
        # The order's first row may be the last one of the order above.
        if above is not None and above.head in (head, order.head):
            self._reject(above.number, at, at)
            self._reject(order.number, at, at)

    def _compare_with_strange(self, below: FileOrder) -> None:
        """Rejects the order below a strange row if the row may be its own."""
        strange, self._strange = self._strange, None
        if strange is None:
            return
        order, head, at = strange
        if below.head == head:
            self._reject(below.number, at, at)
            self._reject(order.number, at, at)
