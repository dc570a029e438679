"""Failed orders grouped by cause and object, as the API answers them."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from models.jobs.status import ItemStatus
from web.api.schemas.base import Code, Count, Exact, Id, Shape


class FailureObject(Shape):
    """What has to be mended: a customer, the organisation, a value such as the unit “foo” wherever
    it stands, or one order. `id` is that of the customer or order; `value` is the value, empty for
    a missing one, and null for other kinds."""

    kind: Literal["customer", "organization", "value", "order"]
    id: Id | None
    name: str
    value: str | None


class GroupAmount(Shape):
    """What the group's orders that are still to be mended or retried come to, in one currency."""

    currency: str
    gross: Exact


class GroupedOrder(Shape):
    """One order of a group; `mended` means that it could be invoiced now. `invoice_number` is that
    of an invoice which it got elsewhere meanwhile."""

    answers_ids: ClassVar = {"order_id": "order_id"}
    order_id: Id
    order_number: str
    status: ItemStatus | None
    field: str
    mended: bool
    invoice_id: Id | None
    invoice_number: str | None


class FailureGroupShape(Shape):
    """Orders that failed, or would fail, for one cause in one object.

    `count` are all of them, `mended` those that could be invoiced now, `closed` those that were
    invoiced or cancelled elsewhere since. `message`, `remedy` and `field` are those of the first
    order. `amounts` is null where there are too many failures to add up. `orders` are the first 50.
    Orders that are themselves the object share a group for each cause.
    """

    error_code: Code
    field: str
    message: str
    remedy: str
    object: FailureObject = Field(validation_alias="concerns")
    count: Count
    mended: Count
    closed: Count
    amounts: list[GroupAmount] | None
    orders: list[GroupedOrder]


class FailureGroups(Shape):
    """The groups, the largest first; `failed` and `mended` count all orders. At most 200 groups are
    listed: `more` says that there are others."""

    failed: Count
    mended: Count
    groups: list[FailureGroupShape]
    more: bool
