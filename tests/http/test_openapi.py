"""The API's description is valid, complete, and true of what is answered."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.http.conftest import Shop

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document(shop: Shop) -> Json:
    """As anyone can read it, without a login."""
    answer = shop.app.test_client().get("/api/openapi.json")
    assert answer.status_code == 200
    found: Json = answer.get_json()
    return found


def test_it_is_valid_openapi(document: Json) -> None:
    validate(document)


def test_every_route_of_the_api_is_described(shop: Shop, document: Json) -> None:
    served = {
        (rule.rule.replace("<uuid:", "{").replace("<int:", "{").replace(">", "}"), method.lower())
        for rule in shop.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, place in document["paths"].items() for method in place}
    assert described == served
    assert len(served) >= 12


def test_every_operation_says_what_it_does_and_how_it_fails(document: Json) -> None:
    for path, place in document["paths"].items():
        for operation in place.values():
            assert operation["summary"].endswith("."), path
            if operation.get("security") != []:
                assert {"401", "500", "503"} <= set(operation["responses"]), path


@pytest.mark.parametrize(
    ("method", "path", "described", "status", "body"),
    [
        ("get", "/api/orders", "/api/orders", 200, None),
        ("get", "/api/orders?limit=0", "/api/orders", 422, None),
        ("get", "/api/invoices", "/api/invoices", 200, None),
        ("get", "/api/batch-jobs", "/api/batch-jobs", 200, None),
        ("post", "/api/batch-jobs", "/api/batch-jobs", 202, {"filter": {"status": "confirmed"}}),
        ("post", "/api/batch-jobs", "/api/batch-jobs", 422, {}),
        ("post", "/api/batch-jobs/preview", "/api/batch-jobs/preview", 200, {"filter": {}}),
        ("get", "/api/invoices/987654", "/api/invoices/{invoice_id}", 404, None),
        ("post", "/api/process-batch-jobs", "/api/process-batch-jobs", 200, {}),
    ],
)
def test_answers_are_as_described(
    shop: Shop, document: Json, method: str, path: str, described: str, status: int, body: object
) -> None:
    answer = getattr(shop.api, method)(path, json=body) if body is not None else shop.api.get(path)
    assert answer.status_code == status
    content = document["paths"][described][method]["responses"][str(status)]["content"]
    schema = content[answer.mimetype]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(
        answer.get_json()
    )


def test_requests_that_fit_the_description_are_taken_and_others_refused(document: Json) -> None:
    schema = {
        "$ref": "#/components/schemas/BatchJobRequest",
        "components": document["components"],
    }
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"order_ids": [1, 2], "priority": "low"})
    assert validator.is_valid({"filter": {"status": "confirmed", "from": "2026-01-01"}})
    assert not validator.is_valid({"order_ids": ["1"]})
    assert not validator.is_valid({"order_ids": [1], "unknown": 1})
