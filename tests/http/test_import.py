"""The import of an orders file over the API."""

import io

import pytest

from tests.http.conftest import Api, wait_for_import
from tests.records import Account
from tests.workers import import_worker

HEADER = (
    "order_number,order_date,customer_number,customer_name,customer_email,street,city,"
    "postal_code,country,vat_id,currency,line_number,sku,description,quantity,unit,unit_price,"
    "discount_percent,tax_category,tax_percent\n"
)
GOOD = "N-1,2026-03-01,C9,Åsa Lind,,Storgatan 1,Malmö,21134,SE,,EUR,1,SKU,Desk,2,C62,10.00,0,S,25\n"
BAD = GOOD.replace("N-1", "N-2").replace(",2,C62", ",two,C62")
FILE = (HEADER + GOOD + BAD).encode()


def test_a_file_in_the_body_is_imported_and_a_bad_row_is_named(api: Api, clerk: Account) -> None:
    answer = api.post("/api/orders/import", data=FILE, content_type="text/csv; charset=utf-8")
    assert answer.status_code == 200
    report = answer.get_json()
    assert (report["orders_created"], report["orders_rejected"]) == (1, 1)
    (error,) = report["errors"]
    assert (error["line"], error["column"]) == (3, "quantity")
    assert error["code"]
    assert error["message"]
    (order,) = api.get("/api/orders").get_json()["items"]
    assert (order["order_number"], order["gross"]) == ("N-1", "25.00")


def test_a_file_in_a_form_is_imported(api: Api, clerk: Account) -> None:
    form = {"file": (io.BytesIO(FILE), "orders.csv")}
    answer = api.post("/api/orders/import", data=form, content_type="multipart/form-data")
    assert (answer.status_code, answer.get_json()["orders_created"]) == (200, 1)


def test_a_second_import_of_a_file_changes_nothing(api: Api, clerk: Account) -> None:
    for created, unchanged in ((1, 0), (0, 1)):
        report = api.post("/api/orders/import", data=FILE, content_type="text/csv").get_json()
        assert (report["orders_created"], report["orders_unchanged"]) == (created, unchanged)


@pytest.mark.parametrize("body", [b"", b"a,b,c\n1,2,3\n", b"\xff\xfe\x00", b"\0"])
def test_a_body_that_is_not_an_orders_file_is_refused(api: Api, body: bytes) -> None:
    answer = api.post("/api/orders/import", data=body, content_type="text/csv")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "unreadable_file")
    assert answer.get_json()["errors"][0]["message"]


def test_a_form_without_a_file_is_refused(api: Api) -> None:
    form = {"document": (io.BytesIO(FILE), "orders.csv")}
    answer = api.post("/api/orders/import", data=form, content_type="multipart/form-data")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "file_missing")


def test_a_file_of_another_type_is_refused(api: Api) -> None:
    answer = api.post("/api/orders/import", data=FILE, content_type="application/pdf")
    assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_media_type")


def test_a_file_may_be_larger_than_other_bodies(api: Api, clerk: Account) -> None:
    rows = "".join(GOOD.replace("N-1", f"N-{number}") for number in range(100))
    large = HEADER + rows + "\n" * (9 * 1024 * 1024)
    answer = api.post("/api/orders/import", data=large.encode(), content_type="text/csv")
    assert (answer.status_code, answer.get_json()["size_bytes"]) == (202, len(large.encode()))
    with import_worker():
        ended = wait_for_import(api, answer.get_json()["id"])
    assert (ended["status"], ended["orders_created"]) == ("completed", 100)
