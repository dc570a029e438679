"""What an operation answers, and how it refuses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from itertools import groupby
from operator import attrgetter
from typing import Final

from web.api.openapi.describing import Operation
from web.api.openapi.links import Links
from web.api.openapi.operations import Described, Json
from web.api.openapi.refusals import Possible, refusals_of
from web.api.openapi.schemas import Schemas
from web.api.schemas.base import Problem

# A refusal with more codes than these is described in its operation, not shared.
_MOST_CODES_SHARED: Final = 4
_TEXT: Final[Json] = {"type": "string"}
_SECONDS: Final[Json] = {"type": "integer", "minimum": 0}
_REFUSAL_HEADERS: Final[dict[HTTPStatus, tuple[str, str, Json]]] = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate", "How to authenticate.", _TEXT),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Allow", "The methods that this address supports.", _TEXT),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After", "Seconds to wait.", _SECONDS),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After", "Seconds to wait.", _SECONDS),
}


class Responses:
    """The responses of all operations; `shared` collects those that several operations have."""

    def __init__(self, schemas: Schemas, links: Links) -> None:
        self._schemas, self._links = schemas, links
        self.shared: Json = {}

    def of(self, described: Described) -> Json:
        """The responses of an operation, by status."""
        operation = described.operation
        answered = self._answer(operation)
        responses: Json = {str(operation.status): answered}
        if operation.also is not None:
            status, when = operation.also
            responses[str(status)] = answered | {"description": when}
        if operation.accepted is not None:
            responses["202"] = self._answer(
                replace(operation, answer=operation.accepted, located=True, file_type=None)
            ) | {"description": "The work goes on after this answer."}
        for refused, possible in _by_status(refusals_of(operation, described.method)):
            responses[str(int(refused))] = self._described_once(refused, possible)
        return responses

    def _described_once(self, status: HTTPStatus, possible: list[Possible]) -> Json:
        codes = [one.code for one in possible if one.code is not None]
        if len(codes) < len(possible) or len(codes) > _MOST_CODES_SHARED:
            return self._refusal(status, possible)
        name = ".".join([str(int(status)), *codes])
        self.shared.setdefault(name, self._refusal(status, possible))
        return {"$ref": f"#/components/responses/{name}"}

    def _answer(self, operation: Operation) -> Json:
        content: Json = {}
        headers: Json = {}
        if operation.answer or not operation.file_type:
            schema = self._schemas.reference(operation.answer) if operation.answer else {}
            content["application/json"] = {"schema": schema}
        if operation.located:
            headers["Location"] = _header("The address of the answer.", _TEXT)
        if operation.tagged:
            headers["ETag"] = _header("The state that the answer shows, for `If-Match`.", _TEXT)
        if operation.file_type:
            content[operation.file_type] = {"schema": _TEXT}
            for kind in operation.other_file_types:
                content[kind] = {"schema": _TEXT | {"format": "binary"}}
            saved = "The name to save it under."
            # An operation that can also answer JSON sends it only with a file.
            headers["Content-Disposition"] = _header(saved, _TEXT, required=not operation.answer)
        answered: Json = {"description": operation.summary, "content": content}
        links = self._links.of(operation.answer)
        return answered | {k: v for k, v in {"headers": headers, "links": links}.items() if v}

    def _refusal(self, status: HTTPStatus, possible: list[Possible]) -> Json:
        problem = self._schemas.reference(Problem)
        known: Json = {"status": {"const": int(status)}}
        codes = [one.code for one in possible]
        if None not in codes:
            known["code"] = {"enum": codes}
        response: Json = {
            "description": " ".join(dict.fromkeys(one.when for one in possible)),
            "content": {
                "application/problem+json": {"schema": {"allOf": [problem, {"properties": known}]}}
            },
        }
        if status in _REFUSAL_HEADERS:
            name, purpose, schema = _REFUSAL_HEADERS[status]
            response["headers"] = {name: _header(purpose, schema)}
        return response


def _by_status(possible: Iterable[Possible]) -> list[tuple[HTTPStatus, list[Possible]]]:
    grouped = groupby(sorted(possible, key=attrgetter("status")), key=attrgetter("status"))
    return [(status, list(each)) for status, each in grouped]


def _header(purpose: str, schema: Json, *, required: bool = True) -> Json:
    return {"description": purpose, "required": required, "schema": schema}
