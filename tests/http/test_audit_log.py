"""The audit log records each action with its user; only admins read it."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from models.database import org_transaction, owner_transaction
from models.tables.audit_log import AuditEntry
from tests.http.conftest import Api, token_of
from tests.records import Account, new_orders
from tests.storage.orders_files import orders_file, row

LOCAL = "127.0.0.1"


def log(api: Api) -> list[dict[str, Any]]:
    """The entries, oldest first, without the creation of the reader's own token."""
    answer = api.get("/api/audit-log")
    assert answer.status_code == 200, answer.text
    entries: list[dict[str, Any]] = answer.get_json()["items"]
    *others, made = entries
    assert (made["action"], made["details"]["name"]) == ("token.created", "test")
    return others[::-1]


def test_an_action_on_a_job_is_logged_with_its_user_token_job_and_address(
    api: Api, clerk: Account
) -> None:
    order_ids = new_orders(clerk, 1)
    job_id = api.post("/api/batch-jobs", json={"order_ids": order_ids}).get_json()["id"]
    for action in ("pause", "resume", "cancel", "cancel"):
        api.post(f"/api/batch-jobs/{job_id}/{action}")
    entries = log(api)
    assert [entry["action"] for entry in entries] == [
        "job.submitted", "job.paused", "job.resumed", "job.cancelled"
    ]  # fmt: skip
    for entry in entries:
        assert set(entry) == {
            "id", "at", "user", "token", "action", "batch_job_id", "source_address", "details"
        }  # fmt: skip
        who = (entry["user"], entry["token"], entry["batch_job_id"], entry["source_address"])
        assert who == (clerk.email, "test", job_id, LOCAL)


def test_a_login_is_recorded(api: Api, browser: FlaskClient, clerk: Account) -> None:
    (entry,) = log(api)
    assert (entry["action"], entry["user"], entry["source_address"]) == (
        "session.opened", clerk.email, LOCAL
    )  # fmt: skip


def test_an_import_is_recorded_with_its_counts(api: Api, clerk: Account) -> None:
    file = orders_file([row(order_number="X1"), row(order_number="X2", quantity="many")])
    assert api.post("/api/orders/import", data=file, content_type="text/csv").status_code == 200
    (entry,) = log(api)
    assert (entry["action"], entry["user"], entry["token"]) == (
        "orders.imported", clerk.email, "test"
    )  # fmt: skip
    counts = entry["details"]
    assert (counts["orders_created"], counts["orders_rejected"]) == (1, 1)


def test_invoicing_a_single_order_is_recorded_with_the_issuer(
    app: Flask, api: Api, browser: FlaskClient, clerk: Account
) -> None:
    first, second = new_orders(clerk, 2)
    by_program = api.post(f"/api/orders/{first}/invoice").get_json()
    by_person = browser.post(f"/api/orders/{second}/invoice").get_json()
    assert api.post(f"/api/orders/{first}/invoice").status_code == 409
    entries = [entry for entry in log(api) if entry["action"] == "invoice.issued"]
    assert [(entry["token"], entry["details"]) for entry in entries] == [
        ("test", {"number": by_program["number"], "order_id": first}),
        (None, {"number": by_person["number"], "order_id": second}),
    ]
    assert {(entry["user"], entry["source_address"]) for entry in entries} == {(clerk.email, LOCAL)}


def test_the_history_of_a_job_names_the_token_that_acted(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    shop = Api(app, token_of(clerk, "web shop"))
    job = shop.post("/api/batch-jobs", json={"order_ids": new_orders(clerk, 1)}).get_json()
    browser.post(f"/api/batch-jobs/{job['id']}/cancel")
    page = browser.get(f"/jobs/{job['id']}/reconciliation").text
    assert page.count("with the token web shop") == 1


def test_a_member_may_not_read_the_audit_log(api: Api, clerk: Account) -> None:
    with owner_transaction() as session:
        session.execute(text("UPDATE memberships SET role = 'member'"))
    answer = api.get("/api/audit-log")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "not_allowed")


def test_only_its_own_organisation_reads_the_audit_log_page_by_page(
    api: Api, strangers_api: Api, clerk: Account
) -> None:
    with org_transaction(clerk.organization_id) as session:
        for number in range(5):
            session.add(AuditEntry(organization_id=clerk.organization_id, action=f"a.{number}"))
            session.flush()
    seen, path = [], "/api/audit-log?limit=2"
    while True:
        page = api.get(path).get_json()
        seen += [entry["action"] for entry in page["items"]]
        if page["next"] is None:
            break
        path = f"/api/audit-log?limit=2&cursor={page['next']}"
    assert seen == ["a.4", "a.3", "a.2", "a.1", "a.0", "token.created"]
    assert api.get("/api/audit-log?cursor=x").status_code == 422
    assert log(strangers_api) == []
