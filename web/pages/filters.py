"""What a list was asked for, read from the page's URL."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import request

from models.errors import InvalidRequest
from models.invoices.search import InvoiceFilter
from models.orders.search import OrderFilter


def order_filter() -> OrderFilter:
    """Confirmed orders unless the URL names a status; an empty one means all.

    Raises `InvalidRequest`.
    """
    return OrderFilter(
        status=request.args.get("status", "confirmed"),
        customer=request.args.get("customer"),
        date_from=_day("from"),
        date_to=_day("to"),
        q=request.args.get("q"),
    )


def invoice_filter() -> InvoiceFilter:
    """All invoices, or those that the URL narrows them to; raises `InvalidRequest`."""
    return InvoiceFilter(
        customer=request.args.get("customer"),
        date_from=_day("from"),
        date_to=_day("to"),
        q=request.args.get("q"),
        batch_job_id=_job(),
    )


def as_api_filter(wanted: OrderFilter) -> dict[str, str]:
    """The filter under the names that the URL and the API use, without what is not given."""
    named = {
        "status": wanted.status,
        "customer": wanted.customer,
        "from": wanted.date_from.isoformat() if wanted.date_from else None,
        "to": wanted.date_to.isoformat() if wanted.date_to else None,
        "q": wanted.q,
    }
    return {name: value for name, value in named.items() if value}


def _day(name: str) -> date | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"“{text[:40]}” is not a date; write it as 2026-01-31."
        raise InvalidRequest(message, code="invalid_filter") from None


def _job() -> UUID | None:
    text = request.args.get("job")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        message = "The link names no batch job; open it again from the list of jobs."
        raise InvalidRequest(message, code="invalid_filter") from None
