"""Changes of orders and customers, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from web.api.schemas.base import Id, Shape


class ChangedField(Shape):
    """One value before and after; null where there was or is no such line or value."""

    field: str
    old: str | None
    new: str | None


class ChangeShape(Shape):
    """One act: `reason` is `order` for a single order, `selection` for one of many that were
    changed alike, `customer` for a customer and the orders that took its new data."""

    answers_ids: ClassVar = {"order_id": "order_id"}
    id: Id
    at: datetime
    user: str | None
    token: str | None
    source_address: str | None
    action: Literal["order.changed", "customer.changed"]
    reason: Literal["order", "selection", "customer"]
    order_id: Id | None
    order_number: str | None
    customer_id: Id | None
    customer_number: str | None
    changes: list[ChangedField]
