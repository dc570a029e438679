"""Lists of orders and invoices, and the invoice of a single order."""

from tests.http.conftest import Api
from tests.records import Account, new_orders

ORDER = {
    "id",
    "order_number",
    "order_date",
    "customer_number",
    "status",
    "currency",
    "net",
    "tax",
    "gross",
    "invoice_id",
    "attention",
}
INVOICE = {
    "id",
    "number",
    "order_id",
    "order_number",
    "issue_date",
    "due_date",
    "currency",
    "net",
    "tax",
    "gross",
    "line_total",
    "allowances",
    "charges",
    "rounding",
    "payable",
    "seller",
    "buyer",
    "lines",
    "tax_breakdown",
    "created_by",
    "batch_job_id",
}


def test_an_order_shows_the_amounts_of_its_future_invoice(api: Api, clerk: Account) -> None:
    (order_id,) = new_orders(clerk, 1)
    (order,) = api.get("/api/orders").get_json()["items"]
    assert set(order) == ORDER
    assert order == {
        "id": order_id,
        "order_number": "A00000",
        "order_date": "2026-03-01",
        "customer_number": "C1",
        "status": "confirmed",
        "currency": "EUR",
        "net": "30.00",
        "tax": "5.70",
        "gross": "35.70",
        "invoice_id": None,
        "attention": None,
    }


def test_a_single_order_is_invoiced_at_once(api: Api, clerk: Account) -> None:
    (order_id,) = new_orders(clerk, 1)
    answer = api.post(f"/api/orders/{order_id}/invoice", json={})
    assert answer.status_code == 201
    invoice = answer.get_json()
    assert answer.location == f"/api/invoices/{invoice['id']}"
    assert set(invoice) == INVOICE
    assert (invoice["net"], invoice["tax"], invoice["gross"]) == ("30.00", "5.70", "35.70")
    assert (invoice["order_id"], invoice["batch_job_id"]) == (order_id, None)
    assert (invoice["seller"]["name"], invoice["seller"]["vat_id"]) == ("Alpha GmbH", "DE123456789")
    assert invoice["buyer"]["city"] == "Hamburg"
    assert [line["net"] for line in invoice["lines"]] == ["10.00", "20.00"]
    assert invoice["lines"][1] == {
        "line_number": 2,
        "sku": "",
        "description": "Article 2",
        "quantity": "1",
        "unit": "C62",
        "unit_price": "20",
        "discount_percent": "0",
        "tax_category": "S",
        "tax_percent": "19",
        "row_type": "line",
        "unit_price_gross": None,
        "net": "20.00",
    }
    assert invoice["tax_breakdown"] == [
        {"category": "S", "percent": "19", "taxable": "30.00", "tax": "5.70", "reason": None}
    ]
    assert api.get(answer.location).get_json() == invoice
    assert api.get("/api/invoices").get_json()["items"] == [invoice]
    (order,) = api.get("/api/orders?status=invoiced").get_json()["items"]
    assert order["invoice_id"] == invoice["id"]


def test_an_order_that_breaks_a_rule_says_which(api: Api, clerk: Account) -> None:
    (flawed,) = new_orders(clerk, 1, flawed=[0])
    answer = api.post(f"/api/orders/{flawed}/invoice")
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    problem = answer.get_json()
    assert problem["code"] == "quantity_not_positive"
    assert problem["errors"][0]["field"] == "lines[1].quantity"
    assert api.get("/api/invoices").get_json()["items"] == []


def test_an_order_is_invoiced_only_once(api: Api, clerk: Account) -> None:
    (order_id,) = new_orders(clerk, 1)
    assert api.post(f"/api/orders/{order_id}/invoice").status_code == 201
    again = api.post(f"/api/orders/{order_id}/invoice")
    assert (again.status_code, again.get_json()["code"]) == (409, "already_invoiced")


def test_invoices_are_filtered_by_the_query(api: Api, clerk: Account) -> None:
    for order_id in new_orders(clerk, 3):
        api.post(f"/api/orders/{order_id}/invoice")
    assert len(api.get("/api/invoices?q=A00001").get_json()["items"]) == 1
    assert len(api.get("/api/invoices?q=INV-").get_json()["items"]) == 3
    assert len(api.get("/api/invoices?to=2020-01-01").get_json()["items"]) == 0
    nil = "00000000-0000-0000-0000-000000000000"
    assert len(api.get(f"/api/invoices?batch_job_id={nil}").get_json()["items"]) == 0
