"""The flaws of demo orders: every kind except an order without lines, which no file can express."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from web.cli.demo_data import customers
from web.cli.demo_data.customers import DemoCustomer

Rows = list[dict[str, str]]
Flaw = Callable[[Rows], None]


def customer_columns(customer: DemoCustomer) -> dict[str, str]:
    """The customer's columns of an orders file."""
    return {
        "customer_number": customer.number,
        "customer_name": customer.name,
        "customer_email": customer.email,
        "street": customer.street,
        "city": customer.city,
        "postal_code": customer.postal_code,
        "country": customer.country,
        "vat_id": customer.vat_id,
    }


def _of(customer: DemoCustomer, category: str = "S", percent: str = "19") -> Flaw:
    def make(rows: Rows) -> None:
        for row in rows:
            row |= customer_columns(customer)
            row |= {"currency": "EUR", "tax_category": category, "tax_percent": percent}

    return make


def _every_row(**values: str) -> Flaw:
    def make(rows: Rows) -> None:
        for row in rows:
            row |= values

    return make


def _last_row(**values: str) -> Flaw:
    def make(rows: Rows) -> None:
        rows[-1] |= values

    return make


FLAWS: Final[tuple[Flaw, ...]] = (
    _of(customers.WITHOUT_STREET),
    _last_row(quantity="0"),
    _of(customers.WITHOUT_VAT_ID, "K", "0"),
    _every_row(currency="EUX"),
    _last_row(tax_category="G", tax_percent="19"),
    _every_row(status="draft"),
    _last_row(discount_percent="120"),
    _last_row(unit_price="-12.50"),
    _every_row(status="cancelled"),
    _of(customers.WITHOUT_CITY),
    _of(customers.WITHOUT_VAT_ID, "AE", "0"),
    _last_row(tax_category="X"),
    _of(customers.WITHOUT_COUNTRY, "G", "0"),
    _last_row(tax_category="S", tax_percent="0"),
    _of(customers.WITHOUT_NAME),
    _every_row(discount_percent="100"),
    _last_row(tax_category="S", tax_percent="0.19"),
    _last_row(tax_category="Z", tax_percent="7"),
)
