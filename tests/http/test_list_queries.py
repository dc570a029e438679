"""The valid and invalid query strings of lists."""

import pytest

from tests.http.conftest import Shop
from tests.records import new_orders


@pytest.fixture(scope="module")
def drafts(shop: Shop) -> Shop:
    """The clerk has two drafts besides the two confirmed orders."""
    new_orders(shop.clerk, 2, prefix="D", status="draft")
    return shop


@pytest.mark.parametrize("number", ["0", "987654", "9223372036854775808", "9" * 400])
def test_an_order_or_invoice_that_does_not_exist_is_not_found(shop: Shop, number: str) -> None:
    assert shop.api.post(f"/api/orders/{number}/invoice").status_code == 404
    assert shop.api.get(f"/api/invoices/{number}").status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("status=draft", 2),
        ("status=&q=&customer=", 4),
        ("customer=C1", 4),
        ("customer=berglund", 4),
        ("customer=nobody", 0),
        ("q=A", 2),
        ("q=d00001", 1),
        ("from=2026-03-02", 0),
        ("to=2026-03-01&from=2026-03-01", 4),
    ],
)
def test_orders_are_filtered_by_the_query(drafts: Shop, query: str, count: int) -> None:
    assert len(drafts.api.get(f"/api/orders?{query}").get_json()["items"]) == count


@pytest.mark.parametrize("path", ["/api/orders", "/api/invoices", "/api/batch-jobs"])
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "out_of_range"),
        ("limit=1001", "out_of_range"),
        ("limit=-5", "out_of_range"),
        ("limit=ten", "not_an_integer"),
        ("cursor=nonsense", "invalid_cursor"),
        ("cursor=W10", "invalid_cursor"),
        ("cursor=%00", "invalid_cursor"),
        ("limit=1&limit=2", "repeated_parameter"),
        ("offset=5", "unknown_field"),
    ],
)
def test_an_invalid_query_is_refused(shop: Shop, path: str, query: str, code: str) -> None:
    answer = shop.api.get(f"{path}?{query}")
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)


@pytest.mark.parametrize("path", ["/api/orders", "/api/invoices"])
@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "customer=a%00b",
        "from=2026-13-01",
        "q=" + "x" * 999,
        "from=2026-03-02&to=2026-03-01",
    ],
)
def test_the_refusal_names_an_invalid_filter_as_in_the_query(
    shop: Shop, path: str, query: str
) -> None:
    answer = shop.api.get(f"{path}?{query}")
    assert answer.status_code == 422
    (finding,) = answer.get_json()["errors"]
    assert finding["field"] == query.partition("=")[0]
    assert finding["remedy"]
