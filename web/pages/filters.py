"""The filters of each list, read from the page's URL.

The API reads the same filters with the same models, so both find the same errors.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from flask import request
from pydantic import BaseModel

from models.errors import InvalidRequest
from models.invoices.search import InvoiceFilter
from models.invoicing.finding import Finding
from models.jobs.status import ItemStatus, JobStatus
from models.orders.search import OrderFilter
from web.requests.parsing import parse_query
from web.requests.queries import InvoiceFilterFields, ItemsQuery, JobsQuery, OrderFilterFields

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
    return _read(InvoiceFilterFields, names={"job": "batch_job_id"}).invoice_filter()


def job_filter() -> tuple[JobStatus | None, tuple[Finding, ...]]:
    """The status of the jobs to list; none, with the findings, where the URL's cannot be read."""
    try:
        return _read(JobsQuery, {"status"}).status, ()
    except InvalidRequest as refused:
        return None, refused.errors


def item_filter() -> tuple[ItemStatus | None, str | None, tuple[Finding, ...]]:
    """Which orders of a job to list: by status, and by error code of those that failed.

    All orders, with the findings, where the URL's filter cannot be read.
    """
    try:
        fields = _read(ItemsQuery, {"status", "error_code"})
    except InvalidRequest as refused:
        return None, None, refused.errors
    return ItemStatus.FAILED if fields.error_code else fields.status, fields.error_code, ()


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


def _read(
    model: type[M], filters: Collection[str] = (), *, names: Mapping[str, str] = _AS_NAMED
) -> M:
    """The URL's `filters`, by default all fields of `model`; `names` are the API's for the page's.

    All other parameters are ignored: a page's URL also holds the cursor and what links add to it.
    """
    known = filters or {field.alias or name for name, field in model.model_fields.items()}
    given = {names.get(name, name): values for name, values in request.args.lists()}
    return parse_query(model, {name: given[name] for name in given if name in known})
