"""The rules for one line of an order: quantity, price, discount and tax."""

from decimal import Decimal

from models.invoicing.finding import Finding
from models.invoicing.source import SourceLine, is_blank
from models.invoicing.tax_category import TAX_CATEGORIES

# In each rule is_finite comes first: NaN cannot be compared.


def _quantity(line: SourceLine) -> Finding | None:
    """Billmill's own rule: the quantity is above 0, because a return is a credit note."""
    number = line.line_number
    if not (line.quantity.is_finite() and line.quantity > 0):
        return Finding(
            "quantity_not_positive",
            f"Line {number} has the quantity {_plain(line.quantity)}; it must be above 0.",
            f"lines[{number}].quantity",
            f"Correct the quantity of line {number} or leave the line out, "
            "and import the order again.",
        )
    return None


def _unit_price(line: SourceLine) -> Finding | None:
    """EN 16931 BR-27: the net price is not negative."""
    number = line.line_number
    if not (line.unit_price.is_finite() and line.unit_price >= 0):
        return Finding(
            "unit_price_negative",
            f"Line {number} has the unit price {_plain(line.unit_price)}; it must be 0 or more.",
            f"lines[{number}].unit_price",
            f"Correct the unit price of line {number} and import the order again; "
            "money is given back with a credit note.",
        )
    return None


def _discount(line: SourceLine) -> Finding | None:
    """Billmill's own rule: a discount is between 0 and 100 %."""
    number = line.line_number
    if not (line.discount_percent.is_finite() and 0 <= line.discount_percent <= 100):
        return Finding(
            "discount_out_of_range",
            f"Line {number} has a discount of {_plain(line.discount_percent)} %; "
            "it must lie between 0 and 100 %.",
            f"lines[{number}].discount_percent",
            f"Correct the discount of line {number} and import the order again.",
        )
    return None


def _tax(line: SourceLine) -> Finding | None:
    """EN 16931 BR-CO-04: a line has a tax category. BR-S-05: the rate of S is above 0.

    BR-Z-05, BR-E-05, BR-AE-05, BR-IC-05, BR-G-05 and BR-O-05: the rate of all others is 0.
    """
    number, percent = line.line_number, line.tax_percent
    category = TAX_CATEGORIES.get(line.tax_category)
    if category is None:
        return Finding(
            "tax_category_unknown",
            f"Line {number} has no tax category."
            if is_blank(line.tax_category)
            else f"Line {number} has the tax category “{line.tax_category}”, which is not known.",
            f"lines[{number}].tax_category",
            f"Give line {number} one of the tax categories {', '.join(TAX_CATEGORIES)} "
            "and import the order again.",
        )
    if category.taxed and not (percent.is_finite() and 0 < percent <= 100):
        return Finding(
            "tax_percent_inconsistent",
            f"Line {number} is taxed at {_plain(percent)} %, but category {category.title} "
            "takes a rate above 0 and up to 100 %.",
            f"lines[{number}].tax_percent",
            f"Correct the rate of line {number}, or give it a tax category that takes 0 %, "
            "and import the order again.",
        )
    if not category.taxed and not (percent.is_finite() and percent == 0):
        return Finding(
            "tax_percent_inconsistent",
            f"Line {number} is taxed at {_plain(percent)} %, but category {category.title} "
            "takes 0 %.",
            f"lines[{number}].tax_percent",
            f"Set the rate of line {number} to 0, or its tax category to S, "
            "and import the order again.",
        )
    return None


_RULES = (_quantity, _unit_price, _discount, _tax)


def line_findings(line: SourceLine) -> list[Finding]:
    """Everything that is wrong with the line; empty if it can be invoiced."""
    return [finding for rule in _RULES if (finding := rule(line))]


def _plain(number: Decimal) -> str:
    """The number as people write it: 0 for 0.000000, and no exponent unless it is enormous."""
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
