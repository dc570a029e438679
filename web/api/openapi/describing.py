"""How a view declares its operation for the API's description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from flask import Response, current_app
from pydantic import BaseModel

from models.errors import BillmillError

V = TypeVar("V", bound=Callable[..., object])
# An error class, or a `code` of `InvalidRequest`.
Refusal = type[BillmillError] | str

_ATTRIBUTE = "_operation"


@dataclass(frozen=True, slots=True)
class RequestHeader:
    """A header that a view reads; `pattern` matches the whole value."""

    name: str
    purpose: str
    pattern: str
    example: str
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    `id` is its `operationId`: clients name their functions after it, so it never changes.
    `refuses` lists what the view itself refuses; `refusals.py` adds what follows from its body,
    query, headers, method and login. `also` is another status with the same answer, and says when
    it occurs. `accepted` is the answer with status 202 when the work goes on after it; its
    `Location` has the address of the work. `file_type` is the type of a file that it can answer
    instead of JSON, or one of `other_file_types`. `located` says that the header `Location` has
    the address of the answer, `tagged` that `ETag` names its state.
    """

    id: str
    summary: str
    answer: type[BaseModel] | None = None
    file_type: str | None = None
    other_file_types: tuple[str, ...] = ()
    status: int = 200
    also: tuple[int, str] | None = None
    accepted: type[BaseModel] | None = None
    located: bool = False
    tagged: bool = False
    body: type[BaseModel] | None = None
    body_required: bool = True
    takes: Literal["json", "orders file"] = "json"
    query: type[BaseModel] | None = None
    headers: tuple[RequestHeader, ...] = ()
    refuses: tuple[Refusal, ...] = ()
    public: bool = False


def describe(operation: Operation) -> Callable[[V], V]:
    """Attaches `operation` to a view; goes below the route."""

    def put(view: V) -> V:
        setattr(view, _ATTRIBUTE, operation)
        return view

    return put


def operation_of(view: object) -> Operation | None:
    """The operation that a view declares, if any."""
    return getattr(view, _ATTRIBUTE, None)


def answer(
    shape: BaseModel, *, status: int = 200, location: str | None = None, tag: str | None = None
) -> Response:
    """The shape as JSON; `tag` names its state, for `If-Match`."""
    response = current_app.response_class(
        shape.model_dump_json(by_alias=True) + "\n", status=status, mimetype="application/json"
    )
    if location:
        response.headers["Location"] = location
    if tag:
        response.set_etag(tag)
    return response
