"""The rules for one row of an order: what is sold, how much of it, its price and its tax."""

from decimal import Decimal
from typing import Final

from models.invoicing.currency import EXACT
from models.invoicing.finding import OR_IMPORT_AGAIN, Finding
from models.invoicing.source import SourceLine, is_blank
from models.invoicing.tax_category import TAX_CATEGORIES
from models.invoicing.unit_codes import UNIT_CODES
from models.invoicing.units import unit_code

_CORSICA: Final = Decimal("0.9")
"""The one rate of the EU below 1 %, for live animals and some theatre tickets (CGI art. 297)."""

# In each rule is_finite comes first: NaN cannot be compared.


def _description(line: SourceLine) -> Finding | None:
    """EN 16931 BR-25: a line names what is sold. BR-33, BR-38: an allowance or charge says why."""
    if not is_blank(line.description):
        return None
    number = line.line_number
    if line.row_type == "line":
        return Finding(
            "description_missing",
            f"Line {number} has no description.",
            f"lines[{number}].description",
            f"Say what line {number} is for {OR_IMPORT_AGAIN}",
        )
    return Finding(
        "reason_missing",
        f"The {line.row_type} in line {number} has no reason.",
        f"lines[{number}].description",
        f"Give the {line.row_type} in line {number} a reason {OR_IMPORT_AGAIN}",
    )


def _quantity(line: SourceLine) -> Finding | None:
    """Billmill's own rule: the quantity is not 0. Below 0 it is a return, as EN 16931 allows."""
    number = line.line_number
    if not (line.quantity.is_finite() and line.quantity):
        return Finding(
            "quantity_not_positive",
            f"Line {number} has the quantity {_plain(line.quantity)}; it must be above 0, "
            "or below 0 for a return.",
            f"lines[{number}].quantity",
            f"Correct the quantity of line {number} or leave the line out {OR_IMPORT_AGAIN}",
        )
    return None


def _unit(line: SourceLine) -> Finding | None:
    """EN 16931 BR-23 and BR-CL-23: a unit of UN/ECE recommendation 20 or 21."""
    if line.unit in UNIT_CODES or line.row_type != "line":
        return None
    number, meant = line.line_number, unit_code(line.unit)
    return Finding(
        "unit_unknown",
        f"Line {number} has no unit."
        if is_blank(line.unit)
        else f"Line {number} has the unit “{line.unit}”, which is no code of UN/ECE "
        "recommendation 20.",
        f"lines[{number}].unit",
        f"Use {meant or 'a code such as C62 (piece) or HUR (hour)'} for line {number} "
        f"{OR_IMPORT_AGAIN}",
    )


def _price(line: SourceLine) -> Finding | None:
    """EN 16931 BR-27: the net price is not negative. BR-28: nor is the gross price.

    Nor the amount of an allowance or charge: one is the opposite of the other.
    """
    number = line.line_number
    gross = line.unit_price_gross
    price, field = (line.unit_price, "unit_price") if gross is None else (gross, "unit_price_gross")
    if price.is_finite() and price >= 0:
        return None
    if line.row_type != "line":
        return Finding(
            "amount_negative",
            f"The {line.row_type} in line {number} has the amount {_plain(price)}; "
            "it must be 0 or more.",
            f"lines[{number}].{field}",
            f"Write the amount of line {number} without its sign: an allowance is subtracted, "
            "a charge is added.",
        )
    return Finding(
        "unit_price_negative",
        f"Line {number} has the unit price {_plain(price)}; it must be 0 or more.",
        f"lines[{number}].{field}",
        f"Add an allowance instead of line {number} (in a file a row with the row_type "
        "“allowance”), or give it a quantity below 0 if goods came back.",
    )


def _discount(line: SourceLine) -> Finding | None:
    """Billmill's own rule: a discount is between 0 and 100 %."""
    number = line.line_number
    if not (line.discount_percent.is_finite() and 0 <= line.discount_percent <= 100):
        return Finding(
            "discount_out_of_range",
            f"Line {number} has a discount of {_plain(line.discount_percent)} %; "
            "it must lie between 0 and 100 %.",
            f"lines[{number}].discount_percent",
            f"Correct the discount of line {number} {OR_IMPORT_AGAIN}",
        )
    return None


def _tax_category(line: SourceLine) -> Finding | None:
    """EN 16931 BR-CO-04: a line has a tax category. BR-32 and BR-37: so has every allowance and
    charge."""
    number = line.line_number
    if line.tax_category in TAX_CATEGORIES:
        return None
    return Finding(
        "tax_category_unknown",
        f"Line {number} has no tax category."
        if is_blank(line.tax_category)
        else f"Line {number} has the tax category “{line.tax_category}”, which is not known.",
        f"lines[{number}].tax_category",
        f"Give line {number} one of the tax categories {', '.join(TAX_CATEGORIES)} "
        f"{OR_IMPORT_AGAIN}",
    )


def _tax_percent(line: SourceLine) -> Finding | None:
    """EN 16931 BR-S-05: the rate of S is above 0.

    BR-Z-05, BR-E-05, BR-AE-05, BR-IC-05, BR-G-05 and BR-O-05: the rate of all others is 0. BR-S-06
    and BR-S-07 and their likes say the same of allowances and charges.
    """
    category = TAX_CATEGORIES.get(line.tax_category)
    if category is None:
        return None
    number, percent = line.line_number, line.tax_percent
    if category.taxed:
        if percent.is_finite() and 0 < percent <= 100:
            return _fraction(line)
        demanded = "takes a rate above 0 and up to 100 %"
        remedy = f"Correct the rate or the tax category of line {number} {OR_IMPORT_AGAIN}"
        if percent.is_finite() and percent == 0:
            remedy += " The mapping of a file can say what its 0 % means."
    else:
        if percent.is_finite() and percent == 0:
            return None
        demanded = "takes 0 %"
        remedy = f"Set the rate of line {number} to 0 or its tax category to S {OR_IMPORT_AGAIN}"
    return Finding(
        "tax_percent_inconsistent",
        f"Line {number} is taxed at {_plain(percent)} %, but category {category.title} {demanded}.",
        f"lines[{number}].tax_percent",
        remedy,
    )


def _fraction(line: SourceLine) -> Finding | None:
    """Billmill's own rule: 0.19 is 19 % written as a fraction, because no rate of VAT lies between
    0 and 1 % (Directive 2006/112/EC art. 97 to 110), but that of Corsica."""
    number, percent = line.line_number, line.tax_percent
    if percent >= 1 or percent == _CORSICA:
        return None
    as_percent = _plain(EXACT.multiply(percent, Decimal(100)))
    return Finding(
        "tax_percent_looks_like_fraction",
        f"Line {number} is taxed at {_plain(percent)} %, but no VAT rate lies between 0 and 1 %.",
        f"lines[{number}].tax_percent",
        f"Write {as_percent} for {as_percent} % in line {number} {OR_IMPORT_AGAIN}",
    )


_RULES = (_description, _quantity, _unit, _price, _discount, _tax_category, _tax_percent)


def line_findings(line: SourceLine) -> list[Finding]:
    """Everything that is wrong with the row; empty if it can be invoiced."""
    return [finding for rule in _RULES if (finding := rule(line))]


def _plain(number: Decimal) -> str:
    """The number as people write it: 0 for 0.000000, and no exponent unless it is enormous."""
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
