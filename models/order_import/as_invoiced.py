"""An imported order as the rules of invoicing see it, without reading it back."""

from __future__ import annotations

from decimal import Decimal

from models.invoicing.source import Party, SourceLine, SourceOrder
from models.order_import.csv_file.order import FileOrder, Head, Line


def source_order(order_id: int, order: FileOrder, head: Head) -> SourceOrder:
    """The order as stored under this id; for its rules, which need neither customer nor term."""
    return SourceOrder(
        id=order_id,
        order_number=order.number,
        order_date=head.order_date,
        status=head.status,
        currency=head.currency,
        customer_id=0,
        buyer=Party(
            name=head.customer_name,
            street=head.street,
            city=head.city,
            postal_code=head.postal_code,
            country=head.country,
            vat_id=head.vat_id,
            email=head.customer_email,
        ),
        payment_days=None,
        lines=tuple(source_line(order.lines[number]) for number in sorted(order.lines)),
        customer_number=head.customer_number,
        expected_gross=None if head.expected_gross is None else Decimal(head.expected_gross),
    )


def source_line(line: Line) -> SourceLine:
    """The line as the rules of invoicing see it."""
    gross = line.unit_price_gross
    return SourceLine(
        line_number=line.line_number,
        sku=line.sku,
        description=line.description,
        quantity=Decimal(line.quantity),
        unit=line.unit,
        unit_price=Decimal(line.unit_price),
        discount_percent=Decimal(line.discount_percent),
        tax_category=line.tax_category,
        tax_percent=Decimal(line.tax_percent),
        row_type=line.row_type,  # type: ignore[arg-type]
        unit_price_gross=None if gross is None else Decimal(gross),
    )
