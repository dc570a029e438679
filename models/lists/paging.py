"""Pages of a list, and the cursor that leads from one to the next.

A cursor names the last row of a page. So no page costs more than the first one, and rows that
arrive between two pages neither repeat nor hide others.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from models.errors import InvalidRequest
from models.invoicing.finding import Finding

T = TypeVar("T")

MAX_LIMIT = 1_000
MAX_ID = 2**63 - 1
INVALID_CURSOR: Final = "invalid_cursor"
MAX_CURSOR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in listing order; `next_cursor` is None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None


def make_page(rows: Sequence[T], limit: int, key: Callable[[T], tuple[Any, ...]]) -> Page[T]:
    """A page of at most `limit` rows; a caller reads `limit` + 1 to see whether more follow.

    `key` gives the values that the next page starts after: ints, dates, datetimes, UUIDs or text.
    """
    if len(rows) <= limit:
        return Page(tuple(rows), None)
    return Page(tuple(rows[:limit]), encode_cursor(*key(rows[limit - 1])))


def checked_limit(limit: int) -> int:
    """Returns `limit`; raises `InvalidRequest` unless it lies between 1 and 1,000."""
    if not 1 <= limit <= MAX_LIMIT:
        message = f"The limit is {limit}; it must lie between 1 and {MAX_LIMIT}."
        remedy = f"Ask for 1 to {MAX_LIMIT} rows at a time and follow `next`."
        raise InvalidRequest(
            message,
            code="invalid_limit",
            errors=[Finding("invalid_limit", message, "limit", remedy)],
        )
    return limit


def encode_cursor(*parts: int | str | date | datetime | UUID) -> str:
    """An opaque text, safe in a URL, from which `decode_cursor` reads `parts`."""
    plain = [part if isinstance(part, int) else _as_text(part) for part in parts]
    packed = json.dumps(plain, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(cursor: str, *types: type) -> tuple[Any, ...]:
    """The parts of a cursor as `types` (int, str, date, datetime, UUID), one each.

    A cursor is outside input: raises `InvalidRequest` (`invalid_cursor`) for any text that
    `encode_cursor` cannot have made of such parts.
    """
    try:
        if len(cursor) > MAX_CURSOR_LENGTH:
            raise ValueError("too long")
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(parts, list) or len(parts) != len(types):
            raise ValueError("another list's cursor")
        return tuple(_read(part, kind) for part, kind in zip(parts, types, strict=True))
    except (ValueError, RecursionError, binascii.Error) as error:
        message = "The cursor is not one that this list gave out."
        remedy = "Pass the `next` of the page before, unchanged, or start without a cursor."
        raise InvalidRequest.of(Finding(INVALID_CURSOR, message, "cursor", remedy)) from error


def _as_text(part: str | date | datetime | UUID) -> str:
    return part.isoformat() if isinstance(part, date) else str(part)


def _read(part: object, kind: type) -> Any:
    if kind is int:
        if type(part) is not int or not 0 <= part <= MAX_ID:
            raise ValueError("not an id")
        return part
    if not isinstance(part, str) or "\0" in part:
        raise ValueError("not a text")
    if kind is str:
        part.encode()
        return part
    if kind is UUID:
        return UUID(part)
    read: date = kind.fromisoformat(part)  # type: ignore[attr-defined]
    if isinstance(read, datetime) and read.tzinfo is None:
        raise ValueError("no time zone")
    return read
