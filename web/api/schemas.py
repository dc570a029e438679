"""What the API reads: bodies and query strings."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from models.cancel_and_retry import Selection
from models.errors import InvalidRequest
from models.invoice_search import InvoiceFilter
from models.job_status import ItemStatus, JobStatus, Priority
from models.order_choice import MAX_ITEMS
from models.order_search import OrderFilter
from models.paging import MAX_ID, MAX_LIMIT

DEFAULT_LIMIT = 100
ERROR_CODE = re.compile(r"[a-z0-9_]{1,100}")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day(value: Any) -> Any:
    """Only as 2026-01-31: pydantic itself would take a number for seconds since 1970."""
    try:
        if _ISO_DATE.fullmatch(value):
            return date.fromisoformat(value)
    except (TypeError, ValueError):
        pass
    raise PydanticCustomError("date_parsing", "not a date")


Day = Annotated[date, BeforeValidator(_day)]
OrderStatus = Literal["draft", "confirmed", "cancelled", "invoiced"]


class Reading(BaseModel):
    """Base of all: nothing is converted, nothing unknown is passed over."""

    model_config = ConfigDict(strict=True, extra="forbid", populate_by_name=False)


class PageQuery(Reading):
    """Which page of a list."""

    cursor: str | None = Field(None, description="`next` of the page before.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="How many at most.")


class OrderFilterFields(Reading):
    """Which orders; all conditions must hold, and none means all orders."""

    status: OrderStatus | None = None
    customer: str | None = Field(None, description="A customer number, or part of a name.")
    date_from: Day | None = Field(None, alias="from", description="Order date, included.")
    date_to: Day | None = Field(None, alias="to", description="Order date, included.")
    q: str | None = Field(None, description="The beginning of an order number, or a customer.")

    def order_filter(self) -> OrderFilter:
        """Raises `InvalidRequest` for what cannot be searched for."""
        return OrderFilter(
            status=self.status,
            customer=self.customer,
            date_from=self.date_from,
            date_to=self.date_to,
            q=self.q,
        )


class OrdersQuery(PageQuery, OrderFilterFields):
    """A page of the orders that match."""


class InvoicesQuery(PageQuery):
    """A page of the invoices that match."""

    customer: str | None = Field(None, description="A customer number, or part of a name.")
    date_from: Day | None = Field(None, alias="from", description="Issue date, included.")
    date_to: Day | None = Field(None, alias="to", description="Issue date, included.")
    q: str | None = Field(None, description="The beginning of a number, or a customer.")
    batch_job_id: UUID | None = None

    def invoice_filter(self) -> InvoiceFilter:
        """Raises `InvalidRequest` for what cannot be searched for."""
        return InvoiceFilter(
            customer=self.customer,
            date_from=self.date_from,
            date_to=self.date_to,
            q=self.q,
            batch_job_id=self.batch_job_id,
        )


class JobsQuery(PageQuery):
    """A page of the batch jobs, newest first."""

    status: JobStatus | None = None


def _error_code(value: Any) -> Any:
    if isinstance(value, str) and not ERROR_CODE.fullmatch(value):
        remedy = "Name a code as an item's error has it, such as quantity_not_positive."
        raise PydanticCustomError(
            "unknown_error_code", "`error_code` is not a code of an error.", {"remedy": remedy}
        )
    return value


ErrorCode = Annotated[str, BeforeValidator(_error_code)]


class FailuresQuery(Reading):
    """Which of a job's failed orders."""

    error_code: ErrorCode | None = Field(None, description="Only those that failed with this code.")


class ItemsQuery(PageQuery, FailuresQuery):
    """A page of a job's items that meet all conditions, in the order of the job."""

    status: ItemStatus | None = None


class ReconciliationQuery(Reading):
    """In which form; without it as `Accept` asks for, and else JSON."""

    format: Literal["json", "csv"] | None = None


class RetryRequest(Reading):
    """Which failed orders to try again; all conditions must hold, and none means all of them."""

    error_code: ErrorCode | None = None
    order_ids: list[int] | None = Field(None, fail_fast=True)
    limit: int | None = Field(None, ge=1, le=MAX_ITEMS, description="How many at most.")

    def selection(self) -> Selection:
        """The same in the words of jobs; an id that no order can have chooses nothing."""
        ids = self.order_ids
        possible = None if ids is None else [id_ for id_ in ids if 0 < id_ <= MAX_ID]
        return Selection(self.error_code, possible, self.limit)


class OrdersChoice(Reading):
    """Which orders to invoice: by id, or all that match a filter."""

    order_ids: list[int] | None = Field(None, fail_fast=True, description="At most 200,000.")
    filter: OrderFilterFields | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.order_ids is None) == (self.filter is None):
            raise PydanticCustomError(
                "order_ids_or_filter",
                "Orders are chosen either by `order_ids` or by `filter`.",
                {"remedy": "Give exactly one of the two."},
            )
        return self

    def chosen_filter(self) -> OrderFilter:
        """The filter, when no ids are given; raises `InvalidRequest` as `OrderFilter` does."""
        if self.filter is None:
            return OrderFilter()
        try:
            return self.filter.order_filter()
        except InvalidRequest as error:
            inside = [replace(found, field=f"filter.{found.field}") for found in error.errors]
            raise InvalidRequest(error.message, code=error.code, errors=inside) from error


class BatchJobRequest(OrdersChoice):
    """Orders to invoice, and how urgently."""

    priority: Priority = Priority.NORMAL
    expected_total: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="How many orders these are. If they are not, 409 `total_changed` says how many "
        "there are, as `actual_total`, and nothing is stored.",
    )
