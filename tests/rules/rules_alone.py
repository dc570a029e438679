"""For every code of a finding an order that has this finding and no other."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from models.invoicing.source import Seller, SourceLine, SourceOrder
from tests.rules.examples import BUYER, SELLER, line, order

Case = tuple[SourceOrder, Seller]


def _buyer(*lines: SourceLine, **changes: Any) -> Case:
    return order(*lines, buyer=replace(BUYER, **changes)), SELLER


def _seller(*lines: SourceLine, **changes: Any) -> Case:
    return order(*lines), replace(SELLER, party=replace(SELLER.party, **changes))


def _lines(*lines: SourceLine, **changes: Any) -> Case:
    return order(*lines, **changes), SELLER


def untaxed(category: str, **changes: Any) -> SourceLine:
    """A line in a category that charges no tax."""
    return line(tax_category=category, tax_percent="0", **changes)


def row(row_type: str, amount: str, **changes: Any) -> SourceLine:
    """An allowance or charge."""
    given = {"quantity": "1", "unit_price": amount, "description": "Coupon", "unit": ""}
    return line(line_number=2, row_type=row_type, **{**given, **changes})


FRENCH = {"country": "FR", "vat_id": "FR40303265045"}

ALONE: dict[str, Case] = {
    "already_invoiced": _lines(status="invoiced"),
    "order_cancelled": _lines(status="cancelled"),
    "order_not_confirmed": _lines(status="draft"),
    "order_date_too_early": _lines(order_date=date(1989, 12, 31)),
    "order_date_too_far_ahead": _lines(order_date=date(2026, 8, 10)),
    "currency_unknown": _lines(currency="EUX"),
    "order_without_lines": _lines(row("charge", "5")),
    "description_missing": _lines(line(description=" ")),
    "reason_missing": _lines(line(), row("allowance", "5", description="")),
    "quantity_not_positive": _lines(line(quantity="0")),
    "unit_unknown": _lines(line(unit="Stk")),
    "unit_price_negative": _lines(line(unit_price="-1")),
    "amount_negative": _lines(line(), row("allowance", "-5")),
    "discount_out_of_range": _lines(line(discount_percent="120")),
    "tax_category_unknown": _lines(line(tax_category="X")),
    "tax_percent_inconsistent": _lines(line(tax_percent="0")),
    "tax_percent_looks_like_fraction": _lines(line(tax_percent="0.19")),
    "not_subject_to_vat_mixed": _buyer(line(), untaxed("O", line_number=2), vat_id=None),
    "not_subject_to_vat_with_vat_id": _lines(untaxed("O")),
    "not_intra_community": _lines(untaxed("K")),
    "customer_vat_id_not_of_member_state": _buyer(
        untaxed("K"), country="FR", vat_id="CHE107787577MWST"
    ),
    "not_an_export": _buyer(untaxed("G"), **FRENCH),
    "amount_out_of_range": _lines(line(quantity="1E+120000")),
    "total_negative": _lines(line(quantity="-1")),
    "total_zero": _lines(line(discount_percent="100")),
    "gross_prices_differ": _lines(line(quantity="100000", unit_price="0", unit_price_gross="0.01")),
    "expected_gross_differs": _lines(expected_gross=Decimal("199.91")),
    "customer_name_missing": _buyer(name=" "),
    "customer_street_missing": _buyer(street=""),
    "customer_city_missing": _buyer(city=""),
    "customer_country_missing": _buyer(country=""),
    "customer_country_unknown": _buyer(country="UK"),
    "customer_vat_id_missing": _buyer(untaxed("AE"), vat_id=None),
    "customer_vat_id_invalid": _buyer(vat_id="n/a"),
    "seller_address_missing": _seller(street=""),
    "seller_country_unknown": _seller(country="EL"),
    "seller_vat_id_missing": _seller(untaxed("AE"), vat_id=None),
    "seller_tax_number_missing": _seller(vat_id=" "),
    "seller_vat_id_invalid": _seller(vat_id="12345"),
}

CODES = ALONE.keys()
