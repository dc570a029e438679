"""Foreign text cannot control a terminal: control characters are escaped, others are kept."""

import io
import json
import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.visible_text import VisibleRecord, visible, visible_json, visible_lines

BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
MARKS = {"ARABIC LETTER MARK", "LEFT-TO-RIGHT MARK", "RIGHT-TO-LEFT MARK"}
STEERING = "\x1b\x9b\x07\x00\x7f\x85\n\r\t\u061c\u200e\u200f\u2028\u2029\u202e\u2066\ud800"
# Texts of both kinds, mixed.
TEXTS = st.text(st.one_of(st.sampled_from(STEERING), st.characters()))


def steers(character: str) -> bool:
    """Decides by Unicode's tables, not by the list under test."""
    return (
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(character) in BIDI
        or unicodedata.name(character, "") in MARKS
    )


@given(TEXTS)
def test_visible_text_contains_no_control_characters(text: str) -> None:
    assert not any(map(steers, visible(text)))


@given(TEXTS)
def test_lines_keep_only_line_ends_and_tabs(text: str) -> None:
    assert {c for c in visible_lines(text) if steers(c)} <= {"\n", "\t"}
    assert visible_lines(text).count("\n") == text.count("\n")


@given(TEXTS)
def test_other_characters_stay_as_they_are(text: str) -> None:
    harmless = "".join(c for c in text if not steers(c))
    assert visible(harmless) == visible_lines(harmless) == harmless
    assert visible(visible(text)) == visible(text)


@given(TEXTS)
def test_each_character_is_escaped_on_its_own(text: str) -> None:
    assert visible(text) == "".join(map(visible, text))


@given(
    st.recursive(
        TEXTS | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
        max_leaves=8,
    ),
    st.sampled_from([None, 1]),
)
def test_json_keeps_its_values_exactly(document: object, indent: int | None) -> None:
    shown = visible_json(json.dumps(document, ensure_ascii=False, indent=indent))
    assert json.loads(shown) == document
    assert not any(map(steers, shown.replace("\n", "")))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A\x1b[2J", r"A\x1b[2J"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x9b31m", r"\x9b31m"),
        ("Evil\u202ehcUmG", r"Evil\u202ehcUmG"),
        ("Müller & Søn שלום", "Müller & Søn שלום"),
    ],
)
def test_the_escapes_are_those_of_python_and_json(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_log_line_is_one_line_and_a_trace_keeps_its_lines() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    try:
        raise ValueError("no number: \x1b[31m\u202e")
    except ValueError as error:
        trace = (type(error), error, error.__traceback__)
    handler.emit(
        VisibleRecord("x", logging.ERROR, "x.py", 1, "path %s\n", ("/\x9b2J\nERROR forged",), trace)
    )
    first, *rest = written.getvalue().splitlines()
    assert first == r"ERROR path /\x9b2J\nERROR forged\n"
    assert len(rest) > 2
    assert rest[-1] == r"ValueError: no number: \x1b[31m\u202e"
