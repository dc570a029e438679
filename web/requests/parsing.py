"""Reads bodies and query strings as models; turns what does not fit into findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from models.errors import InvalidJson, InvalidRequest
from models.invoicing.finding import Finding

M = TypeVar("M", bound=BaseModel)

# More findings would not help, and a body can be wrong in a million places.
_MAX_FINDINGS = 20

_SEE = "see /api/openapi.json"
UNKNOWN_FIELD: Final = "unknown_field"
MISSING: Final = "missing_field"
UNKNOWN_VALUE: Final = "unknown_value"
REPEATED: Final = "repeated_parameter"
INVALID_VALUE: Final = "invalid_value"
# For each beginning of pydantic's error types: our code, what is wrong, and how to correct it.
_FINDINGS: Final = (
    ("extra_forbidden", UNKNOWN_FIELD, "is not known here", f"Leave it out, or {_SEE}."),
    ("missing", MISSING, "is missing", "Add it."),
    ("int_", "not_an_integer", "is not a whole number", "Give a whole number, without quotes."),
    ("string_", "not_a_text", "is not a text", "Give a text in quotes."),
    ("date_", "not_a_date", "is not a date", "Write dates as 2026-01-31."),
    ("uuid_", "not_a_uuid", "is not an id of a batch job", "Give the id as the API gave it out."),
    ("list_", "not_a_list", "is not a list", "Give a list in square brackets."),
    ("greater_", "out_of_range", "is too small", "Give {ge} or more."),
    ("less_", "out_of_range", "is too large", "Give {le} or less."),
)
# The same codes by type or format of JSON Schema, for the API's description.
CODES_BY_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    kind: tuple(code for beginning, code, *_ in _FINDINGS if beginning in beginnings)
    for kind, beginnings in {
        "integer": ("int_", "greater_", "less_"),
        "int64": ("int_",),  # an id, which a query looks up
        "string": ("string_",),
        "date": ("date_",),
        "uuid": ("uuid_",),
        "array": ("list_",),
    }.items()
}


def read_body(model: type[M]) -> M:
    """The request's JSON body.

    Raises `UnsupportedMediaType`, `InvalidJson` or `InvalidRequest`.
    """
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        kind = error.errors(include_url=False, include_input=False)[0]["type"]
        if kind == "json_invalid":
            raise InvalidJson("The body is not JSON that can be read.") from error
        if kind == "model_type" and not error.errors()[0]["loc"]:
            raise _no_object() from error
        raise _invalid(error, "The body cannot be used as it is.") from error


def read_optional_body(model: type[M]) -> M:
    """As `read_body`, but an empty body means `model` without any field."""
    if not request.get_data():
        return model()
    return read_body(model)


def read_query(model: type[M]) -> M:
    """The request's query string as `model`; raises `InvalidRequest` as `parse_query` does."""
    return parse_query(model, dict(request.args.lists()))


def parse_query(model: type[M], parameters: Mapping[str, list[str]]) -> M:
    """Parameters of a query string, by name, as `model`; one without a value counts as not given.

    Raises `InvalidRequest` with a finding for each field that does not fit.
    """
    given = {name: values for name, values in parameters.items() if any(values)}
    for name, values in given.items():
        if len(values) > 1:
            message = f"The parameter `{name}` is given more than once."
            raise InvalidRequest.of(Finding(REPEATED, message, name, "Give it once."))
    try:
        return model.model_validate_strings({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        raise _invalid(error, "The query cannot be used as it is.") from error


def _invalid(error: ValidationError, message: str) -> InvalidRequest:
    found = [_finding(one) for one in error.errors(include_url=False, include_input=False)]
    first = found[0]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return InvalidRequest(
        f"{message} {first.message}{more and f' ({more.strip()})'}",
        code=first.code,
        errors=found[:_MAX_FINDINGS],
    )


def _no_object() -> InvalidRequest:
    message = "The body must be a JSON object."
    remedy = "Send an object in curly brackets."
    return InvalidRequest.of(Finding(INVALID_VALUE, message, "body", remedy))


def _finding(one: Any) -> Finding:
    field = _path(one["loc"])
    kind = one["type"]
    for beginning, code, finding, remedy in _FINDINGS:
        if kind.startswith(beginning):
            remedy = remedy.format(**one.get("ctx", {}))
            return Finding(code, f"`{field}` {finding}.", field, remedy)
    if kind in ("literal_error", "enum"):
        expected = one["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        message = f"`{field}` has a value that is not known."
        return Finding(UNKNOWN_VALUE, message, field, f"Use one of {expected}.")
    if "remedy" in one.get("ctx", {}):  # a rule of our own
        return Finding(kind, one["msg"], field, one["ctx"]["remedy"])
    return Finding(INVALID_VALUE, f"`{field}` cannot be read.", field, f"{_SEE.capitalize()}.")


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or "body"
