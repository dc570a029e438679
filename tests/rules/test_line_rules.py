"""The rules for a line, at the limits of each rule, and the report of a violation."""

from typing import Any

import pytest

from models.invoicing.finding import Finding
from models.invoicing.validation import validate
from tests.rules.examples import SELLER, line, order


def findings(**changes: Any) -> tuple[Finding, ...]:
    return validate(order(line(line_number=3, **changes)), SELLER)


@pytest.mark.parametrize(
    "sound",
    [
        {"quantity": "0.000001"},
        {"unit_price": "0"},
        {"unit_price": "-0.00"},
        {"discount_percent": "0"},
        {"discount_percent": "100.000"},
        {"tax_percent": "0.0001"},
        {"tax_percent": "100"},
        {"tax_category": "Z", "tax_percent": "0.000"},
        {"tax_category": "G", "tax_percent": "-0"},
    ],
)
def test_a_value_at_the_limit_is_valid(sound: dict[str, str]) -> None:
    assert findings(**sound) == ()


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"quantity": "0.000000"},
            "quantity_not_positive",
            "Line 3 has the quantity 0; it must be above 0.",
        ),
        (
            {"quantity": "-12.50"},
            "quantity_not_positive",
            "Line 3 has the quantity -12.5; it must be above 0.",
        ),
        (
            {"unit_price": "-0.000001"},
            "unit_price_negative",
            "Line 3 has the unit price -0.000001; it must be 0 or more.",
        ),
        (
            {"discount_percent": "100.0001"},
            "discount_out_of_range",
            "Line 3 has a discount of 100.0001 %; it must lie between 0 and 100 %.",
        ),
        (
            {"discount_percent": "-5.00"},
            "discount_out_of_range",
            "Line 3 has a discount of -5 %; it must lie between 0 and 100 %.",
        ),
        (
            {"tax_category": "X"},
            "tax_category_unknown",
            "Line 3 has the tax category “X”, which is not known.",
        ),
        (
            {"tax_category": "s"},
            "tax_category_unknown",
            "Line 3 has the tax category “s”, which is not known.",
        ),
        ({"tax_category": " "}, "tax_category_unknown", "Line 3 has no tax category."),
        (
            {"tax_percent": "0.00"},
            "tax_percent_inconsistent",
            "Line 3 is taxed at 0 %, but category S (standard rate) "
            "takes a rate above 0 and up to 100 %.",
        ),
        (
            {"tax_percent": "190"},
            "tax_percent_inconsistent",
            "Line 3 is taxed at 190 %, but category S (standard rate) "
            "takes a rate above 0 and up to 100 %.",
        ),
        (
            {"tax_category": "K", "tax_percent": "19"},
            "tax_percent_inconsistent",
            "Line 3 is taxed at 19 %, but category K (intra-Community supply) takes 0 %.",
        ),
    ],
)
def test_a_breach_names_the_line_and_the_value(
    changes: dict[str, str], code: str, message: str
) -> None:
    (finding,) = findings(**changes)
    assert (finding.code, finding.message) == (code, message)
    (changed, *_) = reversed(changes)
    assert finding.field == f"lines[3].{changed}"
    assert "line 3" in finding.remedy


@pytest.mark.parametrize("category", ["Z", "E", "AE", "K", "G", "O"])
def test_an_untaxed_category_allows_no_percentage(category: str) -> None:
    (finding,) = findings(tax_category=category, tax_percent="0.0001")
    assert finding.code == "tax_percent_inconsistent"
    assert f"category {category} (" in finding.message
    assert findings(tax_category=category, tax_percent="0") == ()


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("quantity", "quantity_not_positive"),
        ("unit_price", "unit_price_negative"),
        ("discount_percent", "discount_out_of_range"),
        ("tax_percent", "tax_percent_inconsistent"),
    ],
)
def test_a_number_that_is_not_finite_is_refused(field: str, code: str, number: str) -> None:
    (finding,) = findings(**{field: number})
    assert finding.code == code
    assert number in finding.message


def test_an_enormous_number_is_shortened_in_the_message() -> None:
    (finding,) = findings(quantity="-1E+131071")
    assert finding.message == "Line 3 has the quantity -1E+131071; it must be above 0."
