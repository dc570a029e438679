"""The kinds of values that a request can hold, each read strictly."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from models.lists.paging import MAX_CURSOR_LENGTH, MAX_ID
from models.lists.search_text import MAX_LENGTH

ERROR_CODE = re.compile(r"[a-z0-9_]{1,100}")
UNKNOWN_CODE: Final = "unknown_error_code"
NOT_A_BOOLEAN: Final = "not_a_boolean"
INVALID_NAME: Final = "invalid_name"
MAX_NAME: Final = 200
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,20}", re.ASCII)


def _day(value: Any) -> Any:
    """Accepts only 2026-01-31: pydantic itself would take a number for seconds since 1970."""
    try:
        if _ISO_DATE.fullmatch(value):
            return date.fromisoformat(value)
    except (TypeError, ValueError):
        pass
    raise PydanticCustomError("date_parsing", "not a date")


def _whole(value: Any) -> Any:
    """Accepts only digits: pydantic itself would accept 1_0, +5 and 5.0 from a query string."""
    if _WHOLE.fullmatch(value):
        return int(value)
    raise PydanticCustomError("int_parsing", "not a whole number")


def _yes_or_no(value: Any) -> Any:
    """Accepts only true and false: pydantic itself would accept on, y and 1."""
    if value in ("true", "false"):
        return value == "true"
    remedy = "Give true or false."
    raise PydanticCustomError(
        NOT_A_BOOLEAN, "The value is neither true nor false.", {"remedy": remedy}
    )


def _name(value: Any) -> Any:
    """Accepts what PostgreSQL can store."""
    if not isinstance(value, str) or len(value) > MAX_NAME or "\0" in value:
        remedy = f"Give at most {MAX_NAME} characters."
        message = f"The value has more than {MAX_NAME} characters, or a NUL character."
        raise PydanticCustomError(INVALID_NAME, message, {"remedy": remedy})
    return value


OrderStatus = Literal["draft", "confirmed", "cancelled", "invoiced"]
ListedStatus = Literal["draft", "confirmed", "cancelled", "invoiced", "needs_attention"]
Day = Annotated[date, BeforeValidator(_day), Field(examples=["2026-01-31"])]
OrderId = Annotated[
    int,
    WithJsonSchema({"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_ID}),
]
Whole = Annotated[int, BeforeValidator(_whole)]
Yes = Annotated[bool, BeforeValidator(_yes_or_no)]
# `models/lists/search_text.py` refuses longer texts and characters that PostgreSQL cannot store.
SearchText = Annotated[
    str,
    WithJsonSchema({"type": "string", "maxLength": MAX_LENGTH, "pattern": r"^[^\u0000]*$"}),
]
FileText = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "maxLength": MAX_NAME, "pattern": r"^[^\u0000]*$"}),
]
Cursor = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "maxLength": MAX_CURSOR_LENGTH, "pattern": "^[A-Za-z0-9_=-]+$"}
    ),
]


def one_given(field: str, kind: str, *others: str) -> JsonDict:
    """The schema of this field and none of the others, where null counts as not given."""
    return {
        "title": f"By `{field}`",
        "required": [field],
        "properties": {field: {"type": kind}, **{other: {"type": "null"} for other in others}},
    }


class Reading(BaseModel):
    """Base of all models of requests: converts nothing, and refuses unknown fields.

    `refusals` are the error codes of a model's own fields, besides those that follow from the
    fields' types.
    """

    refusals: ClassVar[tuple[str, ...]] = ()
    model_config = ConfigDict(strict=True, extra="forbid", populate_by_name=False)


def _error_code(value: Any) -> Any:
    if isinstance(value, str) and not ERROR_CODE.fullmatch(value):
        remedy = "Name a code as an item's error has it, such as quantity_not_positive."
        raise PydanticCustomError(
            UNKNOWN_CODE, "`error_code` is not a code of an error.", {"remedy": remedy}
        )
    return value


ErrorCode = Annotated[
    str,
    BeforeValidator(_error_code),
    WithJsonSchema({"type": "string", "pattern": f"^{ERROR_CODE.pattern}$"}),
]
