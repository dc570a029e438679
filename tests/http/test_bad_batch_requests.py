"""Each invalid batch request gets a clear problem document and stores nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import redis
from sqlalchemy import text
from werkzeug.test import TestResponse

from models.database import owner_transaction
from tests.http.conftest import Shop

PATHS = ("/api/batch-jobs", "/api/batch-jobs/preview")
Ask = Callable[..., TestResponse]


@pytest.fixture(params=PATHS)
def ask(shop: Shop, request: pytest.FixtureRequest) -> Ask:
    """Sends a request to submit a batch, and one to preview it."""
    return lambda **options: shop.api.post(request.param, **options)


def assert_refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Checks that the response is a problem document (RFC 9457) and that nothing is stored."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem: dict[str, Any] = json.loads(answer.data)
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"].endswith((".", ")"))
    for finding in problem.get("errors", []):
        assert set(finding) == {"field", "code", "message", "remedy"}
        assert finding["message"]
        assert finding["remedy"]
    for leak in ("Traceback", "SELECT", "INSERT", "psycopg", "pydantic", 'File "'):
        assert leak not in answer.text
    with owner_transaction() as session:
        for table in ("batch_job_queue", "batch_job_items", "invoices", "number_series"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
    return problem


@pytest.mark.parametrize(
    "body", ["", "{", "order_ids=1", '{"order_ids": [1,]}', b"\xff\xfe", "[" * 100_000]
)
def test_a_body_that_is_not_json_is_refused(ask: Ask, body: str | bytes) -> None:
    assert_refused(ask(data=body, content_type="application/json"), 400, "invalid_json")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_refused(ask: Ask, kind: str) -> None:
    answer = ask(data='{"order_ids": [1]}', content_type=kind)
    assert_refused(answer, 415, "unsupported_media_type")


def test_an_empty_list_is_refused(ask: Ask) -> None:
    assert_refused(ask(json={"order_ids": []}), 422, "no_orders")


def test_unknown_ids_are_named(ask: Ask, shop: Shop) -> None:
    answer = ask(json={"order_ids": [*shop.orders, 987654]})
    problem = assert_refused(answer, 422, "unknown_order_ids")
    assert "987654" in problem["detail"]
    assert problem["errors"][0]["field"].startswith("order_ids")


def test_another_organisations_ids_are_unknown(ask: Ask, shop: Shop) -> None:
    answer = ask(json={"order_ids": [*shop.orders, shop.strangers_order]})
    problem = assert_refused(answer, 422, "unknown_order_ids")
    assert problem["detail"] == f"There are no orders with these ids: {shop.strangers_order}."


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 10**4000])
def test_ids_that_no_order_can_have_are_unknown(ask: Ask, number: int) -> None:
    assert_refused(ask(json={"order_ids": [number]}), 422, "unknown_order_ids")


def test_an_id_that_occurs_twice_is_refused(ask: Ask, shop: Shop) -> None:
    answer = ask(json={"order_ids": [*shop.orders, shop.orders[0]]})
    problem = assert_refused(answer, 422, "duplicate_order_ids")
    assert str(shop.orders[0]) in problem["detail"]


def test_200_001_ids_are_too_many(ask: Ask) -> None:
    answer = ask(json={"order_ids": list(range(1, 200_002))})
    assert_refused(answer, 422, "too_many_orders")


@pytest.mark.parametrize("wrong", ["1", 1.5, 1.0, True, None, [1], {}])
def test_ids_that_are_not_whole_numbers_are_refused(ask: Ask, wrong: object) -> None:
    problem = assert_refused(ask(json={"order_ids": [1, wrong]}), 422, "not_an_integer")
    assert problem["errors"][0]["field"] == "order_ids[1]"


def test_a_million_wrong_ids_get_a_short_response(ask: Ask) -> None:
    answer = ask(json={"order_ids": ["x"] * 1_000_000})
    assert_refused(answer, 422, "not_an_integer")
    assert len(answer.data) < 5_000


def test_a_filter_that_matches_nothing_is_refused(ask: Ask) -> None:
    assert_refused(ask(json={"filter": {"status": "draft"}}), 422, "no_orders_match")


@pytest.mark.parametrize(
    "body", [{}, {"order_ids": [1], "filter": {}}, {"order_ids": None, "filter": None}]
)
def test_both_or_neither_of_ids_and_filter_are_refused(ask: Ask, body: dict[str, object]) -> None:
    assert_refused(ask(json=body), 422, "order_ids_or_filter")


@pytest.mark.parametrize("body", [[], "order_ids", 5, None])
def test_json_that_is_not_an_object_is_refused(ask: Ask, body: object) -> None:
    answer = ask(data=json.dumps(body), content_type="application/json")
    problem = assert_refused(answer, 422, "invalid_value")
    assert problem["detail"] == "The body must be a JSON object."


@pytest.mark.parametrize(
    ("ids", "detail"),
    [
        ([7, 7], "1 order is named more than once: 7."),
        ([7, 8, 8, 7], "2 orders are named more than once: 7, 8."),
    ],
)
def test_the_refusal_counts_and_names_the_repeated_orders(
    ask: Ask, ids: list[int], detail: str
) -> None:
    problem = assert_refused(ask(json={"order_ids": ids}), 422, "duplicate_order_ids")
    assert problem["detail"] == detail


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"order_ids": [1], "prioritty": "low"}, "prioritty"),
        ({"filter": {"stauts": "confirmed"}}, "filter.stauts"),
        ({"filter": {"date_from": "2026-01-01"}}, "filter.date_from"),
    ],
)
def test_an_unknown_key_is_refused(ask: Ask, body: dict[str, object], field: str) -> None:
    problem = assert_refused(ask(json=body), 422, "unknown_field")
    assert problem["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("order_filter", "code", "field"),
    [
        ({"status": "paid"}, "unknown_value", "filter.status"),
        ({"from": "yesterday"}, "not_a_date", "filter.from"),
        ({"from": "2026-02-30"}, "not_a_date", "filter.from"),
        ({"from": "86400"}, "not_a_date", "filter.from"),
        ({"to": 20260101}, "not_a_date", "filter.to"),
        ({"q": 5}, "not_a_text", "filter.q"),
        ({"q": "a\0b"}, "invalid_filter", "filter.q"),
        ({"customer": "\0"}, "invalid_filter", "filter.customer"),
        ({"customer": "x" * 10_000}, "invalid_filter", "filter.customer"),
        ({"from": "2026-03-01", "to": "2026-02-01"}, "invalid_filter", "filter.from"),
    ],
)
def test_an_invalid_filter_is_refused(
    ask: Ask, order_filter: dict[str, object], code: str, field: str
) -> None:
    problem = assert_refused(ask(json={"filter": order_filter}), 422, code)
    assert problem["errors"][0]["field"] == field


def test_half_a_surrogate_pair_is_refused(ask: Ask) -> None:
    body = '{"filter": {"q": "\\ud800"}}'
    assert_refused(ask(data=body, content_type="application/json"), 400, "invalid_json")


def test_an_unknown_priority_is_refused(shop: Shop) -> None:
    answer = shop.api.post("/api/batch-jobs", json={"order_ids": [1], "priority": "now"})
    problem = assert_refused(answer, 422, "unknown_value")
    assert "urgent" in problem["errors"][0]["remedy"]


def test_a_body_that_is_too_large_is_refused(ask: Ask) -> None:
    answer = ask(data=b" " * (8 * 1024 * 1024 + 1), content_type="application/json")
    assert_refused(answer, 413, "body_too_large")


def test_a_refused_request_sends_no_message(shop: Shop, redis_client: redis.Redis) -> None:
    shop.api.post("/api/batch-jobs", json={"order_ids": [*shop.orders, 987654]})
    assert not list(redis_client.scan_iter("dramatiq:*"))
