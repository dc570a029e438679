"""The filters of each list, read from the page's URL.

The API reads the same filters with the same models, so both find the same errors. But an old
bookmark must go on to show a list: pages accept a few spellings that the API refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel

from models.errors import InvalidRequest
from models.invoices.search import InvoiceFilter
from models.invoicing.finding import Finding
from models.jobs.status import ItemStatus, JobStatus
from models.order_import.runs.status import ImportStatus
from models.orders.search import OrderFilter
from web.requests.parsing import parse_query
from web.requests.queries import (
    ImportsQuery,
    InvoiceFilterFields,
    ItemsQuery,
    JobsQuery,
    OrderFilterFields,
)

M = TypeVar("M", bound=BaseModel)

_AS_NAMED: Mapping[str, str] = MappingProxyType({})


def order_filter() -> OrderFilter:
    """Confirmed orders unless the URL names a status; an empty status means all.

    Raises `InvalidRequest`.
    """
    wanted = _read(OrderFilterFields).order_filter()
    return wanted if "status" in request.args else replace(wanted, status="confirmed")


def invoice_filter() -> InvoiceFilter:
    """The URL's filter, by default all invoices; raises `InvalidRequest`."""
    return _read(InvoiceFilterFields, names={"batch_job_id": "job"}).invoice_filter()


def job_filter() -> tuple[JobStatus | None, tuple[Finding, ...]]:
    """The status of the jobs to list; None, with the findings, if the URL's cannot be read."""
    return _readable(JobsQuery, "status")


def import_filter() -> tuple[ImportStatus | None, tuple[Finding, ...]]:
    """The status of the imports to list; None, with the findings, if the URL's cannot be read."""
    return _readable(ImportsQuery, "status")


def item_filter() -> tuple[ItemStatus | None, str | None, tuple[Finding, ...]]:
    """Which orders of a job to list: their status, and the error code of failed ones.

    A filter that cannot be read is None, and its findings are returned.
    """
    status, wrong_status = _readable(ItemsQuery, "status")
    reason, wrong_reason = _readable(ItemsQuery, "error_code")
    return ItemStatus.FAILED if reason else status, reason, wrong_status + wrong_reason


def as_api_filter(wanted: OrderFilter) -> dict[str, str]:
    """The filter's values that are given, by their names in the URL and the API."""
    named = {
        "status": wanted.status,
        "customer": wanted.customer,
        "from": wanted.date_from.isoformat() if wanted.date_from else None,
        "to": wanted.date_to.isoformat() if wanted.date_to else None,
        "q": wanted.q,
    }
    return {name: value for name, value in named.items() if value}


def _readable(model: type[BaseModel], name: str) -> tuple[Any, tuple[Finding, ...]]:
    try:
        return getattr(_read(model, {name}), name), ()
    except InvalidRequest as refused:
        return None, refused.errors


def _read(
    model: type[M], filters: Collection[str] = (), *, names: Mapping[str, str] = _AS_NAMED
) -> M:
    """The URL's `filters`, by default all fields of `model`; `names` maps the API's to the page's.

    Other parameters are ignored: a page's URL also has the cursor and what links add to it. The
    first of a parameter's repetitions counts, because old bookmarks may have several.
    """
    given = {}
    for name in filters or [field.alias or name for name, field in model.model_fields.items()]:
        text = request.args.get(names.get(name, name))
        if text is not None:
            given[name] = [_REWRITTEN.get(name, str)(text)]
    return parse_query(model, given)


def _as_day(text: str) -> str:
    """An ISO 8601 date in the form that the API reads; any other text stays as it is."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return text


# Values in old bookmarks that the API would refuse are rewritten.
_REWRITTEN: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"status": str.strip, "from": _as_day, "to": _as_day}
)
