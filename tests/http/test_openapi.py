"""The API's description is valid, complete, and agrees with the responses.

Every test client in this folder also checks every response against it: tests/http/described.py.
"""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import validate

from models.jobs.status import ItemStatus, JobStatus, Priority
from tests.http.conftest import Shop, log_in
from tests.http.described import Description
from web.error_statuses import ANYWHERE
from web.request_bodies.limits import FILE_TYPES
from web.server import refusal

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document(shop: Shop) -> Json:
    """The description, which needs no login."""
    answer = shop.app.test_client().get("/api/openapi.json")
    assert answer.status_code == 200
    found: Json = answer.get_json()
    return found


# Clients generated from the description call its operations and schemas by these names.
OPERATIONS = """
    audit_log_index batch_jobs_index batch_jobs_items batch_jobs_preview batch_jobs_show
    batch_jobs_submit changes_download changes_index customers_api_change customers_api_check
    customers_api_index customers_api_show import_mappings_delete import_mappings_guess
    import_mappings_index import_mappings_rename import_mappings_save import_mappings_show
    imports_again imports_cancel imports_changes imports_changes_download
    imports_customer_changes imports_findings
    imports_index imports_rejected_rows imports_show imports_submit imports_use_mapping
    invoices_api_index invoices_api_show job_failure_groups job_failures_download
    jobs_control_cancel jobs_control_pause jobs_control_process_batch_jobs jobs_control_resume
    jobs_control_retry_failed openapi_description order_changes_check order_changes_do
    order_import_take_in orders_api_change orders_api_check orders_api_index orders_api_invoice
    orders_api_show orders_api_take_in organization_api_change organization_api_check
    organization_api_show reconciliation_show sessions_api_index
    sessions_api_revoke sessions_api_revoke_others
"""
SCHEMAS = """
    AuditEntry BatchJobRequest Buyer BuyerFields ChangeCheck ChangeDone ChangeOfOrder ChangeShape
    ChangedCustomer ChangedField ChangedValue ChangesFilter ChangesQuery CustomerChange
    CustomerChangeShape CustomerCheck CustomerShape CustomersQuery DifferenceShape Elsewhere
    EndedSessions FailedIn FailureGroupShape FailureGroups FailureObject FailuresQuery Finding
    FreedMoney GroupAmount GroupedOrder GuessRequest ImportAgain ImportDialect ImportFinding
    ImportFindingsQuery ImportIssue ImportMappingShape ImportRun ImportShape ImportStatus
    ImportsQuery InvoiceLine InvoiceShape InvoicesQuery Item ItemError ItemStatus ItemsQuery Job
    JobStatus JobsQuery ListOf_AuditEntry_ ListOf_ChangeShape_ ListOf_CustomerChangeShape_
    ListOf_CustomerShape_ ListOf_ImportFinding_ ListOf_ImportMappingShape_ ListOf_ImportRun_
    ListOf_InvoiceShape_ ListOf_Item_ ListOf_Job_ ListOf_OrderChangeShape_ ListOf_Order_
    ListOf_SessionShape_ MappingFields MappingShape MoneyShape NewOrder NewOrders NumbersShape
    Order OrderChange OrderChangeShape OrderCheck OrderDetail OrderFilterFields OrderRow
    OrderSums OrderTax OrdersChange OrdersChoice OrdersQuery OutcomeShape PageQuery Party
    PreviewReason PreviewRowShape PreviewShape PreviewTotal Priority Problem ProposalShape
    ReconciliationQuery ReconciliationShape RenameMappingRequest RetryRequest RowFields
    SameFileShape SavedMappingRequest SellerChange SellerCheck SellerShape SessionShape
    SourceColumnShape SweepShape TakenOrder
    TakenOrders TaxSubtotal UploadQuery UseMappingRequest
"""


def test_names_that_clients_use_do_not_change(document: Json) -> None:
    operations = [
        one["operationId"] for place in document["paths"].values() for one in place.values()
    ]
    assert sorted(operations) == OPERATIONS.split()
    assert sorted(document["components"]["schemas"]) == SCHEMAS.split()


def test_the_description_is_valid_openapi(document: Json) -> None:
    validate(document)


def test_an_undescribed_response_fails_the_test_that_receives_it(
    shop: Shop, document: Json
) -> None:
    refused, listed = shop.api.get("/api/orders?limit=0"), shop.api.get("/api/orders")
    poorer = Description(document)
    described = poorer.document["paths"]["/api/orders"]["get"]["responses"]
    described["422"]["content"]["text/html"] = described["422"]["content"].popitem()[1]
    with pytest.raises(AssertionError, match="type is not described"):
        poorer.check("GET", "/api/orders", refused)
    del described["422"]
    with pytest.raises(AssertionError, match="status is not described"):
        poorer.check("GET", "/api/orders", refused)
    poorer.check("GET", "/api/orders", listed)
    poorer = Description(document)
    del poorer.document["components"]["schemas"]["Order"]["properties"]["currency"]
    with pytest.raises(ValidationError, match="currency"):
        poorer.check("GET", "/api/orders", listed)


def test_every_route_of_the_api_is_described(shop: Shop, document: Json) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
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


def test_the_schema_accepts_valid_requests_and_refuses_others(document: Json) -> None:
    schema = {
        "$ref": "#/components/schemas/BatchJobRequest",
        "components": document["components"],
    }
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"order_ids": [1, 2], "priority": "low"})
    assert validator.is_valid({"filter": {"status": "confirmed", "from": "2026-01-01"}})
    assert not validator.is_valid({"order_ids": ["1"]})
    assert not validator.is_valid({"order_ids": [1], "unknown": 1})


def test_a_job_is_chosen_by_ids_or_by_a_filter_and_never_by_both(document: Json) -> None:
    for name in ("BatchJobRequest", "OrdersChoice"):
        reference = {"$ref": f"#/components/schemas/{name}"}
        validator = Draft202012Validator({**reference, "components": document["components"]})
        assert validator.is_valid({"order_ids": [1], "filter": None})
        assert validator.is_valid({"filter": {}, "order_ids": None})
        for both_or_neither in ({"order_ids": [1], "filter": {}}, {}, {"order_ids": None}):
            assert not validator.is_valid(both_or_neither)
        for impossible in ([], [0], [-1], [2**63], [1, 1]):
            assert not validator.is_valid({"order_ids": impossible})


def test_enumerated_fields_are_described_by_their_values(document: Json) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["JobStatus"]["enum"] == list(JobStatus)
    assert schemas["ItemStatus"]["enum"] == list(ItemStatus)
    assert schemas["Priority"]["enum"] == list(Priority)
    assert schemas["Job"]["properties"]["status"] == {"$ref": "#/components/schemas/JobStatus"}
    assert schemas["Item"]["properties"]["status"] == {"$ref": "#/components/schemas/ItemStatus"}
    statuses = ["draft", "confirmed", "cancelled", "invoiced"]
    assert schemas["Order"]["properties"]["status"]["enum"] == statuses
    listed = document["paths"]["/api/orders"]["get"]["parameters"]
    (status,) = [parameter for parameter in listed if parameter.get("name") == "status"]
    assert status["schema"]["enum"] == [*statuses, "needs_attention"]


OF_UPLOADS = (
    "repeated_parameter", "unknown_field", "not_a_boolean", "invalid_name", "unknown_value",
    "unknown_mapping",
)  # fmt: skip


def test_a_file_of_orders_is_described_as_a_body_and_as_a_part(document: Json) -> None:
    content = document["paths"]["/api/orders/import"]["post"]["requestBody"]["content"]
    assert set(content) == {"multipart/form-data", *FILE_TYPES}
    form = content["multipart/form-data"]
    assert form["schema"]["required"] == ["file"]
    assert form["encoding"]["file"]["contentType"] == "text/csv"


@pytest.mark.parametrize(
    ("method", "path", "status", "codes"),
    [
        ("post", "/api/batch-jobs", 409, {"total_changed"}),
        ("post", "/api/batch-jobs", 400, {"bad_request", "incomplete_body", "invalid_json"}),
        ("post", "/api/batch-jobs/{job_id}/cancel", 409, {"forbidden_transition"}),
        (
            "post",
            "/api/orders/import",
            422,
            {
                "file_missing",
                "idempotency_key_reused",
                "invalid_idempotency_key",
                "unreadable_file",
                *OF_UPLOADS,
            },
        ),
        ("get", "/api/orders", 401, {"login_required", "invalid_credentials", "token_expired"}),
        ("get", "/api/orders", 405, {"method_not_allowed"}),
        ("get", "/api/audit-log", 403, {"not_allowed", "other_organization"}),
        (
            "get",
            "/api/batch-jobs/{job_id}/reconciliation",
            422,
            {"repeated_parameter", "unknown_field", "unknown_value"},
        ),
    ],
)
def test_every_refusal_has_its_codes(
    document: Json, method: str, path: str, status: int, codes: set[str]
) -> None:
    answer = Description(document).response(document["paths"][path][method], status)
    assert answer
    (_, known) = answer["content"]["application/problem+json"]["schema"]["allOf"]
    assert set(known["properties"]["code"]["enum"]) == codes


def test_the_headers_that_a_client_needs_are_described(document: Json) -> None:
    description = Description(document)
    submit = document["paths"]["/api/batch-jobs"]["post"]
    for status, header in {
        202: "Location",
        401: "WWW-Authenticate",
        405: "Allow",
        503: "Retry-After",
    }.items():
        answer = description.response(submit, status)
        assert answer
        assert answer["headers"][header]["required"], status
    sent = {parameter.get("name"): parameter for parameter in submit["parameters"]}
    key = Draft202012Validator(sent["Idempotency-Key"]["schema"])
    assert key.is_valid("a" * 255)
    for wrong in ("", " a", "a" * 256, "ä"):
        assert not key.is_valid(wrong)


def test_refusals_of_the_server_itself_are_described_for_every_operation(
    document: Json,
) -> None:
    assert {status for status, _, _ in ANYWHERE} >= set(refusal.STATUSES.values())
    for place in document["paths"].values():
        for operation in place.values():
            assert {"400", "405", "408", "413", "414", "431", "503"} <= set(operation["responses"])


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_cookie_of_a_session_has_the_name_that_a_login_gives_it(
    shop: Shop, scheme: str
) -> None:
    here = {"base_url": f"{scheme}://localhost"}
    client = shop.app.test_client()
    document = client.get("/api/openapi.json", **here).get_json()
    name = document["components"]["securitySchemes"]["session"]["name"]
    answer = log_in(client, shop.clerk.email, headers={"Origin": here["base_url"]}, **here)
    assert name in {each.split("=")[0] for each in answer.headers.getlist("Set-Cookie")}


def test_a_response_links_to_the_operations_that_take_its_ids(document: Json) -> None:
    links = document["components"]["links"]
    submitted = document["paths"]["/api/batch-jobs"]["post"]["responses"]["202"]["links"]
    assert {"batch_jobs_show", "batch_jobs_items", "jobs_control_cancel"} <= set(submitted)
    cancel = links[submitted["jobs_control_cancel"]["$ref"].split("/")[-1]]
    assert cancel["parameters"] == {"job_id": "$response.body#/id"}
    orders = document["paths"]["/api/orders"]["get"]["responses"]["200"]["links"]
    invoice = links[orders["orders_api_invoice"]["$ref"].split("/")[-1]]
    assert invoice["parameters"] == {"order_id": "$response.body#/items/0/id"}
