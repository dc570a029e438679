"""What all answers have in common. Money and quantities are decimal strings, times are UTC."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from models.paging import Page

T = TypeVar("T")
R = TypeVar("R")

Exact = Annotated[
    Decimal,
    PlainSerializer(lambda value: format(value, "f"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}),
]


class Shape(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(from_attributes=True)


class ListOf(Shape, Generic[T]):
    """A page of a list; `next` is the cursor of the page after it, null on the last."""

    items: list[T]
    next: str | None

    @classmethod
    def of(cls, page: Page[R], shape: Callable[[R], T]) -> Self:
        """The page with its rows in `shape`."""
        return cls(items=[shape(row) for row in page.items], next=page.next_cursor)


class Finding(Shape):
    """One finding about one field."""

    field: str
    code: str
    message: str
    remedy: str


class Problem(Shape):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Finding] | None = None
    reference: str | None = None
    actual_total: int | None = Field(None, description="Only with `total_changed`.")
