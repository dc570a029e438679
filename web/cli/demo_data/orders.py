"""The made-up orders as an orders file, generated while it is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Final

from models.order_import.csv_file.columns import COLUMNS
from web.cli.demo_data.customers import CUSTOMERS, DemoCustomer
from web.cli.demo_data.flaws import FLAWS, Rows, customer_columns
from web.cli.demo_data.products import EXPORTED, HOME_TAX, PRODUCTS, SOLD_IN_EU, Kind, Product

DAYS: Final = 90
_FLAWED_EVERY: Final = 50
_ORDERS_PER_PIECE: Final = 100
_EU: Final = frozenset({"AT", "BE", "DK", "ES", "FI", "FR", "IE", "IT", "NL", "PL", "SE"})
_CURRENCIES: Final = {"GB": "GBP", "CH": "CHF", "US": "USD", "JP": "JPY"}
_PER_EURO: Final = {"EUR": "1", "GBP": "0.86", "CHF": "0.95", "USD": "1.09", "JPY": "162"}
_DISCOUNTS: Final = ("0", "0", "0", "0", "0", "2", "5", "10", "12.5")


class DemoOrdersFile:
    """An orders file of `count` orders from the 90 days up to `last_day`.

    An order depends only on its position: a longer file begins with the shorter one.
    """

    def __init__(self, count: int, last_day: date) -> None:
        self._count = count
        self._last_day = last_day
        self._pieces = _pieces(count, last_day)

    def seek(self, offset: int, /) -> int:
        """Begins the file again: `offset` is 0."""
        self._pieces = _pieces(self._count, self._last_day)
        return offset

    def read(self, _size: int, /) -> bytes:
        """The next hundred orders; empty at the end."""
        return next(self._pieces, b"")


def _pieces(count: int, last_day: date) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for position in range(count):
        writer.writerows(_rows(position, last_day))
        if (position + 1) % _ORDERS_PER_PIECE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _rows(position: int, last_day: date) -> Rows:
    """The rows of one order. Dates ascend with numbers, and start again every thousand orders."""
    random = Random(position)  # noqa: S311 - the same orders every time, not a secret
    customer = random.choice(CUSTOMERS)
    days_ago = DAYS - 1 - position % 1_000 * DAYS // 1_000
    order = {
        "order_number": f"SO-{position + 1:06}",
        "order_date": (last_day - timedelta(days=days_ago)).isoformat(),
        **customer_columns(customer),
        "currency": _CURRENCIES.get(customer.country, "EUR"),
        "status": "confirmed",
    }
    count = random.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8))
    products = random.sample(_sold_to(customer), count)
    rows = [
        order | {"line_number": str(number)} | _line(product, customer, order["currency"], random)
        for number, product in enumerate(products, 1)
    ]
    if position % _FLAWED_EVERY == _FLAWED_EVERY // 2:
        FLAWS[position // _FLAWED_EVERY % len(FLAWS)](rows)
    return rows


def _sold_to(customer: DemoCustomer) -> tuple[Product, ...]:
    if customer.country == "DE":
        return PRODUCTS
    return SOLD_IN_EU if customer.country in _EU else EXPORTED


def _line(
    product: Product, customer: DemoCustomer, currency: str, random: Random
) -> dict[str, str]:
    category, percent = _tax(product, customer)
    return {
        "sku": product.sku,
        "description": product.name,
        "quantity": _quantity(product, random),
        "unit": product.unit,
        "unit_price": str(_price(product.price, currency)),
        "discount_percent": random.choice(_DISCOUNTS),
        "tax_category": category,
        "tax_percent": percent,
    }


def _tax(product: Product, customer: DemoCustomer) -> tuple[str, str]:
    """Category and percent for a German seller (Directive 2006/112/EC art. 33, 138, 146, 196)."""
    if customer.country in _EU and customer.vat_id:
        return ("AE" if product.kind is Kind.SERVICE else "K"), "0"
    if customer.country == "DE" or customer.country in _EU:
        return HOME_TAX[product.kind]
    return "G", "0"


def _quantity(product: Product, random: Random) -> str:
    if product.unit in ("KGM", "MTR", "MTK", "LTR", "HUR", "TNE"):
        return str(Decimal(random.randint(2, 160)) / 4)
    return str(random.choice((1, 1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 24, 50, 100)))


def _price(euros: Decimal, currency: str) -> Decimal:
    if currency == "EUR":
        return euros
    smallest = Decimal(1) if currency == "JPY" else Decimal("0.01")
    return (euros * Decimal(_PER_EURO[currency])).quantize(smallest, ROUND_HALF_UP)
