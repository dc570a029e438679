"""Units are codes of UN/ECE recommendations 20 and 21, and the words that people write for them."""

import pytest

from models.invoicing.unit_codes import UNIT_CODES
from models.invoicing.units import UNIT_WORDS, unit_code
from web import formatting


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("C62", "C62"),
        ("H87", "H87"),
        ("XPK", "XPK"),
        ("STK", "STK"),
        ("c62", "C62"),
        (" kgm ", "KGM"),
        ("Stk", "C62"),
        ("Stk.", "C62"),
        ("Stück", "C62"),
        ("STÜCK", "C62"),
        ("pcs", "C62"),
        ("pc", "C62"),
        ("ea", "EA"),
        ("hour", "HUR"),
        ("h", "HUR"),
        ("Std.", "HUR"),
        ("Tag", "DAY"),
        ("day", "DAY"),
        ("Monat", "MON"),
        ("kg", "KGM"),
        ("KG", "KGM"),
        ("g", "GRM"),
        ("m", "MTR"),
        ("cm", "CMT"),
        ("km", "KMT"),
        ("l", "LTR"),
        ("ml", "MLT"),
        ("m2", "MTK"),
        ("m³", "MTQ"),
        ("Paar", "PR"),
        ("set", "SET"),
        ("BX", "XBX"),
        ("Lump  sum", "LS"),
    ],
)
def test_a_code_stays_and_a_word_means_one(written: str, code: str) -> None:
    assert unit_code(written) == code


@pytest.mark.parametrize("written", ["", " ", "furlongs", "XX", "X", "xx", "C-62", "C620", "…"])
def test_anything_else_is_no_unit(written: str) -> None:
    assert unit_code(written) is None


def test_every_word_means_a_code_of_the_list() -> None:
    assert {*UNIT_WORDS.values()} <= UNIT_CODES
    assert all(word == word.casefold() and unit_code(word) for word in UNIT_WORDS)


def test_the_list_has_all_codes_of_both_recommendations() -> None:
    assert len(UNIT_CODES) == 2_162
    assert sum(code.startswith("X") for code in UNIT_CODES) == 407
    assert {*formatting.UNIT_WORDS} <= UNIT_CODES
