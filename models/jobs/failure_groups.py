"""Orders that failed, or would fail, grouped by cause and by the object in which to mend it.

The object is a customer, the organisation, a value such as the unit “foo” wherever it stands, or
the order itself. It follows from the field and the message that are stored with a failed item: so
a group stays what it was while its orders are mended one by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as filled
from decimal import Decimal
from typing import Final, Literal

from models.invoicing.source import SourceOrder
from models.invoicing.totals import totals_or_none

MAX_GROUPS: Final = 200
MAX_ORDERS: Final = 50
# A finding with such a field names the value in quotation marks.
_OF_VALUE: Final = re.compile(r"(?:lines\[-?\d+\]\.)?(currency|unit|tax_category)")
_QUOTED: Final = re.compile("“(.*?)”", re.DOTALL)
# Rules about a known category that does not fit the sale: their findings quote no value.
_CATEGORIES: Final = {
    "not_intra_community": "K",
    "not_an_export": "G",
    "not_subject_to_vat_mixed": "O",
}

Kind = Literal["customer", "organization", "value", "order"]


@dataclass(frozen=True, slots=True)
class Failure:
    """An order that got no invoice, and why. `closed`: invoiced or cancelled elsewhere since.

    `customer_name` is that of the address book, `buyer_name` the order's.
    """

    order_id: int
    order_number: str
    code: str
    field: str
    message: str
    remedy: str
    customer_id: int
    buyer_name: str
    customer_name: str
    status: str | None = None
    mended: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class FailureObject:
    """What has to be mended; `id` is that of the customer or of the only order.

    `value` is the value of a group about one, empty for a missing one.
    """

    kind: Kind
    id: int | None
    name: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class GroupAmount:
    """What orders come to with tax, in one currency."""

    currency: str
    gross: Decimal


@dataclass(slots=True)
class GroupedOrder:
    """One order of a group, with its invoice if it got one elsewhere."""

    order_id: int
    order_number: str
    status: str | None
    field: str
    mended: bool
    invoice_id: int | None = None
    invoice_number: str | None = None


@dataclass(slots=True)
class FailureGroup:
    """Orders with one cause in one object. `message`, `remedy` and `field` are the first order's.

    `amounts` are of the orders that are not closed; None if they are too many to add up.
    """

    error_code: str
    field: str
    message: str
    remedy: str
    concerns: FailureObject
    count: int = 0
    mended: int = 0
    closed: int = 0
    orders: list[GroupedOrder] = filled(default_factory=list)
    gross: dict[str, Decimal] = filled(default_factory=dict)
    is_added_up: bool = True

    @property
    def amounts(self) -> list[GroupAmount] | None:
        """By currency."""
        if not self.is_added_up:
            return None
        return [GroupAmount(*each) for each in sorted(self.gross.items())]

    def add_money(self, order: SourceOrder) -> None:
        """Adds what the order comes to, if that can be computed."""
        totals = totals_or_none(order.lines, order.currency)
        if totals is not None:
            known = self.gross.get(order.currency, Decimal(0))
            self.gross[order.currency] = known + totals.payable


@dataclass(slots=True)
class FailureGroups:
    """Collects failures; memory grows with the groups, not with the orders."""

    failed: int = 0
    mended: int = 0
    _groups: dict[tuple[str, Kind, int | None, str], FailureGroup] = filled(default_factory=dict)

    @property
    def groups(self) -> list[FailureGroup]:
        """The first `MAX_GROUPS`, the largest first."""
        found = sorted(self._groups.values(), key=lambda group: (-group.count, group.error_code))
        return found[:MAX_GROUPS]

    @property
    def more(self) -> bool:
        """Whether there are others."""
        return len(self._groups) > MAX_GROUPS

    def add(self, failure: Failure) -> FailureGroup:
        """Counts the failure in its group, and returns that."""
        of = object_of(failure)
        shared = of if of.kind != "order" else FailureObject("order", None, "")
        key = (failure.code, shared.kind, shared.id, shared.name)
        group = self._groups.get(key)
        if group is None:
            said = (failure.code, failure.field, failure.message, failure.remedy)
            group = self._groups[key] = FailureGroup(*said, of)
        elif of.kind == "order":
            group.concerns = FailureObject("order", None, f"{group.count + 1:,} orders")
        group.count += 1
        group.mended += failure.mended
        group.closed += failure.closed
        self.failed += 1
        self.mended += failure.mended
        if len(group.orders) < MAX_ORDERS:
            group.orders.append(
                GroupedOrder(
                    failure.order_id,
                    failure.order_number,
                    failure.status,
                    failure.field,
                    failure.mended,
                )
            )
        return group


def object_of(failure: Failure) -> FailureObject:
    """The object in which the failure is to be mended.

    A guest who shares the customer's number is not in the address book: the order is mended then.
    """
    is_guest = failure.buyer_name not in ("", failure.customer_name)
    if failure.field.startswith("customer.") and not is_guest:
        return FailureObject("customer", failure.customer_id, failure.customer_name)
    if failure.field.startswith("organization."):
        return FailureObject("organization", None, "")
    if of_value := _OF_VALUE.fullmatch(failure.field):
        quoted = _QUOTED.search(failure.message)
        value = quoted[1] if quoted else _CATEGORIES.get(failure.code, "")
        name = of_value[1].replace("_", " ")
        return FailureObject("value", None, f"{name} “{value}”" if value else f"no {name}", value)
    return FailureObject("order", failure.order_id, failure.order_number)
