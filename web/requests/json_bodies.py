"""The JSON bodies that the API reads."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final, Self, get_args

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from models.errors import InvalidRequest
from models.jobs.cancel_and_retry import Selection
from models.jobs.status import Priority
from models.lists.paging import MAX_ID
from models.orders.named_orders import MAX_ITEMS, ChoiceCode
from models.orders.search import OrderFilter
from web.requests.fields import UNKNOWN_CODE, ErrorCode, OrderId, Reading, one_given
from web.requests.queries import OrderFilterFields

ORDER_IDS_OR_FILTER: Final = "order_ids_or_filter"


class RetryRequest(Reading):
    """Which failed orders to try again; all conditions must hold, and none means all of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {},
                {"error_code": "quantity_not_positive", "limit": 1000},
                {"mended": True},
            ]
        }
    )
    refusals: ClassVar = (UNKNOWN_CODE,)
    error_code: ErrorCode | None = None
    order_ids: list[int] | None = Field(
        None, fail_fast=True, description="Those of them that failed; others are ignored."
    )
    limit: int | None = Field(None, ge=1, le=MAX_ITEMS, description="How many at most.")
    mended: bool = Field(
        default=False, description="Only those that were mended and could be invoiced now."
    )

    def selection(self) -> Selection:
        """The selection; an id that no order can have selects nothing."""
        ids = self.order_ids
        possible = None if ids is None else [id_ for id_ in ids if 0 < id_ <= MAX_ID]
        return Selection(self.error_code, possible, self.limit, self.mended)


class ImportAgain(Reading):
    """What the import may do this time that it refused before; nothing more without these."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"allow_customer_changes": True}]})
    allow_customer_changes: bool = Field(
        default=False, description="Let an order that comes again name another customer."
    )
    allow_undone_mends: bool = Field(
        default=False,
        description="Let an order bring back the old value of what a person has mended.",
    )


class OrdersChoice(Reading):
    """Which orders to invoice: by id, or all that match a filter."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                one_given("order_ids", "array", "filter"),
                one_given("filter", "object", "order_ids"),
            ],
            "examples": [{"filter": {"status": "confirmed", "from": "2026-01-01"}}],
        }
    )
    refusals: ClassVar = (ORDER_IDS_OR_FILTER, *get_args(ChoiceCode))
    order_ids: list[OrderId] | None = Field(
        None,
        fail_fast=True,
        description=f"At most {MAX_ITEMS:,}, each once.",
        # Described here; `models/orders/named_orders.py` checks it, with messages of its own.
        json_schema_extra={"minItems": 1, "maxItems": MAX_ITEMS, "uniqueItems": True},
    )
    filter: OrderFilterFields | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.order_ids is None) == (self.filter is None):
            raise PydanticCustomError(
                ORDER_IDS_OR_FILTER,
                "Orders are selected either by `order_ids` or by `filter`.",
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
