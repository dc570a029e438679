"""The API's description (OpenAPI 3.1), built from the models and what the views say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app, jsonify
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from web.api.describing import Operation, describe, operation_of
from web.api.shapes import Problem

views = Blueprint("openapi", __name__, url_prefix="/api")

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
_CONVERTED: Final = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0},
}
_ALWAYS_POSSIBLE = (401, 500, 503)


@views.get("/openapi.json")
@describe(Operation("This description.", public=True))
def description() -> Response:
    """The whole document."""
    return jsonify(describe_api(current_app))


def describe_api(app: Flask) -> Json:
    """Every described route under /api."""
    described = list(_described(app))
    schemas = _Schemas(model for _, _, operation in described for model in _models(operation))
    paths: dict[str, Json] = {}
    for rule, method, operation in described:
        place = paths.setdefault(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), {})
        place[method.lower()] = _operation(rule, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Billmill",
            "version": "1",
            "description": "Turns sales orders into invoices in bulk.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.definitions,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "billmill_session"},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


class _Schemas:
    """The schemas of all models, each under one name."""

    def __init__(self, models: Iterator[type[BaseModel]]) -> None:
        unique = dict.fromkeys(models)
        found, shared = models_json_schema(
            [(model, "serialization" if model.__module__.endswith("shapes") else "validation")
             for model in unique],
            ref_template=_REFERENCE,
        )  # fmt: skip
        self.definitions: Json = shared.get("$defs", {})
        self._by_model = {model: schema for (model, _), schema in found.items()}

    def reference(self, model: type[BaseModel]) -> Json:
        """Where the model's schema is."""
        return self._by_model[model]

    def properties(self, model: type[BaseModel]) -> Json:
        """The model's fields by name."""
        name = self._by_model[model]["$ref"].rpartition("/")[2]
        properties: Json = self.definitions[name]["properties"]
        return properties


def _described(app: Flask) -> Iterator[tuple[Rule, str, Operation]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        operation = operation_of(app.view_functions[rule.endpoint])
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if operation:
                yield rule, method, operation


def _models(operation: Operation) -> Iterator[type[BaseModel]]:
    yield Problem
    yield from filter(None, (operation.answer, operation.body, operation.query))


def _operation(rule: Rule, operation: Operation, schemas: _Schemas) -> Json:
    described: Json = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": operation.summary,
        "tags": [rule.rule.split("/")[2]],
        "parameters": [
            *_path_parameters(rule),
            *_query_parameters(operation, schemas),
            *_header_parameters(operation),
        ],
        "responses": _responses(operation, schemas),
    }
    if operation.body:
        content = {"application/json": {"schema": schemas.reference(operation.body)}}
        described["requestBody"] = {"required": operation.body_required, "content": content}
    if operation.file_types:
        content = {kind: {"schema": {"type": "string"}} for kind in operation.file_types}
        described["requestBody"] = {"required": True, "content": content}
    if operation.public:
        described["security"] = []
    return described


def _path_parameters(rule: Rule) -> Iterator[Json]:
    for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", rule.rule):
        schema = _CONVERTED.get(kind, {"type": "string"})
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(operation: Operation, schemas: _Schemas) -> Iterator[Json]:
    if operation.query:
        for name, schema in schemas.properties(operation.query).items():
            yield {"name": name, "in": "query", "required": False, "schema": schema}


def _header_parameters(operation: Operation) -> Iterator[Json]:
    for name, purpose in operation.headers:
        yield {
            "name": name,
            "in": "header",
            "required": False,
            "description": purpose,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }


def _responses(operation: Operation, schemas: _Schemas) -> Json:
    content: Json = {}
    if operation.answer or not operation.answer_types:
        schema = schemas.reference(operation.answer) if operation.answer else {}
        content["application/json"] = {"schema": schema}
    for kind in operation.answer_types:
        content[kind] = {"schema": {"type": "string"}}
    responses: Json = {
        str(status): {"description": operation.summary, "content": content}
        for status in (operation.status, operation.also_status)
        if status is not None
    }
    problem = {"application/problem+json": {"schema": schemas.reference(Problem)}}
    possible = operation.errors if operation.public else (*_ALWAYS_POSSIBLE, *operation.errors)
    for status in sorted(set(possible)):
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return responses
