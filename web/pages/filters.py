"""The filters of the lists of orders and invoices, read from the page's URL.

The API reads the same filters with the same models, so both find the same errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from flask import request
from pydantic import BaseModel

from models.invoices.search import InvoiceFilter
from models.orders.search import OrderFilter
from web.requests.parsing import parse_query
from web.requests.queries import InvoiceFilterFields, OrderFilterFields

M = TypeVar("M", bound=BaseModel)

_AS_NAMED: Mapping[str, str] = MappingProxyType({})


def order_filter() -> OrderFilter:
    """Confirmed orders unless the URL names a status; an empty status means all.

    Raises `InvalidRequest`.
    """
    wanted = _read(OrderFilterFields).order_filter()
    return wanted if "status" in request.args else replace(wanted, status="confirmed")


def invoice_filter() -> InvoiceFilter:
    """All invoices, or those that the URL narrows them to; raises `InvalidRequest`."""
    return _read(InvoiceFilterFields, {"job": "batch_job_id"}).invoice_filter()


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


def _read(model: type[M], names: Mapping[str, str] = _AS_NAMED) -> M:
    """The URL's parameters that are fields of `model`; `names` are the API's for the page's.

    All others are ignored: a page's URL also holds the cursor and what links add to it.
    """
    known = {field.alias or name for name, field in model.model_fields.items()}
    given = {names.get(name, name): values for name, values in request.args.lists()}
    return parse_query(model, {name: given[name] for name in given if name in known})
