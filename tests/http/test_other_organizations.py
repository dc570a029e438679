"""No request reveals anything that belongs to another organisation."""

import pytest
import redis

from tests.http.conftest import Api
from tests.records import Account, new_orders


@pytest.fixture
def theirs(api: Api, clerk: Account) -> dict[str, object]:
    """An order, an invoice and a job of `alpha`."""
    invoiced, ordered = new_orders(clerk, 2)
    invoice = api.post(f"/api/orders/{invoiced}/invoice").get_json()
    job = api.post("/api/batch-jobs", json={"order_ids": [ordered]}).get_json()
    return {"order": ordered, "invoice": invoice["id"], "job": job["id"]}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/batch-jobs/{job}"),
        ("get", "/api/batch-jobs/{job}/items"),
        ("post", "/api/batch-jobs/{job}/cancel"),
        ("get", "/api/invoices/{invoice}"),
        ("post", "/api/orders/{order}/invoice"),
    ],
)
def test_another_organisations_ids_are_not_found(
    api: Api, strangers_api: Api, theirs: dict[str, object], method: str, path: str
) -> None:
    place = path.format(**theirs)
    answer = getattr(strangers_api, method)(place)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    assert getattr(api, method)(place).status_code in (200, 201)


@pytest.mark.parametrize("path", ["/api/orders", "/api/invoices", "/api/batch-jobs"])
def test_lists_do_not_contain_another_organisations_rows(
    api: Api, strangers_api: Api, theirs: dict[str, object], path: str
) -> None:
    assert strangers_api.get(path).get_json()["items"] == []
    assert api.get(path).get_json()["items"] != []


def test_an_empty_filter_matches_only_the_own_orders(
    strangers_api: Api, stranger: Account, theirs: dict[str, object]
) -> None:
    (own,) = new_orders(stranger, 1)
    job = strangers_api.post("/api/batch-jobs", json={"filter": {}}).get_json()
    assert job["total_items"] == 1
    items = strangers_api.get(f"/api/batch-jobs/{job['id']}/items").get_json()["items"]
    assert [item["order_id"] for item in items] == [own]


def test_a_token_gives_access_to_its_own_organisation_only(
    api: Api, clerk: Account, stranger: Account
) -> None:
    new_orders(clerk, 1)
    new_orders(stranger, 3)
    assert len(api.get("/api/orders").get_json()["items"]) == 1


def test_a_requested_sweep_visits_and_counts_only_the_own_jobs(
    api: Api, strangers_api: Api, theirs: dict[str, object], redis_client: redis.Redis
) -> None:
    redis_client.flushall()
    looked_at = strangers_api.post("/api/process-batch-jobs").get_json()
    assert (looked_at["jobs"], looked_at["messages_sent"]) == (0, 0)
    assert redis_client.llen("dramatiq:invoices") == 0
    looked_at = api.post("/api/process-batch-jobs").get_json()
    assert (looked_at["jobs"], looked_at["messages_sent"]) == (1, 1)
    assert redis_client.llen("dramatiq:invoices") == 1
