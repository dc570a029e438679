"""The organisation, as the API answers it."""

from __future__ import annotations

from pydantic import Field

from web.api.schemas.base import Count, Finding, Shape


class SellerShape(Shape):
    """What invoices say of their seller, and what the seller has chosen.

    `payment_days` is the usual payment term. `allow_zero_totals`: orders over 0.00 get an invoice.
    `order_date_days_ahead`: how far ahead of today an order may be dated.
    """

    name: str
    street: str
    city: str
    postal_code: str
    country: str
    vat_id: str | None
    tax_number: str | None
    payment_days: Count
    allow_zero_totals: bool
    order_date_days_ahead: Count
    may_change: bool = Field(description="Whether the caller is an admin, who may change it.")


class SellerCheck(Shape):
    """The organisation as it would be, and what cannot be stored."""

    organization: SellerShape
    findings: list[Finding]
