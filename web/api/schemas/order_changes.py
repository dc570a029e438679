"""One column changed in a whole selection of orders, as the API answers it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from web.api.schemas.base import Count, Finding, Id, Shape
from web.api.schemas.customers import FreedMoney


class ChangedValue(Shape):
    """One value before and after; `line_number` is null for a value of the whole order.

    `finding` is what still prevents an invoice of the order afterwards, if anything does.
    """

    answers_ids: ClassVar = {"order_id": "order_id"}
    order_id: Id
    order_number: str
    order_date: date
    line_number: int | None
    field: str
    before: str
    after: str
    finding: Finding | None


class ChangeCheck(Shape):
    """What a change would do. `rows` are the first of `values`, and all of them unless `more`.

    `unchanged` orders have the value already, `invoiced` ones keep theirs. `freed_orders` cannot be
    invoiced now and could be then, over `frees`; `blocked_orders` the other way round.
    """

    total: Count
    changed: Count
    unchanged: Count
    invoiced: Count
    values: Count
    freed_orders: Count
    frees: list[FreedMoney]
    blocked_orders: Count
    rows: list[ChangedValue]
    more: bool


class ChangeDone(Shape):
    """What a change did, with the same counts as its check."""

    total: Count
    changed: Count
    unchanged: Count
    invoiced: Count
    values: Count
    freed_orders: Count
    frees: list[FreedMoney]
    blocked_orders: Count
