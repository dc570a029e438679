"""Imports as runs over the API: upload, history, findings, cancel, and who may see them."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

import pytest

from tests.http.conftest import Api, wait_for_import
from tests.http.test_import import BAD, FILE, GOOD, HEADER
from tests.records import Account
from tests.workers import import_worker

MIB = 1024 * 1024


def upload(api: Api, data: bytes = FILE, query: str = "", **headers: str) -> dict[str, Any]:
    form = {"file": (io.BytesIO(data), "spring orders.csv")}
    api.headers = api.headers | headers
    answer = api.post(f"/api/imports{query}", data=form, content_type="multipart/form-data")
    assert answer.status_code == 202, answer.get_data(as_text=True)
    run: dict[str, Any] = answer.get_json()
    assert answer.headers["Location"] == f"/api/imports/{run['id']}"
    return run


def test_an_upload_is_answered_at_once_and_imported_by_a_worker(api: Api, clerk: Account) -> None:
    run = upload(api, query="?allow_customer_changes=true")
    assert (run["status"], run["rows"], run["started_at"]) == ("pending", 0, None)
    assert (run["file_name"], run["size_bytes"]) == ("spring orders.csv", len(FILE))
    assert run["sha256"] == hashlib.sha256(FILE).hexdigest()
    assert (run["created_by"], run["allow_customer_changes"]) == (clerk.email, True)
    with import_worker():
        ended = wait_for_import(api, run["id"])
    counted = ("status", "rows", "orders_created", "orders_rejected", "error_count", "stored")
    assert [ended[name] for name in counted] == ["completed", 2, 1, 1, 1, True]
    assert ended["bytes_read"] == len(FILE)
    assert ended["dialect"]["format"] == "csv"
    (order,) = api.get("/api/orders").get_json()["items"]
    assert order["order_number"] == "N-1"


def test_findings_are_listed_page_by_page(api: Api, clerk: Account) -> None:
    bad = "".join(BAD.replace("N-2", f"N-{n}").replace("10.00", "?") for n in range(2, 5))
    run = upload(api, (HEADER + GOOD + bad).encode())
    with import_worker():
        wait_for_import(api, run["id"])
    path = f"/api/imports/{run['id']}/findings"
    first = api.get(f"{path}?limit=4").get_json()
    rest = api.get(f"{path}?limit=4&cursor={first['next']}").get_json()
    found = [(one["line"], one["column"]) for one in [*first["items"], *rest["items"]]]
    assert found == [(line, column) for line in (3, 4, 5) for column in ("quantity", "unit_price")]
    assert rest["next"] is None
    assert all(one["message"] and one["remedy"] for one in first["items"])
    assert api.get(f"{path}?error_code=bad_date").get_json()["items"] == []


def test_the_history_has_the_newest_first_and_can_be_filtered(api: Api, clerk: Account) -> None:
    runs = [upload(api, FILE + b"\n" * blank)["id"] for blank in range(3)]
    with import_worker():
        for run in runs:
            wait_for_import(api, run)
    first = api.get("/api/imports?limit=2").get_json()
    second = api.get(f"/api/imports?limit=2&cursor={first['next']}").get_json()
    assert [run["id"] for run in [*first["items"], *second["items"]]] == runs[::-1]
    assert len(api.get("/api/imports?status=completed").get_json()["items"]) == 3
    assert api.get("/api/imports?status=failed").get_json()["items"] == []


def test_the_same_file_again_names_its_earlier_import(api: Api, clerk: Account) -> None:
    with import_worker():
        first = wait_for_import(api, upload(api)["id"])
        again = wait_for_import(api, upload(api)["id"])
    assert first["same_file"] is None
    assert (again["orders_created"], again["orders_unchanged"]) == (0, 1)
    assert again["same_file"] == {
        "id": first["id"],
        "created_at": first["created_at"],
        "created_by": clerk.email,
    }


def test_the_same_key_with_the_same_file_names_the_same_import(api: Api, clerk: Account) -> None:
    run = upload(api, **{"Idempotency-Key": "spring"})
    form = {"file": (io.BytesIO(FILE), "spring orders.csv")}
    again = api.post("/api/imports", data=form, content_type="multipart/form-data")
    assert (again.status_code, again.get_json()["id"]) == (200, run["id"])
    other = {"file": (io.BytesIO(FILE + b"\n"), "spring orders.csv")}
    refused = api.post("/api/imports", data=other, content_type="multipart/form-data")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "idempotency_key_reused")
    assert len(api.get("/api/imports").get_json()["items"]) == 1


def test_a_cancelled_import_stores_nothing_more(api: Api, clerk: Account) -> None:
    run = upload(api)
    for _ in range(2):
        cancelled = api.post(f"/api/imports/{run['id']}/cancel")
        assert (cancelled.status_code, cancelled.get_json()["status"]) == (200, "cancelled")
    with import_worker():
        wait_for_import(
            api, upload(api, HEADER.encode() + GOOD.replace("N-1", "N-9").encode())["id"]
        )
    assert [order["order_number"] for order in api.get("/api/orders").get_json()["items"]] == [
        "N-9"
    ]


def test_an_import_that_has_ended_is_not_cancelled(api: Api, clerk: Account) -> None:
    with import_worker():
        run = wait_for_import(api, upload(api)["id"])
    refused = api.post(f"/api/imports/{run['id']}/cancel")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "forbidden_transition")


def test_a_file_that_is_no_orders_file_is_refused_with_its_findings(
    api: Api, clerk: Account
) -> None:
    run = upload(api, b"<!DOCTYPE html><html><body>Orders</body></html>")
    with import_worker():
        ended = wait_for_import(api, run["id"])
    assert (ended["status"], ended["stored"]) == ("refused", False)
    findings = api.get(f"/api/imports/{run['id']}/findings").get_json()["items"]
    assert [finding["code"] for finding in findings] == ["another_kind_of_file"]


def test_another_organisation_sees_nothing(api: Api, clerk: Account, strangers_api: Api) -> None:
    run = upload(api)
    assert strangers_api.get("/api/imports").get_json()["items"] == []
    path = f"/api/imports/{run['id']}"
    assert strangers_api.get(path).status_code == 404
    assert strangers_api.get(f"{path}/findings").status_code == 404
    assert strangers_api.post(f"{path}/cancel").status_code == 404
    assert api.get(path).get_json()["status"] == "pending"


@pytest.mark.parametrize(("size", "status"), [(2 * MIB, 200), (2 * MIB + 1, 202)])
def test_a_file_above_two_mebibytes_is_not_imported_within_the_request(
    api: Api, clerk: Account, size: int, status: int
) -> None:
    data = FILE.ljust(size, b"\n")
    answer = api.post("/api/orders/import", data=data, content_type="text/csv")
    assert answer.status_code == status
    recorded = api.get(f"/api/imports/{answer.get_json()['id']}").get_json()
    assert recorded["status"] == ("completed" if status == 200 else "pending")
    assert recorded["size_bytes"] == size


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("allow_customer_changes=1", "not_a_boolean"),
        (f"sheet={'x' * 201}", "invalid_name"),
        ("colour=red", "unknown_field"),
    ],
)
def test_a_wrong_option_is_refused_and_nothing_is_stored(
    api: Api, clerk: Account, query: str, code: str
) -> None:
    answer = api.post(f"/api/imports?{query}", data=FILE, content_type="text/csv")
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert api.get("/api/imports").get_json()["items"] == []


def test_what_an_import_changed_is_kept_with_it(api: Api, clerk: Account) -> None:
    changed = GOOD.replace("Storgatan 1", "Storgatan 2").replace(",2,C62", ",3,C62")
    with import_worker():
        wait_for_import(api, upload(api)["id"])
        run = wait_for_import(api, upload(api, (HEADER + changed).encode())["id"])
    assert (run["change_count"], run["customer_change_count"]) == (1, 1)
    (order,) = api.get(f"/api/imports/{run['id']}/changes").get_json()["items"]
    assert (order["order_number"], order["net_before"], order["net_after"]) == (
        "N-1",
        "20.00",
        "30.00",
    )
    (customer,) = api.get(f"/api/imports/{run['id']}/customer-changes").get_json()["items"]
    assert (customer["what"], customer["before"], customer["after"]) == (
        "customer.street",
        "Storgatan 1",
        "Storgatan 2",
    )
    answer = api.get(f"/api/imports/{run['id']}/changes.csv")
    rows = [*csv.DictReader(io.StringIO(answer.text))]
    assert [tuple(row.values()) for row in rows] == [
        ("2", "order", "N-1", "", "customer.street", "Storgatan 1", "Storgatan 2", "new"),
        ("2", "order", "N-1", "", "lines[1].quantity", "2", "3", "new"),
        ("2", "customer", "N-1", "C9", "customer.street", "Storgatan 1", "Storgatan 2", "new"),
    ]
    assert "spring orders changes.csv" in answer.headers["Content-Disposition"]


def test_a_small_file_with_the_same_key_is_imported_once(api: Api, clerk: Account) -> None:
    api.headers |= {"Idempotency-Key": "spring"}
    first, again = (
        api.post("/api/orders/import", data=FILE, content_type="text/csv") for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (200, 202)
    assert again.get_json()["status"] == "completed"
    assert again.headers["Location"].endswith(f"/api/imports/{again.get_json()['id']}")
    (run,) = api.get("/api/imports").get_json()["items"]
    assert (run["id"], run["orders_created"]) == (again.get_json()["id"], 1)
