"""What an import changed on what was stored before, as the API answers it."""

from __future__ import annotations

from web.api.schemas.base import Count, Shape


class DifferenceShape(Shape):
    """A value before and after, null where there was or is no such line or value.

    `what` is a path such as `order_date`, `customer.street`, `lines[3].unit` (3 is the line's
    own number), or `lines[3]` for a line that is added or removed.
    """

    what: str
    before: str | None
    after: str | None


class ChangeOfOrder(Shape):
    """What changes on an order that came again.

    `differences` are the first hundred of `difference_count`; the nets are null where an amount
    cannot be computed. `mends` are values that a person has mended, each with the old one that came
    again; with `mends_kept` they stay as they were mended.
    """

    message: str
    differences: list[DifferenceShape]
    difference_count: Count
    net_before: str | None
    net_after: str | None
    mends: list[DifferenceShape]
    mends_kept: bool


class OrderChangeShape(ChangeOfOrder):
    """The same with the order's number, and the `line` on which it begins in the file."""

    order_number: str
    line: Count


class CustomerChangeShape(DifferenceShape):
    """A value of a customer's record that the order on `line` of the file changed."""

    customer_number: str
    order_number: str
    line: Count
    message: str
