"""What all answers have in common. Money and quantities are decimal strings, times are UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from models.lists.paging import Page
from web.requests.fields import ERROR_CODE

T = TypeVar("T")
R = TypeVar("R")

Exact = Annotated[
    Decimal,
    PlainSerializer(lambda value: format(value, "f"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["119.00"]}),
]
Id = Annotated[int, WithJsonSchema({"type": "integer", "format": "int64", "minimum": 1})]
Count = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0})]
Code = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{ERROR_CODE.pattern}$"})]


class Shape(BaseModel):
    """Base of all answers.

    The name of a class is the name of its component in the API's description, so it never changes.
    `answers_ids` maps an id in the paths of operations (`job_id`) to the field that holds it; the
    description links from that field to these operations.
    """

    answers_ids: ClassVar[Mapping[str, str]] = {}
    model_config = ConfigDict(from_attributes=True)


def _left_out(schema: JsonDict) -> None:
    """Makes the field optional without a default: a field without a value is left out."""
    schema.pop("default")


class ListOf(Shape, Generic[T]):
    """A page of a list; `next` is the cursor of the page after it, null on the last."""

    items: list[T]
    next: str | None

    @classmethod
    def of(cls, page: Page[R], shape: Callable[[R], T]) -> Self:
        """The page with its rows in `shape`."""
        return cls(items=[shape(row) for row in page.items], next=page.next_cursor)


class Finding(Shape):
    """What is wrong with one field, and how to correct it."""

    field: str
    code: Code
    message: str
    remedy: str


class Problem(Shape):
    """What went wrong (RFC 9457): `code` is stable and for programs, `detail` is for people."""

    type: str = Field(json_schema_extra={"const": "about:blank"})
    title: str
    status: int
    detail: str
    code: Code
    errors: list[Finding] | SkipJsonSchema[None] = Field(
        None, description="One for each field to correct.", json_schema_extra=_left_out
    )
    reference: str | SkipJsonSchema[None] = Field(
        None,
        description="The log has the details under this reference.",
        json_schema_extra=_left_out,
    )
    actual_total: Count | SkipJsonSchema[None] = Field(
        None, description="Only with `total_changed`.", json_schema_extra=_left_out
    )
    current: dict[str, Any] | SkipJsonSchema[None] = Field(
        None,
        description="Only with `changed_meanwhile`: what it is now.",
        json_schema_extra=_left_out,
    )
