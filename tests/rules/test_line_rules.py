"""The rules for a line, at the limits of each rule, and the report of a violation."""

from typing import Any

import pytest

from models.invoicing.finding import Finding
from models.invoicing.validation import validate
from tests.rules.examples import SELLER, TODAY, line, order


def findings(**changes: Any) -> tuple[Finding, ...]:
    return validate(order(line(), line(line_number=3, **changes)), SELLER, TODAY)


@pytest.mark.parametrize(
    "sound",
    [
        {"quantity": "0.000001"},
        {"quantity": "-0.000001"},
        {"quantity": "-3"},
        {"unit_price": "0"},
        {"unit_price": "-0.00"},
        {"discount_percent": "0"},
        {"discount_percent": "100.000"},
        {"tax_percent": "1"},
        {"tax_percent": "0.9"},
        {"tax_percent": "100"},
        {"tax_category": "Z", "tax_percent": "0.000"},
        {"tax_category": "E", "tax_percent": "-0"},
        {"unit": "XPK"},
        {"unit_price": "-5", "unit_price_gross": "0"},
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
            "Line 3 has the quantity 0; it must be above 0, or below 0 for a return.",
        ),
        ({"description": " \u00a0"}, "description_missing", "Line 3 has no description."),
        (
            {"unit": "Stück"},
            "unit_unknown",
            "Line 3 has the unit “Stück”, which is no code of UN/ECE recommendation 20.",
        ),
        ({"unit": ""}, "unit_unknown", "Line 3 has no unit."),
        (
            {"unit_price_gross": "-1.00"},
            "unit_price_negative",
            "Line 3 has the unit price -1; it must be 0 or more.",
        ),
        (
            {"tax_percent": "0.190"},
            "tax_percent_looks_like_fraction",
            "Line 3 is taxed at 0.19 %, but no VAT rate lies between 0 and 1 %.",
        ),
        (
            {"tax_percent": "0.0001"},
            "tax_percent_looks_like_fraction",
            "Line 3 is taxed at 0.0001 %, but no VAT rate lies between 0 and 1 %.",
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
            {"tax_category": "AE", "tax_percent": "19"},
            "tax_percent_inconsistent",
            "Line 3 is taxed at 19 %, but category AE (reverse charge) takes 0 %.",
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
    finding = findings(tax_category=category, tax_percent="0.0001")[0]
    assert finding.code == "tax_percent_inconsistent"
    assert f"category {category} (" in finding.message
    codes = [each.code for each in findings(tax_category=category, tax_percent="0")]
    assert "tax_percent_inconsistent" not in codes


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
    (finding,) = findings(unit_price="-1E+131071")
    assert finding.message == "Line 3 has the unit price -1E+131071; it must be 0 or more."
