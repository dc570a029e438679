"""Text is stored as people see it: no invisible ends, one spelling of each character."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clean_text import UnfitText, clean_key, clean_text

UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u061c\xad\u034f\ufe0f\u3164\U000e0101"
BLANKS = " \t\n\r\xa0\u2007\u202f\u3000\u2028\u2800"
UNFIT = "\x00\x07\x1b\x0b\x7f\x80\x9b\u202a\u202e\u2066\u2069\ufffe\uffff\ud800\udfff"
TEXTS = st.text(
    st.one_of(
        st.sampled_from(UNSEEN + BLANKS + "aAe\u0301\u0308é漢"),
        st.characters(exclude_characters=UNFIT, exclude_categories=("Cc", "Cs")),
    )
)


@given(TEXTS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    for clean in (clean_text, clean_key):
        try:
            once = clean(text)
        except UnfitText:
            return
        assert clean(once) == once == unicodedata.normalize("NFC", once)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_printable_ascii_loses_only_the_spaces_at_its_ends(text: str) -> None:
    assert clean_text(text) == text.strip()
    assert clean_key(text) == re.sub(" +", " ", text).strip()


@pytest.mark.parametrize("around", [*UNSEEN, *BLANKS, "\r\n\u200b ", " \ufeff\xa0"])
def test_what_nobody_sees_is_no_part_of_a_text(around: str) -> None:
    assert clean_text(f"{around}Ä 1{around}") == "Ä 1"
    assert clean_text(around * 3) == clean_key(around * 3) == ""


@pytest.mark.parametrize(
    "key",
    ["ZW\u200b-1", "\ufeffZW-1", "ZW-1\u200e", "\xa0ZW\xad-1 ", "\u3000Z\u2060W-1", "ZW-\ufe0f1"],
)
def test_keys_that_look_the_same_are_one_key(key: str) -> None:
    assert clean_key(key) == "ZW-1"


def test_composed_and_decomposed_letters_are_one_key() -> None:
    assert clean_key("A\u0308-1") == clean_key("Ä-1") == clean_key("A\u200d\u0308-1") == "Ä-1"
    assert clean_text("Mu\u0308ller") == "Müller"


def test_white_space_within_a_key_counts_once_whatever_its_kind() -> None:
    assert clean_key("A  1") == clean_key("A\xa01") == clean_key("A\u2003\n1") == "A 1"
    assert clean_key("A1") != clean_key("A 1"), "people see that difference"


def test_within_a_text_invisible_characters_stay() -> None:
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # one word, with a non-joiner
    assert clean_text(persian) == persian
    assert clean_text("👩\u200d🔧 1") == "👩\u200d🔧 1"
    wales = "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
    assert clean_text(wales) == wales
    assert clean_text(wales[1:]) == "", "tags alone show nothing"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\x85", "\u2028", "\u2029"])
def test_line_ends_within_a_text_are_all_the_same(end: str) -> None:
    assert clean_text(f"one{end}two") == "one\ntwo"


@pytest.mark.parametrize(
    ("character", "code", "words"),
    [
        ("\0", "nul_character", "a NUL character"),
        ("\x1b", "control_character", "an escape character (U+001B)"),
        ("\x02", "control_character", "a control character (U+0002)"),
        ("\x0b", "control_character", "a vertical tab (U+000B)"),
        ("\x9b", "control_character", "a control character (U+009B)"),
        ("\u202e", "control_character", "a right-to-left override (U+202E)"),
        ("\u2066", "control_character", "a left-to-right isolate (U+2066)"),
        ("\ufffe", "control_character", "(U+FFFE)"),
        ("\uffff", "control_character", "(U+FFFF)"),
        ("\udcff", "not_utf8", "not encoded as UTF-8"),
    ],
)
def test_a_character_that_no_invoice_can_carry_is_refused_by_name(
    character: str, code: str, words: str
) -> None:
    for text in (character, f"a{character}b", f"ä{character} "):
        for clean in (clean_text, clean_key):
            with pytest.raises(UnfitText) as refused:
                clean(text)
            assert refused.value.code == code
            assert words in refused.value.says


@given(st.characters(exclude_categories=("Cs",)))
def test_a_character_is_clean_in_the_middle_if_it_is_clean_at_all(character: str) -> None:
    """The quick way for printable text agrees with the long way, which a line break forces."""
    try:
        long = clean_text(f"a{character}b\nc")
    except UnfitText:
        return
    assert clean_text(f"a{character}b") == long.removesuffix("\nc")
    assert clean_text(character) == clean_text(f"{character}\n")


@given(TEXTS)
def test_what_passes_can_stand_in_xml(text: str) -> None:
    try:
        cleaned = clean_text(text)
    except UnfitText:
        return
    assert re.fullmatch("[\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", cleaned)
