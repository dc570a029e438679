"""Why no tax is charged (Directive 2006/112/EC art. 226 (11) and (11a); EN 16931 BR-*-10)."""

import pytest

from models.invoicing.tax_category import TAX_CATEGORIES
from models.invoicing.totals import compute_totals
from tests.rules.examples import line


def reason(category: str) -> str | None:
    percent = "19" if category == "S" else "0"
    lines = [line(tax_category=category, tax_percent=percent)]
    (subtotal,) = compute_totals(lines, "EUR").tax_breakdown
    return subtotal.reason


def test_the_categories_are_those_of_uncl_5305_that_billmill_invoices() -> None:
    assert list(TAX_CATEGORIES) == ["S", "Z", "E", "AE", "K", "G", "O"]


@pytest.mark.parametrize("category", ["S", "Z"])
def test_taxed_and_zero_rated_sales_give_no_reason(category: str) -> None:
    assert reason(category) is None


@pytest.mark.parametrize(
    ("category", "words"),
    [
        ("E", ["exempt"]),
        ("AE", ["Reverse charge", "2006/112/EC", "art. 194 to 196"]),
        ("K", ["Intra-Community supply", "exempt", "2006/112/EC", "art. 138"]),
        ("G", ["Export outside the EU", "exempt", "2006/112/EC", "art. 146"]),
        ("O", ["Not subject to VAT"]),
    ],
)
def test_untaxed_sales_say_why_no_tax_is_charged(category: str, words: list[str]) -> None:
    text = reason(category)
    assert text is not None
    assert [word for word in words if word not in text] == []
