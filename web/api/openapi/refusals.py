"""How an operation can be refused: status, code and reason, taken from the errors themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel

from models.errors import (
    BillmillError,
    IncompleteBody,
    InvalidCredentials,
    InvalidJson,
    InvalidRequest,
    LoginRequired,
    NotAllowed,
    OtherOrganization,
    TokenExpired,
)
from web.api.openapi.describing import Operation, Refusal
from web.error_statuses import ANYWHERE, OF_HTTP, STATUS
from web.requests.parsing import (
    CODES_BY_TYPE,
    INVALID_VALUE,
    MISSING,
    REPEATED,
    UNKNOWN_FIELD,
    UNKNOWN_VALUE,
)

_SAFE_METHODS: Final = frozenset({"GET"})
_OF_LOGIN: Final = (LoginRequired, InvalidCredentials, TokenExpired, OtherOrganization)
_OF_BODY: Final = (HTTPStatus.UNSUPPORTED_MEDIA_TYPE,)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Possible:
    """One kind of refusal; without a `code` it can have any code of the rules of invoicing."""

    status: HTTPStatus
    code: str | None
    when: str


def everywhere() -> list[Possible]:
    """The refusals that every address can answer to any request."""
    return [Possible(status, code, when) for status, code, when in ANYWHERE]


def refusals_of(operation: Operation, method: str) -> list[Possible]:
    """Every refusal of the operation, each once, by status."""
    found = [*everywhere(), *map(_possible, _named(operation, method))]
    if _has_body(operation):
        found += [Possible(status, *OF_HTTP[status]) for status in _OF_BODY]
    return sorted(dict.fromkeys(found), key=lambda one: (one.status, one.code or ""))


def _has_body(operation: Operation) -> bool:
    return operation.body is not None or operation.takes != "json"


def _named(operation: Operation, method: str) -> Iterator[Refusal]:
    if not operation.public:
        yield from _OF_LOGIN
    if method not in _SAFE_METHODS:
        yield NotAllowed
    if _has_body(operation):
        yield IncompleteBody
    if operation.body:
        yield InvalidJson
        yield from (UNKNOWN_FIELD, INVALID_VALUE, *_codes_of(operation.body))
    if operation.query:
        yield from (UNKNOWN_FIELD, REPEATED, *_codes_of(operation.query, strings_only=True))
    for header in operation.headers:
        yield from header.refusals
    yield from operation.refuses


def _possible(refusal: Refusal) -> Possible:
    if isinstance(refusal, str):
        return Possible(STATUS[InvalidRequest], refusal, _sentence(InvalidRequest))
    status = next(STATUS[kind] for kind in refusal.__mro__ if kind in STATUS)
    code = refusal.code if refusal.code != BillmillError.code else None
    return Possible(status, code, _sentence(refusal))


def _sentence(error: type[BillmillError]) -> str:
    return " ".join((error.__doc__ or "").split())


def _codes_of(model: type[BaseModel], *, strings_only: bool = False) -> Iterator[str]:
    """The codes of errors in a model's fields; `strings_only` if all values are, as in a query."""
    within = (model, *_models_within(model))
    for kind in within:
        for ancestor in kind.__mro__:
            yield from vars(ancestor).get("refusals", ())
    if any(field.is_required() for kind in within for field in kind.model_fields.values()):
        yield MISSING
    for schema in _schemas_within(model.model_json_schema()):
        if "enum" in schema or "const" in schema:
            yield UNKNOWN_VALUE
        elif "type" in schema:
            named = str(schema.get("format", schema["type"]))
            if not (strings_only and named == "string"):
                yield from CODES_BY_TYPE.get(named, ())


def _models_within(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        for part in getattr(field.annotation, "__args__", ()):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield part


def _schemas_within(schema: Any) -> Iterator[Json]:
    """A schema and all schemas within it."""
    if isinstance(schema, dict):
        yield schema
        for part in schema.values():
            yield from _schemas_within(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _schemas_within(part)
