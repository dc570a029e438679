"""The JSON bodies that mend orders and customers.

Values are texts, as in an orders file, and are read by the same rules: what cannot be stored is a
finding about its field.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from web.requests.fields import UNKNOWN_CODE, ErrorCode, Reading, one_given
from web.requests.json_bodies import ORDER_IDS_OR_FILTER, OrdersChoice

MAX_ORDERS: Final = 1_000
MAX_ROWS: Final = 10_000
Column = Literal[
    "order_date", "currency", "status", "expected_gross",
    "buyer_name", "buyer_email", "buyer_street", "buyer_city", "buyer_postal_code",
    "buyer_country", "buyer_vat_id",
    "unit", "discount_percent", "description", "sku", "tax_category", "tax_percent", "tax",
]  # fmt: skip


class BuyerFields(Reading):
    """The buyer's values to change; null empties one."""

    name: str | None = None
    email: str | None = None
    street: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country: str | None = None
    vat_id: str | None = None


class RowFields(Reading):
    """One row of an order, as in an orders file; without `line_number` it is the next one.

    An allowance or charge has its amount as `amount` (or `unit_price`) and its reason as `reason`
    (or `description`).
    """

    line_number: int | None = None
    row_type: str | None = None
    sku: str | None = None
    description: str | None = None
    quantity: str | None = None
    unit: str | None = None
    unit_price: str | None = None
    unit_price_gross: str | None = None
    discount_percent: str | None = None
    tax_category: str | None = None
    tax_percent: str | None = None
    amount: str | None = None
    reason: str | None = None


class OrderChange(Reading):
    """What to change in an order; what is left out stays. `lines` replaces all rows."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"buyer": {"street": "Hafenweg 2"}}, {"currency": "EUR"}]}
    )
    order_date: str | None = None
    currency: str | None = None
    status: str | None = None
    expected_gross: str | None = None
    buyer: BuyerFields | None = None
    lines: list[RowFields] | None = Field(None, max_length=MAX_ROWS)

    def given(self) -> dict[str, Any]:
        """Only what the body names."""
        return self.model_dump(exclude_unset=True)


class NewOrder(OrderChange):
    """A whole order; an order with this number is replaced unless it is invoiced."""

    order_number: str
    customer_number: str


class NewOrders(Reading):
    """Orders to take in; each is stored whole or rejected, whatever the others are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "orders": [
                        {
                            "order_number": "N-1",
                            "order_date": "2026-03-01",
                            "customer_number": "C9",
                            "currency": "EUR",
                            "buyer": {
                                "name": "Åsa Lind",
                                "street": "Storgatan 1",
                                "city": "Malmö",
                                "country": "SE",
                            },
                            "lines": [
                                {
                                    "description": "Desk",
                                    "quantity": "2",
                                    "unit": "C62",
                                    "unit_price": "10.00",
                                    "tax_category": "S",
                                    "tax_percent": "25",
                                }
                            ],
                        }
                    ]
                }
            ]
        }
    )
    orders: list[NewOrder] = Field(min_length=1, max_length=MAX_ORDERS)
    allow_customer_changes: bool = Field(
        default=False,
        description="Whether an order that is known may move to another customer.",
    )
    allow_undone_mends: bool = Field(
        default=False,
        description="Whether an order may bring back the old value of what a person has mended.",
    )


class CustomerChange(Reading):
    """What to change in a customer; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"street": "Hafenweg 2", "apply_to_open_orders": True}]}
    )
    name: str | None = None
    email: str | None = None
    street: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country: str | None = None
    vat_id: str | None = None
    payment_days: int | None = Field(None, ge=0, le=3650)
    apply_to_open_orders: bool = Field(
        default=False, description="Whether the customer's open orders take the new data too."
    )

    def given(self) -> dict[str, Any]:
        """Only what the body names of the customer."""
        return self.model_dump(exclude_unset=True, exclude={"apply_to_open_orders"})


class SellerChange(Reading):
    """What to change in the organisation; what is left out stays, and null empties an id."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tax_number": "27/123/45678"}]})
    name: str | None = None
    street: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country: str | None = None
    vat_id: str | None = None
    tax_number: str | None = None
    payment_days: int | None = Field(None, ge=0, le=3650)
    allow_zero_totals: bool | None = None
    order_date_days_ahead: int | None = Field(None, ge=0, le=3650)

    def given(self) -> dict[str, Any]:
        """Only what the body names."""
        return self.model_dump(exclude_unset=True)


class FailedIn(Reading):
    """The orders of a batch job that failed by one rule and are still to be mended."""

    refusals: ClassVar = (UNKNOWN_CODE,)
    job_id: UUID
    error_code: ErrorCode


class OrdersChange(OrdersChoice):
    """One column to change in a whole selection of orders: by id, all that match a filter, or all
    that failed in a batch job by one rule."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                one_given("order_ids", "array", "filter", "failed_in"),
                one_given("filter", "object", "order_ids", "failed_in"),
                one_given("failed_in", "object", "order_ids", "filter"),
            ],
            "examples": [{"filter": {"q": "N-1"}, "column": "unit", "value": "kg", "where": "foo"}],
        }
    )
    refusals: ClassVar = ("value_unreadable",)
    failed_in: FailedIn | None = None
    column: Column
    value: str = Field(
        description="As in an orders file; empty where the column may be empty. For `tax` a "
        "category and, after a space, its rate: `S 19`, `AE`."
    )
    where: str | None = Field(
        None,
        description="Only where the column has this value now, such as C62 or 19; an empty text "
        "means where it has none. For `tax` it is the category.",
    )
    line_number: int | None = Field(
        None, ge=0, le=2**31 - 1, description="Only this line of each order; otherwise all lines."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if [self.order_ids, self.filter, self.failed_in].count(None) != 2:
            raise PydanticCustomError(
                ORDER_IDS_OR_FILTER,
                "Orders are selected by `order_ids`, by `filter` or by `failed_in`.",
                {"remedy": "Give exactly one of the three."},
            )
        return self
