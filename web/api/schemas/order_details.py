"""One order with all that can be mended in it, as the API answers it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal, Self, cast
from uuid import UUID

from models.invoicing.source import SourceLine
from models.invoicing.totals import Totals
from models.orders.mending.checked_order import CheckedOrder
from models.orders.mending.new_orders import TakenIn
from web.api.schemas.base import Count, Exact, Finding, Id, Shape
from web.api.schemas.import_changes import ChangeOfOrder
from web.requests.fields import OrderStatus


class Buyer(Shape):
    """The buyer as the order names them; an invoice copies this."""

    name: str
    email: str | None
    street: str
    city: str
    postal_code: str
    country: str
    vat_id: str | None


class OrderRow(Shape):
    """One row of an order: a line, or an allowance or charge on the whole order, whose amount is
    `unit_price` and whose reason is `description`. `net` is null if it cannot be computed."""

    line_number: int
    row_type: Literal["line", "allowance", "charge"]
    sku: str
    description: str
    quantity: Exact
    unit: str
    unit_price: Exact
    unit_price_gross: Exact | None
    discount_percent: Exact
    tax_category: str
    tax_percent: Exact
    net: Exact | None


class OrderTax(Shape):
    """The tax of one category and rate."""

    category: str
    percent: Exact
    taxable: Exact
    tax: Exact


class OrderSums(Shape):
    """The amounts that the order's invoice has or would have (EN 16931 BT-106 to BT-115)."""

    line_total: Exact
    allowances: Exact
    charges: Exact
    net: Exact
    tax: Exact
    gross: Exact
    rounding: Exact
    payable: Exact
    taxes: list[OrderTax]

    @classmethod
    def of(cls, totals: Totals) -> Self:
        """The sums of an order's totals."""
        taxes = [OrderTax.model_validate(each) for each in totals.tax_breakdown]
        names = [name for name in cls.model_fields if name != "taxes"]
        return cls(**{name: getattr(totals, name) for name in names}, taxes=taxes)


class OrderDetail(Shape):
    """An order as it would be invoiced now.

    `findings` is everything that prevents an invoice, the most useful to show first; `remarks` are
    worth a look and prevent nothing, such as a VAT id with a wrong check digit. `attention`
    is the reason why the list of orders shows it as one to be mended. The amounts are null if they
    cannot be computed.
    """

    answers_ids: ClassVar = {"order_id": "id", "customer_id": "customer_id"}
    id: Id
    order_number: str
    order_date: date
    customer_id: Id
    customer_number: str
    status: OrderStatus
    currency: str
    expected_gross: Exact | None
    revision: Count
    buyer: Buyer
    lines: list[OrderRow]
    totals: OrderSums | None
    findings: list[Finding]
    remarks: list[Finding]
    attention: Finding | None
    invoice_id: Id | None
    invoice_number: str | None
    waiting_in_job: UUID | None

    @classmethod
    def of(cls, checked: CheckedOrder) -> Self:
        """The order as checked."""
        order, totals = checked.order, checked.totals
        nets = {each.line.line_number: each.net for each in totals.lines} if totals else {}
        return cls(
            id=order.id,
            order_number=order.order_number,
            order_date=order.order_date,
            customer_id=order.customer_id,
            customer_number=order.customer_number,
            status=cast("OrderStatus", order.status),
            currency=order.currency,
            expected_gross=order.expected_gross,
            revision=checked.revision,
            buyer=Buyer.model_validate(order.buyer),
            lines=[_row(line, nets) for line in order.lines],
            totals=OrderSums.of(totals) if totals else None,
            findings=[Finding.model_validate(each) for each in checked.findings],
            remarks=[Finding.model_validate(each) for each in checked.remarks],
            attention=Finding.model_validate(checked.attention) if checked.attention else None,
            invoice_id=checked.invoice_id,
            invoice_number=order.invoice_number,
            waiting_in_job=checked.waiting_in_job,
        )


class OrderCheck(Shape):
    """What an order would be after a change that is not stored: `unreadable` are values that cannot
    be stored, `findings` what would prevent an invoice."""

    order: OrderDetail
    unreadable: list[Finding]
    totals: OrderSums | None
    findings: list[Finding]


class TakenOrder(Shape):
    """The outcome of one order. `findings` say why it was rejected and not stored; of an order that
    is stored, what prevents an invoice. `change` is of an order that came again: what changed, and
    what stays as a person has mended it."""

    order_number: str
    order_id: Id | None
    outcome: Literal["created", "updated", "unchanged", "rejected"]
    findings: list[Finding]
    change: ChangeOfOrder | None


class TakenOrders(Shape):
    """What was done with the orders of a request, in its order."""

    created: Count
    updated: Count
    unchanged: Count
    rejected: Count
    orders: list[TakenOrder]

    @classmethod
    def of(cls, taken: list[TakenIn]) -> Self:
        """The outcome of each order, and the counts."""
        kinds = ("created", "updated", "unchanged", "rejected")
        counts = {kind: sum(each.outcome == kind for each in taken) for kind in kinds}
        return cls(**counts, orders=[TakenOrder.model_validate(each) for each in taken])


def _row(line: SourceLine, nets: Mapping[int, Decimal]) -> OrderRow:
    fields = {name: getattr(line, name) for name in OrderRow.model_fields if name != "net"}
    return OrderRow.model_validate({**fields, "net": nets.get(line.line_number)})
