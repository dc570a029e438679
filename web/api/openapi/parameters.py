"""What an operation reads besides a body: parts of the path, the query string, headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from models.lists.paging import MAX_ID
from web.api.openapi.operations import Described, Json
from web.api.openapi.schemas import Schemas
from web.auth import PAGE_ORGANIZATION
from web.requests.mappings import MAPPING_NAME, NAME_RULE

_CONVERTED: Final = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_ID},
    "mapping": {"type": "string", "pattern": f"^{MAPPING_NAME}$", "description": NAME_RULE},
}
_ORGANIZATION: Final = "PageOrganization"
SHARED: Final[Json] = {
    _ORGANIZATION: {
        "name": PAGE_ORGANIZATION,
        "in": "header",
        "description": "The slug of the organisation whose page makes the request. With a session "
        "in another organisation the answer is 403 `other_organization`; a token ignores it.",
        "schema": {"type": "string"},
    }
}


def parameters(described: Described, schemas: Schemas) -> list[Json]:
    """The parameters of an operation, as OpenAPI lists them."""
    found = [*_of_path(described), *_of_query(described, schemas), *_of_headers(described)]
    if not described.operation.public:
        found.append({"$ref": f"#/components/parameters/{_ORGANIZATION}"})
    return found


def _of_path(described: Described) -> Iterator[Json]:
    for name, kind in described.converters.items():
        yield {"name": name, "in": "path", "required": True, "schema": _CONVERTED[kind]}


def _of_query(described: Described, schemas: Schemas) -> Iterator[Json]:
    if described.operation.query is None:
        return
    for name, field in schemas.definition(described.operation.query)["properties"].items():
        schema = {key: value for key, value in field.items() if key != "description"}
        parameter = {"name": name, "in": "query", "required": False, "schema": _given(schema)}
        if "description" in field:
            parameter["description"] = field["description"]
        # A parameter without a value counts as not given.
        yield parameter | {"allowEmptyValue": True}


def _given(schema: Json) -> Json:
    """The schema without null, which a query string cannot express."""
    alternatives = [one for one in schema.pop("anyOf", ()) if one.get("type") != "null"]
    if schema.get("default", ...) is None:
        del schema["default"]
    return {**schema, **alternatives[0]} if alternatives else schema


def _of_headers(described: Described) -> Iterator[Json]:
    for header in described.operation.headers:
        yield {
            "name": header.name,
            "in": "header",
            "required": False,
            "description": header.purpose,
            "schema": {"type": "string", "pattern": header.pattern},
            "example": header.example,
        }
