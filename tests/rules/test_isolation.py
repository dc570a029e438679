"""Values in sentences, attributes and titles keep their writing direction to themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from web.isolation import isolated, sentence

REACHING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("value", ["", "A-17", "Berglund & Söhne (Köln)", "株式会社", "Ωμέγα 7"])
def test_values_that_run_from_left_to_right_stay_as_they_are(value: str) -> None:
    assert isolated(value) == value


@pytest.mark.parametrize(
    "value", ["שלום", "شركة النور (دبي)", "A-17 (א)", "٥٣", "ܐܒܓ", "\U0001e900", "ߊߋ"]
)
def test_values_with_a_part_from_right_to_left_are_isolated(value: str) -> None:
    assert isolated(value) == f"\u2068{value}\u2069"


@given(st.text(st.one_of(st.sampled_from(REACHING + "א1("), st.characters())))
def test_no_value_reaches_behind_its_end(value: str) -> None:
    found = isolated(value)
    inner = found[1:-1] if found.startswith("\u2068") else found
    assert not set(inner) & set(REACHING)


@pytest.mark.parametrize(
    ("text", "values", "shown"),
    [
        ("Line 1 has the unit “כד”.", [], "Line 1 has the unit “<bdi>כד</bdi>”."),
        ("“a” and “b”", [], "“<bdi>a</bdi>” and “<bdi>b</bdi>”"),
        ("The value “” is empty", [], "The value “<bdi></bdi>” is empty"),
        ("“<b>” & more", [], "“<bdi>&lt;b&gt;</bdi>” &amp; more"),
        ("Customer נור (1) has no street.", ["נור (1)"],
         "Customer <bdi>נור (1)</bdi> has no street."),
        ("Order A-1 of A", ["A", "A-1"], "Order <bdi>A-1</bdi> of <bdi>A</bdi>"),
        ("Customer a has a street", ["as", "", None], "Customer a has a street"),
        ("Nothing quoted", [], "Nothing quoted"),
        ("“unclosed", [], "“unclosed"),
    ],
)  # fmt: skip
def test_quoted_and_given_values_stand_in_bdi(
    text: str, values: list[str | None], shown: str
) -> None:
    assert sentence(text, *values) == Markup(shown)


@given(st.text(st.sampled_from("“”ab<&א ")), st.lists(st.text(st.sampled_from("ab<א"))))
def test_the_words_of_a_sentence_stay_the_same(text: str, values: list[str]) -> None:
    shown = sentence(text, *values)
    assert shown.replace(Markup("<bdi>"), "").replace(Markup("</bdi>"), "").unescape() == text
