"""Orders and reports of their import, as the API answers them."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self, cast
from uuid import UUID

from models.order_import.importer import ImportReport
from models.orders.search import FoundOrder
from web.api.schemas.base import Code, Count, Exact, Finding, Id, Shape
from web.api.schemas.import_changes import CustomerChangeShape, OrderChangeShape
from web.requests.fields import OrderStatus


class Order(Shape):
    """An order with the amounts that its invoice has or would have, or null. `attention` is why a
    confirmed order cannot be invoiced."""

    answers_ids: ClassVar = {"order_id": "id"}
    id: Id
    order_number: str
    order_date: date
    customer_number: str
    status: OrderStatus
    currency: str
    net: Exact | None
    tax: Exact | None
    gross: Exact | None
    invoice_id: Id | None
    attention: Finding | None

    @classmethod
    def of(cls, found: FoundOrder) -> Self:
        """The order as found."""
        totals = found.totals
        return cls(
            id=found.order.id,
            order_number=found.order.order_number,
            order_date=found.order.order_date,
            customer_number=found.order.customer_number,
            status=cast("OrderStatus", found.order.status),
            currency=found.order.currency,
            net=totals.net if totals else None,
            tax=totals.tax if totals else None,
            gross=totals.gross if totals else None,
            invoice_id=found.invoice_id,
            attention=Finding.model_validate(found.attention) if found.attention else None,
        )


class ImportIssue(Shape):
    """What is wrong on one line of an orders file; without a `column`, with the whole line."""

    line: int
    column: str | None
    code: Code
    message: str


class ImportShape(Shape):
    """What an import did; a rejected order is not stored, the others are.

    `errors` are the first thousand of `error_count`. `refused` means that the file could be read
    only up to some line; the orders above that line were `stored`, as the counts say.
    `ignored_columns` are the first hundred columns that an orders file does not have. `mapping` is
    the name of the mapping or preset by which the file was read, empty if by none. `changes` are
    the first thousand orders that came again with changes, `customer_changes` the first thousand
    values of customers' records that changed. `id` is the import's, under which the history has it.
    """

    answers_ids: ClassVar = {"import_id": "id"}
    id: UUID
    orders_created: Count
    orders_updated: Count
    orders_unchanged: Count
    orders_rejected: Count
    customers_created: Count
    customers_updated: Count
    error_count: Count
    refused: bool
    stored: bool
    ignored_columns: list[str]
    mapping: str
    errors: list[ImportIssue]
    change_count: Count
    changes: list[OrderChangeShape]
    customer_change_count: Count
    customer_changes: list[CustomerChangeShape]

    @classmethod
    def of(cls, report: ImportReport, run_id: UUID) -> Self:
        """The report of the import with this id."""
        names = cls.model_fields.keys() - {"id"}
        return cls.model_validate({name: getattr(report, name) for name in names} | {"id": run_id})
