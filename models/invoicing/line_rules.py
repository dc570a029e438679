"""What every line of an order must hold before it can be invoiced."""

from collections.abc import Iterator
from decimal import Decimal

from models.invoicing.finding import Finding
from models.invoicing.source import SourceLine, is_blank
from models.invoicing.tax_category import TAX_CATEGORIES


def line_findings(line: SourceLine) -> Iterator[Finding]:
    """Quantity, unit price, discount, tax category and percentage, in this order."""
    yield from _amount_findings(line)
    yield from _tax_findings(line)


def _amount_findings(line: SourceLine) -> Iterator[Finding]:
    # is_finite comes first: NaN cannot be compared.
    number = line.line_number
    if not (line.quantity.is_finite() and line.quantity > 0):
        yield Finding(
            "quantity_not_positive",
            f"Line {number} has the quantity {_plain(line.quantity)}; it must be above 0.",
            f"lines[{number}].quantity",
            f"Correct the quantity of line {number} or leave the line out, "
            "and import the order again.",
        )
    if not (line.unit_price.is_finite() and line.unit_price >= 0):
        yield Finding(
            "unit_price_negative",
            f"Line {number} has the unit price {_plain(line.unit_price)}; it must be 0 or more.",
            f"lines[{number}].unit_price",
            f"Correct the unit price of line {number} and import the order again; "
            "money is given back with a credit note.",
        )
    if not (line.discount_percent.is_finite() and 0 <= line.discount_percent <= 100):
        yield Finding(
            "discount_out_of_range",
            f"Line {number} has a discount of {_plain(line.discount_percent)} %; "
            "it must lie between 0 and 100 %.",
            f"lines[{number}].discount_percent",
            f"Correct the discount of line {number} and import the order again.",
        )


def _tax_findings(line: SourceLine) -> Iterator[Finding]:
    """EN 16931 BR-CO-04 (a category on every line), BR-S-05, and BR-Z-05 to BR-O-05."""
    number, percent = line.line_number, line.tax_percent
    category = TAX_CATEGORIES.get(line.tax_category)
    if category is None:
        yield Finding(
            "tax_category_unknown",
            f"Line {number} has no tax category."
            if is_blank(line.tax_category)
            else f"Line {number} has the tax category “{line.tax_category}”, which is not known.",
            f"lines[{number}].tax_category",
            f"Give line {number} one of the tax categories {', '.join(TAX_CATEGORIES)} "
            "and import the order again.",
        )
    elif category.taxed and not (percent.is_finite() and 0 < percent <= 100):
        yield Finding(
            "tax_percent_inconsistent",
            f"Line {number} is taxed at {_plain(percent)} %, but category {category.title} "
            "takes a rate above 0 and up to 100 %.",
            f"lines[{number}].tax_percent",
            f"Correct the rate of line {number}, or give it a tax category that takes 0 %, "
            "and import the order again.",
        )
    elif not category.taxed and not (percent.is_finite() and percent == 0):
        yield Finding(
            "tax_percent_inconsistent",
            f"Line {number} is taxed at {_plain(percent)} %, but category {category.title} "
            "takes 0 %.",
            f"lines[{number}].tax_percent",
            f"Set the rate of line {number} to 0, or its tax category to S, "
            "and import the order again.",
        )


def _plain(number: Decimal) -> str:
    """As a clerk would write it: 0 for 0.000000, and no exponent unless it is enormous."""
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
