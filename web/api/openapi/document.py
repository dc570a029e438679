"""The API's description (OpenAPI 3.1), built from the models and what the views declare."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Flask, Response, current_app, request

from web.api.openapi import parameters
from web.api.openapi.bodies import request_body
from web.api.openapi.describing import Operation, describe
from web.api.openapi.links import Links
from web.api.openapi.operations import Described, Json, described_operations
from web.api.openapi.responses import Responses
from web.api.openapi.schemas import Schemas
from web.logins.cookies import SESSION, named

views = Blueprint("openapi", __name__, url_prefix="/api")

_TAGS: Final = {
    "batch-jobs": "Many orders invoiced at once: submit, watch, control, reconcile.",
    "process-batch-jobs": "The sweep of each minute, now.",
    "orders": "Sales orders: their import, and mending them.",
    "customers": "Customers, and mending them with their open orders.",
    "organization": "The organisation as the seller on its invoices.",
    "imports": "Files of orders: upload, watch, and what is wrong with them.",
    "import-mappings": "How files with other headers are read.",
    "invoices": "Invoices as issued.",
    "sessions": "Where you are signed in, and how to end it.",
    "audit-log": "Who did what.",
    "changes": "What people changed in orders and customers.",
    "changes.csv": "The same as a file.",
    "openapi.json": "This description.",
}


@views.get("/openapi.json")
@describe(Operation("openapi_description", "This description.", public=True))
def description() -> Response:
    """The whole document. It is built once, because that takes 40 ms and needs no login."""
    made: dict[bool, str] = current_app.extensions.setdefault("api_description", {})
    secure = request.is_secure
    if secure not in made:
        made[secure] = current_app.json.dumps(describe_api(current_app, secure=secure))
    return Response(made[secure], mimetype="application/json")


def describe_api(app: Flask, *, secure: bool = False) -> Json:
    """The document of every described route under /api, over https (`secure`) or http."""
    operations = list(described_operations(app))
    schemas = Schemas(operations)
    links = Links(operations)
    responses = Responses(schemas, links)
    paths: dict[str, Json] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas, responses)
    used = dict.fromkeys(map(_tag, operations))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Billmill",
            "version": "1",
            "description": "Turns sales orders into invoices in bulk. Money is a decimal string, "
            "times are UTC, errors are problem documents (RFC 9457) with a stable `code`.",
        },
        "tags": [{"name": tag, "description": _TAGS[tag]} for tag in used],
        "paths": paths,
        "components": {
            "schemas": schemas.definitions,
            "parameters": parameters.SHARED,
            "responses": responses.shared,
            "links": links.shared,
            "securitySchemes": _security_schemes(secure=secure),
        },
        "security": [{"token": []}, {"session": []}],
    }


def _operation(described: Described, schemas: Schemas, responses: Responses) -> Json:
    operation: Json = {
        "operationId": described.operation.id,
        "summary": described.operation.summary,
        "tags": [_tag(described)],
        "parameters": parameters.parameters(described, schemas),
        "responses": responses.of(described),
    }
    body = request_body(described, schemas)
    if body is not None:
        operation["requestBody"] = body
    if described.operation.public:
        operation["security"] = []
    return operation


def _security_schemes(*, secure: bool) -> Json:
    return {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token, as `billmill token create` prints it.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": named(SESSION, secure=secure),
            "description": "What a login leaves in a browser; after too many that failed, `POST "
            "/login` answers 429 with `Retry-After`. Requests that change something are refused "
            "when another site's page makes them (403).",
        },
    }


def _tag(described: Described) -> str:
    return described.path.split("/")[2]
