"""Stripe: Payments > Export.

A payment is an order of one line: its amount, tax included. The export does not know the rate, so
the organisation's applies (https://docs.stripe.com/reports/options).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from models.order_import.mapping.conventions import AS_FOUND
from models.order_import.mapping.presets.preset import OurRow, Preset, SourceRow

_PAID: Final = {"paid", "succeeded", ""}


def _rows(order: Sequence[SourceRow]) -> Iterator[tuple[int, OurRow]]:
    for row in order:
        name = row["Customer Description"] or row["Card Name"] or row["Customer Email"]
        street = f"{row['Card Address Line1']}, {row['Card Address Line2']}".strip(", ")
        yield (
            row.line,
            {
                "order_date": row["Created date (UTC)"] or row["Created (UTC)"],
                "customer_number": row["Customer ID"] or row["Customer Email"].lower() or row["id"],
                "customer_name": name,
                "customer_email": row["Customer Email"],
                "street": street,
                "city": row["Card Address City"],
                "postal_code": row["Card Address Zip"],
                "country": row["Card Address Country"],
                "currency": row["Currency"].upper(),
                "status": "" if row["Status"].lower() in _PAID else "cancelled",
                "expected_gross": row["Amount"],
                "description": row["Description"] or "Payment",
                "quantity": "1",
                "unit_price_gross": row["Amount"],
            },
        )


STRIPE: Final = Preset(
    name="stripe",
    title="Stripe: payments export",
    order_column="id",
    needs=frozenset({"id", "Amount", "Amount Refunded", "Currency", "Status", "Customer Email"}),
    kind_column="",
    conventions=AS_FOUND,
    rows_of=_rows,
)
