"""When an order can be invoiced, and the findings when it cannot."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from models.invoicing.finding import Finding
from models.invoicing.source import Seller
from models.invoicing.validation import validate
from tests.rules.examples import BUYER, SELLER, TODAY, line, order


def only(findings: Sequence[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def test_a_sound_order_can_be_invoiced() -> None:
    assert validate(order(), SELLER, TODAY) == ()


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"status": "draft"},
            "order_not_confirmed",
            "Order 10248 has the status “draft”, not “confirmed”.",
        ),
        (
            {"status": "on hold"},
            "order_not_confirmed",
            "Order 10248 has the status “on hold”, not “confirmed”.",
        ),
        ({"status": "cancelled"}, "order_cancelled", "Order 10248 has been cancelled."),
        ({"status": "invoiced"}, "already_invoiced", "Order 10248 has already been invoiced."),
        (
            {"status": "invoiced", "invoice_number": "INV-2026-000041"},
            "already_invoiced",
            "Order 10248 has already been invoiced as INV-2026-000041.",
        ),
        (
            {"status": "confirmed", "invoice_number": "INV-2026-000041"},
            "already_invoiced",
            "Order 10248 has already been invoiced as INV-2026-000041.",
        ),
    ],
)
def test_only_a_confirmed_order_that_has_no_invoice_is_invoiced(
    changes: dict[str, str], code: str, message: str
) -> None:
    finding = only(validate(order(**changes), SELLER, TODAY))
    assert (finding.code, finding.message, finding.field) == (code, message, "status")


@pytest.mark.parametrize("day", [date(1990, 1, 1), TODAY + timedelta(days=30)])
def test_the_first_and_the_last_day_of_an_order_are_allowed(day: date) -> None:
    assert validate(order(order_date=day), SELLER, TODAY) == ()


@pytest.mark.parametrize(
    ("sold", "returned", "codes"),
    [
        (("100", "19"), ("-110", "0"), ["total_negative"]),  # -10.00 net, 9.00 with VAT
        (("110", "0"), ("-100", "19"), ["total_negative"]),  # 10.00 net, -9.00 with VAT
        (("119", "0"), ("-100", "19"), []),  # 19.00 net, 0.00 with VAT
    ],
)
def test_neither_net_nor_gross_is_negative_and_not_both_are_zero(
    sold: tuple[str, str], returned: tuple[str, str], codes: list[str]
) -> None:
    rates = {"19": "S", "0": "E"}
    lines = [
        line(line_number=n, quantity=quantity, unit_price="1", discount_percent="0",
             tax_category=rates[percent], tax_percent=percent)
        for n, (quantity, percent) in enumerate((sold, returned), 1)
    ]  # fmt: skip
    assert [found.code for found in validate(order(*lines), SELLER, TODAY)] == codes


@pytest.mark.parametrize(
    ("currency", "message"),
    [
        ("ZZZ", "The currency “ZZZ” is not an active currency of ISO 4217."),
        ("eur", "The currency “eur” is not an active currency of ISO 4217."),
        (" ", "Order 10248 has no currency."),
    ],
)
def test_the_currency_must_be_known(currency: str, message: str) -> None:
    finding = only(validate(order(currency=currency), SELLER, TODAY))
    assert (finding.code, finding.message, finding.field) == (
        "currency_unknown",
        message,
        "currency",
    )


def test_an_order_needs_a_line() -> None:
    finding = only(validate(order(lines=()), SELLER, TODAY))
    assert (finding.code, finding.message, finding.field) == (
        "order_without_lines",
        "Order 10248 has no lines.",
        "lines",
    )


@pytest.mark.parametrize("blank", ["", "  ", "\t\n", "\u00a0"])
@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("name", "The customer of order 10248 has no name."),
        ("street", "Customer Alfreds Futterkiste has no street."),
        ("city", "Customer Alfreds Futterkiste has no city."),
        ("country", "Customer Alfreds Futterkiste has no country."),
    ],
)
def test_the_customer_needs_name_and_address(part: str, message: str, blank: str) -> None:
    finding = only(validate(order(buyer=replace(BUYER, **{part: blank})), SELLER, TODAY))
    assert finding == Finding(
        f"customer_{part}_missing",
        message,
        f"customer.{part}",
        f"Add the customer's {part} in the order, or import it again.",
    )


@pytest.mark.parametrize("part", ["name", "street", "city", "country"])
def test_the_organisation_needs_name_and_address(part: str) -> None:
    seller = Seller(replace(SELLER.party, **{part: " "}), 30)
    assert only(validate(order(), seller, TODAY)) == Finding(
        "seller_address_missing",
        f"Your organisation has no {part}.",
        f"organization.{part}",
        "Ask an admin to mend your organisation in the browser, or the operator of Billmill to add "
        f"your organisation's {part} with `billmill org edit --{part}`.",
    )


def test_a_postal_code_and_an_email_are_not_needed() -> None:
    buyer = replace(BUYER, postal_code="", email=None)
    assert validate(order(buyer=buyer), SELLER, TODAY) == ()


@pytest.mark.parametrize("missing", [None, "", "  "])
@pytest.mark.parametrize(("category", "name"), [("AE", "reverse charge"), ("K", "intra-")])
def test_reverse_charge_and_intra_community_supply_need_both_vat_ids(
    category: str, name: str, missing: str | None
) -> None:
    untaxed = line(line_number=7, tax_category=category, tax_percent="0")
    french = replace(BUYER, country="FR", vat_id="FR40303265045")
    buyer = replace(french, vat_id=missing)
    seller = Seller(replace(SELLER.party, vat_id=missing), 30, tax_number="22/815/08151")
    findings = validate(order(line(), untaxed, untaxed, buyer=buyer), seller, TODAY)
    assert [(v.code, v.field) for v in findings] == [
        ("customer_vat_id_missing", "customer.vat_id"),
        ("seller_vat_id_missing", "organization.vat_id"),
    ]
    assert all(f"line 7, taxed as {category} ({name}" in v.message for v in findings)
    assert findings[0].message.startswith("Customer Alfreds Futterkiste has no VAT id")
    assert validate(order(line(), untaxed, buyer=french), SELLER, TODAY) == ()


@pytest.mark.parametrize("category", ["S", "Z", "E", "O"])
def test_the_other_categories_need_no_vat_id(category: str) -> None:
    taxed = line(tax_category=category, tax_percent="19" if category == "S" else "0")
    without = order(taxed, buyer=replace(BUYER, vat_id=None))
    seller = Seller(replace(SELLER.party, vat_id=None), 30, tax_number="22/815/08151")
    assert validate(without, seller, TODAY) == ()


@pytest.mark.parametrize("category", ["S", "Z", "E"])
def test_a_seller_without_vat_id_needs_a_tax_number(category: str) -> None:
    taxed = line(tax_category=category, tax_percent="19" if category == "S" else "0")
    seller = Seller(replace(SELLER.party, vat_id=None), 30, tax_number=" ")
    finding = only(validate(order(taxed), seller, TODAY))
    assert (finding.code, finding.field) == (
        "seller_tax_number_missing",
        "organization.tax_number",
    )
    assert "`billmill org edit --tax-number`" in finding.remedy


def test_an_export_needs_the_seller_s_vat_id_and_none_of_the_buyer() -> None:
    sold = order(line(tax_category="G", tax_percent="0"), buyer=replace(BUYER, country="US"))
    without = replace(sold, buyer=replace(sold.buyer, vat_id=None))
    assert validate(without, SELLER, TODAY) == ()
    seller = Seller(replace(SELLER.party, vat_id=None), 30, tax_number="22/815/08151")
    assert only(validate(without, seller, TODAY)).code == "seller_vat_id_missing"


def test_all_findings_are_reported_the_most_useful_first() -> None:
    wrong = {"quantity": "0", "unit_price": "-1", "discount_percent": "120"}
    spoilt = order(
        line(line_number=2, **wrong, tax_category="AE", tax_percent="19"),
        line(line_number=1, **wrong, tax_category="??"),
        status="draft",
        currency="ZZZ",
        buyer=replace(BUYER, name="", street="", city="", country="", vat_id=None),
    )
    seller = Seller(replace(SELLER.party, street="", vat_id=None), 30)
    assert [(v.code, v.field) for v in validate(spoilt, seller, TODAY)] == [
        ("order_not_confirmed", "status"),
        ("currency_unknown", "currency"),
        ("quantity_not_positive", "lines[2].quantity"),
        ("unit_price_negative", "lines[2].unit_price"),
        ("discount_out_of_range", "lines[2].discount_percent"),
        ("tax_percent_inconsistent", "lines[2].tax_percent"),
        ("quantity_not_positive", "lines[1].quantity"),
        ("unit_price_negative", "lines[1].unit_price"),
        ("discount_out_of_range", "lines[1].discount_percent"),
        ("tax_category_unknown", "lines[1].tax_category"),
        ("customer_name_missing", "customer.name"),
        ("customer_street_missing", "customer.street"),
        ("customer_city_missing", "customer.city"),
        ("customer_country_missing", "customer.country"),
        ("customer_vat_id_missing", "customer.vat_id"),
        ("seller_address_missing", "organization.street"),
        ("seller_vat_id_missing", "organization.vat_id"),
    ]
