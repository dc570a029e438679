"""Orders that failed, or would fail, grouped by cause and by the object in which to mend it.

The object is a customer, the organisation, a value such as the unit “foo” wherever it stands, or
the order itself. It follows from the field and the message that are stored with a failed item: so
a group stays what it was while its orders are mended one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as filled
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session
from sqlalchemy.types import Uuid

from models.database import org_transaction
from models.invoicing.source import SourceOrder
from models.invoicing.totals import totals_or_none
from models.jobs.mended import MENDED
from models.jobs.outcome_elsewhere import CLOSED, outcomes_elsewhere
from models.jobs.search import get_job
from models.orders.loading import load_orders
from models.planner import LOOKUPS

MAX_GROUPS: Final = 200
MAX_ORDERS: Final = 50
# Amounts are added up for so many failures: that takes about a second.
MAX_ADDED_UP: Final = 5_000
_CHUNK: Final = 2_000
# A finding with such a field names the value in quotation marks.
_OF_VALUE: Final = re.compile(r"(?:lines\[-?\d+\]\.)?(currency|unit|tax_category)")
_QUOTED: Final = re.compile("“(.*?)”", re.DOTALL)
# Rules about a known category that does not fit the sale: their findings quote no value.
_CATEGORIES: Final = {
    "not_intra_community": "K",
    "not_an_export": "G",
    "not_subject_to_vat_mixed": "O",
}

_FAILED: Final = text(
    f"""
    SELECT i.position, i.order_id, o.order_number, i.status, i.error_code AS code,
           coalesce(i.error_field, '') AS field, coalesce(i.error_message, '') AS message,
           coalesce(i.error_remedy, '') AS remedy, o.customer_id, o.buyer_name,
           c.name AS customer_name,
           o.status AS order_status, {MENDED} AS mended
    FROM batch_job_items i JOIN orders o ON o.id = i.order_id
    JOIN customers c ON c.id = o.customer_id
    WHERE i.job_id = :job_id AND i.status = 'failed' AND i.position > :after
    ORDER BY i.position LIMIT {_CHUNK}
    """  # noqa: S608 - conditions of our own
).bindparams(bindparam("job_id", type_=Uuid))

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


def failure_groups(organization_id: int, job_id: UUID) -> FailureGroups:
    """The failed orders of a job in their groups; raises `NotFound`.

    Reads a job of 100,000 failures in some seconds; no transaction is open between two chunks.
    """
    found = FailureGroups()
    groups_by_order: dict[int, FailureGroup] = {}
    with org_transaction(organization_id) as session:
        get_job(session, job_id)
    for failure in _failures(organization_id, job_id):
        group = found.add(failure)
        if not failure.closed and len(groups_by_order) <= MAX_ADDED_UP:
            groups_by_order[failure.order_id] = group
    with org_transaction(organization_id) as session:
        _name_invoices(session, found.groups)
        if len(groups_by_order) <= MAX_ADDED_UP:
            _add_up(session, groups_by_order)
        else:
            for group in found.groups:
                group.is_added_up = False
    return found


def _failures(organization_id: int, job_id: UUID) -> Iterator[Failure]:
    after = -1
    while True:
        with org_transaction(organization_id, settings=LOOKUPS) as session:
            rows = session.execute(_FAILED, {"job_id": job_id, "after": after}).all()
        for row in rows:
            yield Failure(
                row.order_id,
                row.order_number,
                row.code,
                row.field,
                row.message,
                row.remedy,
                row.customer_id,
                row.buyer_name,
                row.customer_name,
                row.status,
                row.mended,
                row.order_status in CLOSED,
            )
        if len(rows) < _CHUNK:
            return
        after = rows[-1].position


def _name_invoices(session: Session, groups: Iterable[FailureGroup]) -> None:
    listed = {order.order_id: order for group in groups for order in group.orders}
    for order_id, closed in outcomes_elsewhere(session, list(listed)).items():
        listed[order_id].invoice_id = closed.invoice_id
        listed[order_id].invoice_number = closed.invoice_number


def _add_up(session: Session, groups: dict[int, FailureGroup]) -> None:
    order_ids: Sequence[int] = sorted(groups)
    for start in range(0, len(order_ids), _CHUNK):
        for order in load_orders(session, order_ids[start : start + _CHUNK]).values():
            groups[order.id].add_money(order)
