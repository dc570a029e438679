"""Cursors are opaque and decode exactly; anything else is refused."""

import base64
import json
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidRequest
from models.lists.paging import MAX_ID, checked_limit, decode_cursor, encode_cursor, make_page

PARTS: dict[type, st.SearchStrategy[Any]] = {
    int: st.integers(0, MAX_ID),
    str: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    UUID: st.uuids(),
}


@given(st.data())
def test_decoding_a_cursor_returns_the_encoded_values(data: st.DataObject) -> None:
    types = data.draw(st.lists(st.sampled_from(list(PARTS)), min_size=1, max_size=3))
    parts = tuple(data.draw(PARTS[kind]) for kind in types)
    cursor = encode_cursor(*parts)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert decode_cursor(cursor, *types) == parts


def packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ü",
        "a b",
        "=",
        "A" * 501,
        packed("text"),
        packed({}),
        packed([]),
        packed([1]),
        packed([1, 2]),
        packed(["2026-02-30", 1]),
        packed(["2026-03-01", -1]),
        packed(["2026-03-01", 2**63]),
        packed(["2026-03-01", True]),
        packed(["2026-03-01", 1.5]),
        packed(["2026-03-01", "1"]),
        packed(["2026-03-01", 1, 1]),
        packed(["[" * 300]),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[NaN, 1]").decode(),
    ],
)
def test_an_invalid_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        decode_cursor(cursor, date, int)
    assert refused.value.code == "invalid_cursor"
    assert [error.field for error in refused.value.errors] == ["cursor"]


@given(st.text())
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with suppress(InvalidRequest):
        when, which = decode_cursor(text, datetime, UUID)
        assert (when.tzinfo, type(which)) == (UTC, UUID)


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_a_limit_out_of_bounds_is_refused(limit: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_limit(limit)
    assert refused.value.code == "invalid_limit"


@pytest.mark.parametrize(
    ("rows", "limit", "items", "more"), [(3, 3, 3, False), (4, 3, 3, True), (0, 1, 0, False)]
)
def test_a_page_knows_whether_more_follows(rows: int, limit: int, items: int, more: bool) -> None:
    page = make_page(range(rows), limit, lambda row: (row,))
    assert len(page.items) == items
    assert page.next_cursor == (encode_cursor(items - 1) if more else None)
