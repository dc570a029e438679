"""What the API reads: bodies and query strings."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Literal, Self, get_args
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from models.errors import InvalidRequest
from models.invoices.search import InvoiceFilter
from models.jobs.cancel_and_retry import Selection
from models.jobs.status import ItemStatus, JobStatus, Priority
from models.lists.paging import INVALID_CURSOR, MAX_CURSOR_LENGTH, MAX_ID, MAX_LIMIT
from models.lists.search_text import INVALID_FILTER, MAX_LENGTH
from models.orders.search import OrderFilter
from models.orders.selection import MAX_ITEMS, ChoiceCode

DEFAULT_LIMIT = 100
ERROR_CODE = re.compile(r"[a-z0-9_]{1,100}")
_UNKNOWN_CODE: Final = "unknown_error_code"
_ORDER_IDS_OR_FILTER: Final = "order_ids_or_filter"
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,20}", re.ASCII)


def _day(value: Any) -> Any:
    """Only as 2026-01-31: pydantic itself would take a number for seconds since 1970."""
    try:
        if _ISO_DATE.fullmatch(value):
            return date.fromisoformat(value)
    except (TypeError, ValueError):
        pass
    raise PydanticCustomError("date_parsing", "not a date")


def _whole(value: Any) -> Any:
    """Only digits: pydantic itself would take 1_0, +5 and 5.0 from a query string."""
    if _WHOLE.fullmatch(value):
        return int(value)
    raise PydanticCustomError("int_parsing", "not a whole number")


OrderStatus = Literal["draft", "confirmed", "cancelled", "invoiced"]
Day = Annotated[date, BeforeValidator(_day), Field(examples=["2026-01-31"])]
OrderId = Annotated[
    int,
    WithJsonSchema({"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_ID}),
]
Whole = Annotated[int, BeforeValidator(_whole)]
# `models/lists/search_text.py` refuses what is longer, or has a character that no text can have.
SearchText = Annotated[
    str,
    WithJsonSchema({"type": "string", "maxLength": MAX_LENGTH, "pattern": r"^[^\u0000]*$"}),
]
Cursor = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "maxLength": MAX_CURSOR_LENGTH, "pattern": "^[A-Za-z0-9_=-]+$"}
    ),
]


class Reading(BaseModel):
    """Base of all: nothing is converted, nothing unknown is passed over.

    `refusals` are codes with which the values of a model's own fields are refused.
    """

    refusals: ClassVar[tuple[str, ...]] = ()
    model_config = ConfigDict(strict=True, extra="forbid", populate_by_name=False)


class PageQuery(Reading):
    """Which page of a list."""

    refusals: ClassVar = (INVALID_CURSOR,)
    cursor: Cursor | None = Field(None, description="`next` of the page before.")
    limit: Whole = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="How many at most.")


class OrderFilterFields(Reading):
    """Which orders; all conditions must hold, and none means all orders."""

    refusals: ClassVar = (INVALID_FILTER,)
    status: OrderStatus | None = None
    customer: SearchText | None = Field(None, description="A customer number, or part of a name.")
    date_from: Day | None = Field(None, alias="from", description="Order date, included.")
    date_to: Day | None = Field(None, alias="to", description="Order date, included.")
    q: SearchText | None = Field(
        None, description="The beginning of an order number, or a customer."
    )

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

    refusals: ClassVar = (INVALID_FILTER,)
    customer: SearchText | None = Field(None, description="A customer number, or part of a name.")
    date_from: Day | None = Field(None, alias="from", description="Issue date, included.")
    date_to: Day | None = Field(None, alias="to", description="Issue date, included.")
    q: SearchText | None = Field(None, description="The beginning of a number, or a customer.")
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
            _UNKNOWN_CODE, "`error_code` is not a code of an error.", {"remedy": remedy}
        )
    return value


ErrorCode = Annotated[
    str,
    BeforeValidator(_error_code),
    WithJsonSchema({"type": "string", "pattern": f"^{ERROR_CODE.pattern}$"}),
]


class FailuresQuery(Reading):
    """Which of a job's failed orders."""

    refusals: ClassVar = (_UNKNOWN_CODE,)
    error_code: ErrorCode | None = Field(None, description="Only those that failed with this code.")


class ItemsQuery(PageQuery, FailuresQuery):
    """A page of a job's items that meet all conditions, in the order of the job."""

    status: ItemStatus | None = None


class ReconciliationQuery(Reading):
    """In which form; without it as `Accept` asks for, and else JSON."""

    format: Literal["json", "csv"] | None = None


class RetryRequest(Reading):
    """Which failed orders to try again; all conditions must hold, and none means all of them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"error_code": "quantity_not_positive", "limit": 1000}]}
    )
    refusals: ClassVar = (_UNKNOWN_CODE,)
    error_code: ErrorCode | None = None
    order_ids: list[int] | None = Field(
        None, fail_fast=True, description="Those of them that have failed; others are passed over."
    )
    limit: int | None = Field(None, ge=1, le=MAX_ITEMS, description="How many at most.")

    def selection(self) -> Selection:
        """The same in the words of jobs; an id that no order can have chooses nothing."""
        ids = self.order_ids
        possible = None if ids is None else [id_ for id_ in ids if 0 < id_ <= MAX_ID]
        return Selection(self.error_code, possible, self.limit)


def _given(field: str, kind: str, other: str) -> JsonDict:
    """The schema of exactly one of two fields, where null counts as not given."""
    return {
        "title": f"By `{field}`",
        "required": [field],
        "properties": {field: {"type": kind}, other: {"type": "null"}},
    }


class OrdersChoice(Reading):
    """Which orders to invoice: by id, or all that match a filter."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                _given("order_ids", "array", "filter"),
                _given("filter", "object", "order_ids"),
            ],
            "examples": [{"filter": {"status": "confirmed", "from": "2026-01-01"}}],
        }
    )
    refusals: ClassVar = (_ORDER_IDS_OR_FILTER, *get_args(ChoiceCode))
    order_ids: list[OrderId] | None = Field(
        None,
        fail_fast=True,
        description=f"At most {MAX_ITEMS:,}, each once.",
        # Told, not checked here: `models/orders/selection.py` does, in words of its own.
        json_schema_extra={"minItems": 1, "maxItems": MAX_ITEMS, "uniqueItems": True},
    )
    filter: OrderFilterFields | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.order_ids is None) == (self.filter is None):
            raise PydanticCustomError(
                _ORDER_IDS_OR_FILTER,
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
