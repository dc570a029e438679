"""What a view says of itself, for the API's description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Response, current_app
from pydantic import BaseModel

V = TypeVar("V", bound=Callable[..., object])

_ATTRIBUTE = "_operation"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `errors` are the statuses beyond 401, 500 and 503.

    `also_status` answers like `status`; `headers` are those it reads, with what they are for;
    `answer_types` are types it can answer with beside JSON.
    """

    summary: str
    answer: type[BaseModel] | None = None
    answer_types: tuple[str, ...] = ()
    status: int = 200
    also_status: int | None = None
    body: type[BaseModel] | None = None
    body_required: bool = True
    file_types: tuple[str, ...] = ()
    query: type[BaseModel] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    errors: tuple[int, ...] = ()
    public: bool = False


def describe(operation: Operation) -> Callable[[V], V]:
    """Puts `operation` on a view; stands below the route."""

    def put(view: V) -> V:
        setattr(view, _ATTRIBUTE, operation)
        return view

    return put


def operation_of(view: object) -> Operation | None:
    """What was put on a view."""
    return getattr(view, _ATTRIBUTE, None)


def answer(shape: BaseModel, *, status: int = 200, location: str | None = None) -> Response:
    """The shape as JSON."""
    response = current_app.response_class(
        shape.model_dump_json(by_alias=True) + "\n", status=status, mimetype="application/json"
    )
    if location:
        response.headers["Location"] = location
    return response
