"""A stored file is imported again, with permissions that its import did not have."""

import uuid

import pytest
from sqlalchemy import update

from models.database import org_transaction
from models.order_import.runs.old_files import delete_file
from models.tables.import_run import ImportRun
from tests.http.conftest import Api, wait_for_import
from tests.http.test_imports import upload
from tests.records import Account
from tests.storage.orders_files import orders_file, row
from tests.workers import import_worker


def test_an_order_moves_and_a_mend_is_undone_where_the_second_import_may(
    api: Api, clerk: Account
) -> None:
    rows = [row(), row(order_number="A-2")]
    moved = orders_file([row(customer_number="K-2"), rows[1]])
    with import_worker():
        wait_for_import(api, upload(api, orders_file(rows))["id"])
        ids = {order["order_number"]: order["id"] for order in _orders(api)}
        mended = {"buyer": {"street": "Mended 1"}}
        assert api.patch(f"/api/orders/{ids['A-2']}", json=mended).status_code == 200
        first = wait_for_import(api, upload(api, moved)["id"])
        assert [first[name] for name in ("orders_updated", "orders_rejected")] == [0, 1]
        assert _street(api, ids["A-2"]) == "Mended 1"
        answer = api.post(
            f"/api/imports/{first['id']}/import-again",
            json={"allow_customer_changes": True, "allow_undone_mends": True},
        )
        assert answer.status_code == 202
        again = answer.get_json()
        assert answer.headers["Location"] == f"/api/imports/{again['id']}"
        ended = wait_for_import(api, again["id"])
    assert (again["sha256"], again["file_name"]) == (first["sha256"], first["file_name"])
    assert (again["allow_customer_changes"], again["allow_undone_mends"]) == (True, True)
    assert [ended[name] for name in ("orders_updated", "orders_rejected")] == [2, 0]
    assert {order["customer_number"] for order in _orders(api)} == {"K-1", "K-2"}
    assert _street(api, ids["A-2"]) == "Hafenweg 2"


@pytest.mark.parametrize("others", [False, True], ids=["deleted", "another organisation's"])
def test_a_file_that_is_gone_or_not_ones_own_is_not_imported_again(
    api: Api, clerk: Account, strangers_api: Api, others: bool
) -> None:
    run = upload(api, orders_file([row()]))
    with org_transaction(clerk.organization_id) as session:
        ended = {"status": "completed", "completed_at": ImportRun.created_at}
        session.execute(update(ImportRun).values(ended))
    if not others:
        delete_file(clerk.organization_id, uuid.UUID(run["id"]))
    asking = strangers_api if others else api
    answer = asking.post(f"/api/imports/{run['id']}/import-again", json={})
    expected = (404, "not_found") if others else (409, "forbidden_transition")
    assert (answer.status_code, answer.get_json()["code"]) == expected


def _orders(api: Api) -> list[dict[str, str]]:
    orders: list[dict[str, str]] = api.get("/api/orders").get_json()["items"]
    return orders


def _street(api: Api, order_id: str) -> str:
    street: str = api.get(f"/api/orders/{order_id}").get_json()["buyer"]["street"]
    return street
