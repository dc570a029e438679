"""The pages of a list contain every row once, in order, whatever is added meanwhile."""

from typing import Any

from tests.http.conftest import Api
from tests.records import Account, new_orders


def all_pages(api: Api, path: str, limit: int) -> list[list[dict[str, Any]]]:
    pages, cursor = [], ""
    while cursor is not None:
        page = api.get(path, query_string={"limit": limit, "cursor": cursor}).get_json()
        assert set(page) == {"items", "next"}
        pages.append(page["items"])
        cursor = page["next"]
    return pages


def test_pages_of_orders_hold_every_order_once(api: Api, clerk: Account) -> None:
    order_ids = new_orders(clerk, 7)
    pages = all_pages(api, "/api/orders", 3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [order["id"] for page in pages for order in page] == sorted(order_ids, reverse=True)


def test_a_full_last_page_has_no_next_page(api: Api, clerk: Account) -> None:
    new_orders(clerk, 6)
    assert [len(page) for page in all_pages(api, "/api/orders", 3)] == [3, 3]


def test_an_order_that_arrives_between_two_pages_shifts_nothing(api: Api, clerk: Account) -> None:
    new_orders(clerk, 4)
    first = api.get("/api/orders?limit=2").get_json()
    new_orders(clerk, 1, prefix="Z")
    second = api.get(f"/api/orders?limit=2&cursor={first['next']}").get_json()
    seen = [order["order_number"] for order in first["items"] + second["items"]]
    assert seen == ["A00003", "A00002", "A00001", "A00000"]


def test_pages_of_jobs_items_and_invoices_hold_every_row_once(api: Api, clerk: Account) -> None:
    order_ids = new_orders(clerk, 3)
    jobs = [api.post("/api/batch-jobs", json={"order_ids": [id_]}).get_json() for id_ in order_ids]
    listed = all_pages(api, "/api/batch-jobs", 2)
    assert [job["id"] for page in listed for job in page] == [job["id"] for job in reversed(jobs)]
    whole = api.post("/api/batch-jobs", json={"order_ids": order_ids}).get_json()
    items = all_pages(api, f"/api/batch-jobs/{whole['id']}/items", 2)
    assert [item["order_id"] for page in items for item in page] == order_ids
    for id_ in order_ids:
        api.post(f"/api/orders/{id_}/invoice")
    invoices = [invoice for page in all_pages(api, "/api/invoices", 2) for invoice in page]
    assert [invoice["order_id"] for invoice in invoices] == order_ids[::-1]
    assert [len(invoice["lines"]) for invoice in invoices] == [2, 2, 2]


def test_a_cursor_of_another_list_is_refused(api: Api, clerk: Account) -> None:
    new_orders(clerk, 2)
    cursor = api.get("/api/orders?limit=1").get_json()["next"]
    answer = api.get(f"/api/batch-jobs?cursor={cursor}")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_cursor")
