"""Pages and API read a filter alike, and report the same errors in a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from models.errors import InvalidRequest
from models.invoices.search import InvoiceFilter
from models.orders.search import OrderFilter
from tests.http.conftest import Api, Shop
from web.formatting import marked
from web.pages import filters
from web.requests.parsing import read_query
from web.requests.queries import InvoiceFilterFields, InvoicesQuery, OrderFilterFields, OrdersQuery

WRONG_TEXTS = ["\0", "a\0b", "x" * 201]
WRONG_DAYS = ["yesterday", "2026-13-01", "2026-02-30", "86400", " "]
WRONG: dict[str, list[str]] = {
    "status": ["paid", "Confirmed", "\0"],
    "customer": WRONG_TEXTS,
    "q": WRONG_TEXTS,
    "from": WRONG_DAYS,
    "to": WRONG_DAYS,
    "batch_job_id": ["nonsense", "1", "\0"],
}
WRONG_IN_JOBS = {"status": ["paid", "Failed", "\0"], "error_code": ["Not A Code", "\0", "x" * 101]}
NAMES_ON_PAGES = {"batch_job_id": "job"}
LISTS = {"orders": OrderFilterFields, "invoices": InvoiceFilterFields}
Query = list[tuple[str, str]]


@pytest.fixture(scope="module")
def api(shop: Shop) -> Api:
    """The clerk's program, in the database of the whole module."""
    return shop.api


@pytest.fixture(scope="module")
def browser(shop: Shop) -> FlaskClient:
    """A browser in which the clerk has logged in."""
    return shop.new_browser()


def fields_of(listed: str) -> list[str]:
    return [field.alias or name for name, field in LISTS[listed].model_fields.items()]


def test_every_filter_has_wrong_values_in_this_file() -> None:
    assert {name for listed in LISTS for name in fields_of(listed)} == WRONG.keys()


def asked_of_page(query: Query) -> str:
    return urlencode([(NAMES_ON_PAGES.get(name, name), value) for name, value in query])


@pytest.mark.parametrize(
    ("listed", "query"),
    [
        *((listed, [(name, value)]) for listed in LISTS for name in fields_of(listed)
          for value in WRONG[name]),
        *((listed, query) for listed in LISTS for query in (
            [("from", "2026-03-02"), ("to", "2026-03-01")],
            [("from", "soon"), ("to", "later")],
        )),
    ],
)  # fmt: skip
def test_the_hint_on_the_page_is_the_problem_of_the_api(
    browser: FlaskClient, api: Api, listed: str, query: Query
) -> None:
    refused = api.get(f"/api/{listed}?{urlencode(query)}")
    assert refused.status_code == 422
    findings = refused.get_json()["errors"]
    assert findings
    page = browser.get(f"/{listed}?{asked_of_page(query)}")
    assert page.status_code == 200
    hint = " ".join(shown(finding) for finding in findings)
    assert f"<p>{hint} Change the filter" in page.text


@pytest.fixture(scope="module")
def job(shop: Shop) -> str:
    """The id of a waiting job."""
    answer = shop.api.post("/api/batch-jobs", json={"order_ids": shop.orders})
    found: str = answer.get_json()["id"]
    return found


@pytest.mark.parametrize(
    ("listed", "name", "value"),
    [
        *(("", "status", value) for value in WRONG_IN_JOBS["status"]),
        *(("items", name, value) for name, wrong in WRONG_IN_JOBS.items() for value in wrong),
    ],
)
def test_the_page_shows_all_rows_together_with_the_hint(
    browser: FlaskClient, api: Api, job: str, listed: str, name: str, value: str
) -> None:
    query = urlencode({name: value})
    refused = api.get(
        f"/api/batch-jobs/{job}/items?{query}" if listed else f"/api/batch-jobs?{query}"
    )
    (finding,) = refused.get_json()["errors"]
    page = browser.get(f"/jobs/{job}?{query}" if listed else f"/jobs?{query}").text
    assert f"<p>{shown(finding)} Change the filter" in page
    assert "<tr data-key=" in page


def shown(finding: dict[str, Any]) -> Markup:
    return marked(finding["message"]) + " " + marked(finding["remedy"])


# A few characters of each kind: drawing from all of Unicode takes seconds to start.
few = st.text("aZß1 -&=%+\0\n\u00a0\u2028\U0001f600", max_size=6)
texts = st.sampled_from(["", " ", "C1", "A-1", *WRONG_TEXTS]) | few
days = st.sampled_from(["", "2026-03-01", *WRONG_DAYS]) | st.dates().map(str) | few
values: dict[str, st.SearchStrategy[str]] = {
    "status": st.sampled_from(["", "draft", "confirmed", "cancelled", "invoiced", "paid"])
    | texts.map(str.strip),
    "customer": texts,
    "q": texts,
    "from": days,
    "to": days,
    "batch_job_id": st.sampled_from(["", str(uuid4()), "nonsense"]) | texts,
}


def queries(listed: str) -> st.SearchStrategy[Query]:
    pair = st.sampled_from(fields_of(listed)).flatmap(
        lambda name: values[name].map(lambda value: (name, value))
    )
    return st.lists(pair, max_size=4, unique_by=lambda named: named[0])


def outcome(read: Callable[[], Any], query: str) -> object:
    """The filter that is read from the query, or the findings about it."""
    with Flask(__name__).test_request_context(f"/?{query}"):
        try:
            return read()
        except InvalidRequest as refused:
            return refused.code, refused.message, refused.errors


@given(query=queries("orders"))
def test_page_and_api_filter_orders_alike(query: Query) -> None:
    # A page that names no status lists confirmed orders; an empty status means all, on both.
    query = [*query, *([] if "status" in dict(query) else [("status", "")])]
    of_api = outcome(lambda: read_query(OrdersQuery).order_filter(), urlencode(query))
    assert outcome(filters.order_filter, asked_of_page(query)) == of_api


@given(query=queries("invoices"))
def test_page_and_api_filter_invoices_alike(query: Query) -> None:
    of_api = outcome(lambda: read_query(InvoicesQuery).invoice_filter(), urlencode(query))
    assert outcome(filters.invoice_filter, asked_of_page(query)) == of_api


def test_a_page_lists_confirmed_orders_unless_its_url_names_a_status() -> None:
    for query, status in (("", "confirmed"), ("status=", None), ("status=draft", "draft")):
        found: Any = outcome(filters.order_filter, query)
        assert found.status == status


def test_a_page_ignores_parameters_that_are_no_filters() -> None:
    query = "cursor=nonsense&trail=a.b&utm_source=mail&limit=0"
    assert outcome(filters.invoice_filter, query) == outcome(filters.invoice_filter, "")


@pytest.mark.parametrize(
    ("bookmark", "now"),
    [
        ("from=20260301&to=2026-W10-1", "from=2026-03-01&to=2026-03-02"),
        ("from=2026-03-01&from=2026-03-02", "from=2026-03-01"),
        ("from=&from=2026-03-02&q=A&q=B", "q=A"),
        ("status=%20", "status="),
        ("status=+draft+&status=paid", "status=draft"),
    ],
)
def test_an_old_bookmark_of_orders_lists_what_it_did(bookmark: str, now: str) -> None:
    found = outcome(filters.order_filter, bookmark)
    assert isinstance(found, OrderFilter)
    assert found == outcome(filters.order_filter, now)


def test_an_old_bookmark_of_invoices_lists_what_it_did() -> None:
    job_id = uuid4()
    for bookmark, now in (
        (f"job={job_id}&job=nonsense&from=20260301", f"job={job_id}&from=2026-03-01"),
        ("batch_job_id=nonsense", ""),
    ):
        found = outcome(filters.invoice_filter, bookmark)
        assert isinstance(found, InvoiceFilter)
        assert found == outcome(filters.invoice_filter, now)


def test_the_valid_one_of_two_filters_of_a_job_is_applied() -> None:
    for query, expected in (
        ("status=succeeded&error_code=Not+A+Code", ("succeeded", None, ["error_code"])),
        ("status=nonsense&error_code=some_code", ("failed", "some_code", ["status"])),
        ("status=failed&status=nonsense", ("failed", None, [])),
    ):
        status, reason, findings = cast(Any, outcome(filters.item_filter, query))
        assert (status, reason, [finding.field for finding in findings]) == expected
