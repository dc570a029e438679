"""What a change does to many orders: how many, which values, and the money that it frees."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from models.invoicing.finding import Finding
from models.invoicing.source import SourceOrder
from models.invoicing.totals import totals_or_none
from models.orders.mending.differences import differences
from models.orders.mending.writing import Mended
from models.orders.rule_book import RuleBook, attention_of

SHOWN_ROWS: Final = 200


@dataclass(slots=True)
class FreedMoney:
    """What some orders come to with tax, in one currency."""

    currency: str
    orders: int = 0
    gross: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One value before and after, with what still prevents an invoice of its order."""

    order_id: int
    order_number: str
    order_date: date
    line_number: int | None
    field: str
    before: str
    after: str
    finding: Finding | None


@dataclass(slots=True)
class Tally:
    """Counts orders as they are changed; keeps the first `SHOWN_ROWS` values.

    `freed_orders` cannot be invoiced before the change and can be after it, `blocked_orders` the
    other way round.
    """

    total: int = 0
    changed: int = 0
    unchanged: int = 0
    invoiced: int = 0
    values: int = 0
    freed_orders: int = 0
    blocked_orders: int = 0
    rows: list[ChangedValue] = field(default_factory=list)
    _money: dict[str, FreedMoney] = field(default_factory=dict)

    @property
    def frees(self) -> list[FreedMoney]:
        """The money of the orders that are freed, by currency."""
        return [self._money[currency] for currency in sorted(self._money)]

    @property
    def more(self) -> bool:
        """Whether there are more values than `rows`."""
        return self.values > len(self.rows)

    def note(self, before: SourceOrder, after: SourceOrder, rules: RuleBook) -> Mended | None:
        """Counts an order; what is to be stored of it, or None if nothing changes."""
        self.total += 1
        if before.status == "invoiced":
            self.invoiced += 1
            return None
        found = [] if before == after else differences(before, after)
        if not found:
            self.unchanged += 1
            return None
        self.changed += 1
        was_blocked, findings = bool(rules.findings(before)), rules.findings(after)
        if was_blocked and not findings:
            self._free(after)
        self.blocked_orders += bool(findings and not was_blocked)
        mended = Mended(before, after, found, attention_of(after, findings))
        self._show(mended, findings[0] if findings else None)
        return mended

    def _free(self, order: SourceOrder) -> None:
        self.freed_orders += 1
        totals = totals_or_none(order.lines, order.currency)
        if totals is not None:
            money = self._money.setdefault(order.currency, FreedMoney(order.currency))
            money.orders += 1
            money.gross += totals.payable

    def _show(self, mended: Mended, finding: Finding | None) -> None:
        self.values += len(mended.differences)
        order = mended.after
        for each in mended.differences[: SHOWN_ROWS - len(self.rows)]:
            of_line, _, name = each.field.rpartition("].")
            number = int(of_line.removeprefix("lines[")) if of_line else None
            self.rows.append(
                ChangedValue(
                    order.id,
                    order.order_number,
                    order.order_date,
                    number,
                    name,
                    each.old or "",
                    each.new or "",
                    finding,
                )
            )
