"""The failed orders of a job by reason: over the API, as a file, and on the job's page."""

import csv
import io
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

import models.jobs.failed_orders
from models.database import owner_transaction
from models.tables.order import Order
from tests.http.conftest import Api, Shop, job_at_its_end, token_of
from tests.records import new_orders
from tests.workers import invoice_worker

FLAWED = [1, 3, 4, 7, 9]
CUSTOMER = "Berglund & Söhne"
NO_CURRENCY = [2, 9]  # 9 has both flaws; the first one found counts


@pytest.fixture(scope="module")
def api(shop: Shop) -> Api:
    """The clerk's program, in the database of the whole module."""
    return shop.api


@pytest.fixture(scope="module")
def browser(shop: Shop) -> FlaskClient:
    """A browser in which the clerk has logged in."""
    return shop.new_browser()


@pytest.fixture(scope="module")
def job_id(shop: Shop, api: Api) -> str:
    """A job of ten orders, six of which failed for two reasons; no test changes it."""
    order_ids = new_orders(shop.clerk, 10, flawed=FLAWED, prefix="F")
    with owner_transaction() as session:
        named = Order.id.in_([order_ids[place] for place in NO_CURRENCY])
        session.execute(update(Order).where(named).values(currency="XXQ"))
    answer = api.post("/api/batch-jobs", json={"order_ids": order_ids})
    with invoice_worker():
        found: str = job_at_its_end(api, answer.get_json()["id"])["id"]
    return found


def numbers(api: Api, job_id: str, query: str) -> list[str]:
    """All pages of the items that match, by order number."""
    found: list[str] = []
    cursor = ""
    while True:
        answer = api.get(f"/api/batch-jobs/{job_id}/items?{query}{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.get_json()
        found += [item["order_number"] for item in page["items"]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def rows(text_: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_)))


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_failed_orders_are_listed_by_reason_page_by_page(api: Api, job_id: str, limit: int) -> None:
    quantity = ["F00001", "F00003", "F00004", "F00007"]
    of_quantity = f"error_code=quantity_not_positive&limit={limit}"
    assert numbers(api, job_id, f"status=failed&{of_quantity}") == quantity
    assert numbers(api, job_id, of_quantity) == quantity
    currency = f"status=failed&error_code=currency_unknown&limit={limit}"
    assert numbers(api, job_id, currency) == ["F00002", "F00009"]


def test_a_code_that_no_order_failed_with_finds_nothing(api: Api, job_id: str) -> None:
    assert numbers(api, job_id, "status=failed&error_code=customer_name_missing") == []
    assert numbers(api, job_id, "error_code=no_such_code_anywhere") == []
    assert numbers(api, job_id, "status=succeeded&error_code=quantity_not_positive") == []


def test_an_invalid_code_is_refused(api: Api, job_id: str) -> None:
    for place in ("items", "failures.csv"):
        answer = api.get(f"/api/batch-jobs/{job_id}/{place}?error_code=a%00b")
        assert answer.status_code == 422
        (error,) = answer.get_json()["errors"]
        assert (error["field"], error["code"]) == ("error_code", "unknown_error_code")


def test_the_filter_and_the_file_are_described(api: Api) -> None:
    paths = api.get("/api/openapi.json").get_json()["paths"]
    of_items = paths["/api/batch-jobs/{job_id}/items"]["get"]
    assert "error_code" in {parameter.get("name") for parameter in of_items["parameters"]}
    of_file = paths["/api/batch-jobs/{job_id}/failures.csv"]["get"]
    assert list(of_file["responses"]["200"]["content"]) == ["text/csv"]


def test_the_file_names_every_failure_with_its_customer(
    api: Api, job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.jobs.failed_orders, "_CHUNK", 2)
    answer = api.get(f"/api/batch-jobs/{job_id}/failures.csv")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert f"failed-orders-{job_id}.csv" in answer.headers["Content-Disposition"]
    found = rows(answer.text)
    assert [row["order_number"] for row in found] == [f"F{n:05}" for n in (1, 2, 3, 4, 7, 9)]
    items = api.get(f"/api/batch-jobs/{job_id}/items?status=failed").get_json()["items"]
    for row, item in zip(found, items, strict=True):
        told = {name: row[name] for name in ("code", "message", "field", "remedy")}
        assert told == item["error"]
        assert (row["customer_number"], row["customer_name"]) == ("C1", CUSTOMER)
    of_one = rows(
        api.get(f"/api/batch-jobs/{job_id}/failures.csv?error_code=currency_unknown").text
    )
    assert [row["order_number"] for row in of_one] == ["F00002", "F00009"]


def test_no_text_in_the_file_is_a_formula(api: Api, job_id: str) -> None:
    name_customers("=1+1")
    try:
        found = rows(api.get(f"/api/batch-jobs/{job_id}/failures.csv").text)
    finally:
        name_customers(CUSTOMER)
    assert {row["customer_name"] for row in found} == {"'=1+1"}


def name_customers(name: str) -> None:
    with owner_transaction() as session:
        session.execute(update(Order).values(buyer_name=name))


def test_another_organisations_failures_are_not_found(shop: Shop, api: Api, job_id: str) -> None:
    strangers_api = Api(shop.app, token_of(shop.stranger))
    assert strangers_api.get(f"/api/batch-jobs/{job_id}/failures.csv").status_code == 404
    assert api.get(f"/api/batch-jobs/{uuid.uuid4()}/failures.csv").status_code == 404


def test_the_page_links_a_reason_to_its_orders(browser: FlaskClient, job_id: str) -> None:
    page = browser.get(f"/jobs/{job_id}").text
    chosen = f"/jobs/{job_id}?status=failed&amp;error_code=currency_unknown"
    assert f'href="{chosen}#orders"' in page
    assert "<bdi>F00002</bdi></a>: " in page  # the order of the reason's example
    narrowed = browser.get(chosen.replace("&amp;", "&")).text
    table = narrowed[narrowed.index("<tbody>", narrowed.index('data-part="body"')) :]
    assert [number for n in range(10) if (number := f"F{n:05}") in table] == ["F00002", "F00009"]
    assert "Currency unknown</a>" in narrowed
    assert "Quantity not positive</a>" not in narrowed
    assert f'href="/jobs/{job_id}?status=failed#orders">All reasons</a>' in narrowed
    assert f"/api/batch-jobs/{job_id}/failures.csv?error_code=currency_unknown" in narrowed


def test_the_page_lists_the_orders_of_a_reason_page_by_page(
    browser: FlaskClient, api: Api, job_id: str
) -> None:
    query = "status=failed&error_code=quantity_not_positive&limit=2"
    cursor = api.get(f"/api/batch-jobs/{job_id}/items?{query}").get_json()["next"]
    page = browser.get(
        f"/jobs/{job_id}?status=failed&error_code=quantity_not_positive&cursor={cursor}"
    ).text
    table = page[page.index("<tbody>", page.index('data-part="body"')) :]
    assert [number for n in range(10) if (number := f"F{n:05}") in table] == ["F00004", "F00007"]
    back = f"/jobs/{job_id}?status=failed&amp;error_code=quantity_not_positive"
    assert f'rel="prev" href="{back}"' in page


@pytest.mark.parametrize("code", ["", "no_such_code", "%00", "'; --", "x" * 500])
def test_the_page_accepts_any_text_as_a_reason(
    browser: FlaskClient, job_id: str, code: str
) -> None:
    assert browser.get(f"/jobs/{job_id}?error_code={code}").status_code == 200
