"""The orders of a file that are held until they can be handed over, and what is known of the rest.

Rows of an order may be scattered. They are joined while the order is held; after that a further
row makes it a scattered order, which the importer has to look up.
"""

from __future__ import annotations

from models.order_import.csv_file.columns import ORDER_NUMBER
from models.order_import.csv_file.doubts import doubt_of
from models.order_import.csv_file.order import FileOrder
from models.order_import.csv_file.seen_orders import Outcome, ScatteredOrder, SeenOrders
from models.order_import.errors import ErrorLog


class HeldOrders:
    """Orders by number; `lines` is how many lines they have together.

    `current` is the order of the latest row, to which the next one may belong. `rejected` is how
    many orders of the file were rejected so far; `seen` has all that were handed over.
    """

    def __init__(self, errors: ErrorLog) -> None:
        self.current: FileOrder | None = None
        self.lines = 0
        self.rejected = 0
        self.seen = SeenOrders()
        self._errors = errors
        self._orders: dict[str, FileOrder] = {}
        self._scattered: list[ScatteredOrder] = []
        self._rejected_numbers: list[str] = []

    def __len__(self) -> int:
        return len(self._orders)

    def get(self, number: str) -> FileOrder | None:
        """The order with this number, if it is held."""
        return self._orders.get(number)

    def begin(self, number: str, at: int) -> FileOrder:
        """Holds a new order that begins on line `at`; it `returns` if it was handed over before."""
        order = self._orders[number] = FileOrder(number, at)
        if before := self.seen.get(number):
            self._scattered.append(ScatteredOrder(number, at, before))
            order.rejected = order.returns = True
        return order

    def reject(self, number: str, first: int, last: int) -> bool:
        """Rejects an order to which rows from line `first` to `last` may belong, if it is known."""
        order = self._orders.get(number)
        if order is not None:
            if not order.rejected:
                self._errors.add(order.first_row, ORDER_NUMBER, *doubt_of(number, first, last))
            order.rejected = True
            return True
        before = self.seen.get(number)
        if before is None:
            return False
        if before.outcome is not Outcome.REJECTED:
            self._scattered.append(ScatteredOrder(number, first, before, in_doubt=True))
            self.seen.record(number, before.line, Outcome.REJECTED)
            self.rejected += 1
        return True

    def reject_unusable(self, number: str, at: int) -> None:
        """Counts an order whose number cannot be stored, once for all of its rows."""
        mark = f"\0{number}"
        if self.seen.get(mark) is None:
            self.rejected += 1
            self.seen.record(mark, at, Outcome.REJECTED)

    def hand_over(self) -> list[FileOrder]:
        """All orders but the current one; those that are rejected are counted and left out."""
        current = self.current
        done = [order for order in self._orders.values() if order is not current]
        self._orders = {current.number: current} if current else {}
        self.lines = len(current.lines) if current else 0
        for order in done:
            before = self.seen.get(order.number)
            if order.rejected and (before is None or before.outcome is not Outcome.REJECTED):
                self.rejected += 1
            if order.rejected:
                self._rejected_numbers.append(order.number)
            outcome = Outcome.REJECTED if order.rejected else Outcome.ACCEPTED
            self.seen.record(order.number, before.line if before else order.first_row, outcome)
        return [order for order in done if not order.rejected]

    def take_scattered(self) -> list[ScatteredOrder]:
        """The orders that continue after they were handed over, found since the last call."""
        scattered, self._scattered = self._scattered, []
        return scattered

    def take_rejected(self) -> list[str]:
        """The numbers of the orders that were rejected since the last call."""
        rejected, self._rejected_numbers = self._rejected_numbers, []
        return rejected
