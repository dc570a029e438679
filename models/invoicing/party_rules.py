"""The rules for buyer and seller: names, addresses, countries, VAT ids and tax numbers."""

from collections.abc import Iterator, Mapping
from typing import Final

from models.invoicing.countries import COUNTRY_CODES, OFTEN_MEANT
from models.invoicing.finding import ASK_AN_ADMIN, OR_IMPORT_AGAIN, Finding
from models.invoicing.source import Party, Seller, SourceLine, SourceOrder, is_blank
from models.invoicing.tax_category import TAX_CATEGORIES
from models.invoicing.vat_ids import VatIdCheck, check_vat_id

_ADDRESS_PARTS: Final = ("name", "street", "city", "country")
_EDIT: Final = "with `billmill org edit"


def customer_findings(
    order: SourceOrder, by_category: Mapping[str, SourceLine]
) -> Iterator[Finding]:
    """EN 16931 BR-07, BR-10 and BR-11: the customer has a name, an address and a country.

    BR-CL-14: the country is one of ISO 3166-1. BR-AE-02 and BR-IC-02: it has a VAT id where a line
    is taxed in a category that needs one. BR-CO-09: what is given is a VAT id. Directive
    2006/112/EC art. 226 (4) and (5) demand the same.
    """
    buyer = order.buyer
    customer = f"Customer {buyer.name}"
    if is_blank(buyer.name):
        customer = f"The customer of order {order.order_number}"
    for part in _missing_parts(buyer):
        yield Finding(
            f"customer_{part}_missing",
            f"{customer} has no {part}.",
            f"customer.{part}",
            f"Add the customer's {part} {OR_IMPORT_AGAIN}",
        )
    if _unknown_country(buyer):
        yield Finding(
            "customer_country_unknown",
            f"{customer} has the country “{buyer.country}”, which is no code of ISO 3166-1.",
            "customer.country",
            f"{_country_to_use(buyer.country)} {OR_IMPORT_AGAIN}",
        )
    line = _line_that_needs_vat_ids(by_category)
    if line and is_blank(buyer.vat_id):
        yield Finding(
            "customer_vat_id_missing",
            f"{customer} has no VAT id, but {_taxed_as(line)} demands one.",
            "customer.vat_id",
            f"Add the customer's VAT id or correct the tax category {OR_IMPORT_AGAIN}",
        )
    if _no_vat_id(buyer):
        yield Finding(
            "customer_vat_id_invalid",
            f"{customer} has the VAT id “{buyer.vat_id}”, which is none: a VAT id begins with the "
            "code of its state, such as DE136695976.",
            "customer.vat_id",
            f"Correct or remove the customer's VAT id {OR_IMPORT_AGAIN}",
        )


def seller_findings(seller: Seller, by_category: Mapping[str, SourceLine]) -> Iterator[Finding]:
    """EN 16931 BR-06, BR-08 and BR-09: the seller has a name, an address and a country.

    BR-CL-14 and BR-CO-09 as for the customer. Directive 2006/112/EC art. 226 (3) and (5) demand
    the same.
    """
    party = seller.party
    for part in _missing_parts(party):
        yield Finding(
            "seller_address_missing",
            f"Your organisation has no {part}.",
            f"organization.{part}",
            f"{ASK_AN_ADMIN} add your organisation's {part} {_EDIT} --{part}`.",
        )
    if _unknown_country(party):
        yield Finding(
            "seller_country_unknown",
            f"Your organisation has the country “{party.country}”, which is no code of ISO 3166-1.",
            "organization.country",
            f"{ASK_AN_ADMIN} correct your organisation's country {_EDIT} --country`.",
        )
    yield from _seller_registration(seller, by_category)
    if _no_vat_id(party):
        yield Finding(
            "seller_vat_id_invalid",
            f"Your organisation has the VAT id “{party.vat_id}”, which is none: a VAT id begins "
            "with the code of its state, such as DE136695976.",
            "organization.vat_id",
            f"{ASK_AN_ADMIN} correct your organisation's VAT id {_EDIT} --vat-id`.",
        )


def _seller_registration(
    seller: Seller, by_category: Mapping[str, SourceLine]
) -> Iterator[Finding]:
    """EN 16931 BR-S-02, BR-Z-02 and BR-E-02: the seller has a VAT id or a tax number.

    BR-IC-02 and BR-G-02 accept a VAT id only, as does Directive 2006/112/EC art. 226 (3) with
    (11a) for AE, where BR-AE-02 would take the tax number.
    """
    if not is_blank(seller.party.vat_id):
        return
    line = next((by_category[code] for code in ("AE", "K", "G") if code in by_category), None)
    if line:
        yield Finding(
            "seller_vat_id_missing",
            f"Your organisation has no VAT id, but {_taxed_as(line)} demands one.",
            "organization.vat_id",
            f"{ASK_AN_ADMIN} add your organisation's VAT id {_EDIT} --vat-id`.",
        )
    line = next((by_category[code] for code in ("S", "Z", "E") if code in by_category), None)
    if line and is_blank(seller.tax_number):
        yield Finding(
            "seller_tax_number_missing",
            f"Your organisation has neither a VAT id nor a tax number, but {_taxed_as(line)} "
            "demands one.",
            "organization.tax_number",
            f"{ASK_AN_ADMIN} add it {_EDIT} --tax-number`, or --vat-id.",
        )


def _missing_parts(party: Party) -> list[str]:
    address = (party.name, party.street, party.city, party.country)
    return [part for part, text in zip(_ADDRESS_PARTS, address, strict=True) if is_blank(text)]


def _unknown_country(party: Party) -> bool:
    return party.country not in COUNTRY_CODES and not is_blank(party.country)


def _country_to_use(country: str) -> str:
    """The beginning of a remedy: which code is meant."""
    given = country.strip().upper()
    meant = OFTEN_MEANT.get(given, given)
    if meant in COUNTRY_CODES:
        return f"{country.strip()}: use {meant}"
    return "Set a code such as DE or FR"


def _no_vat_id(party: Party) -> bool:
    given = party.vat_id
    return bool(given and not given.isspace() and check_vat_id(given) is VatIdCheck.NO_VAT_ID)


def _line_that_needs_vat_ids(by_category: Mapping[str, SourceLine]) -> SourceLine | None:
    for code, line in by_category.items():
        if TAX_CATEGORIES[code].needs_vat_ids:
            return line
    return None


def _taxed_as(line: SourceLine) -> str:
    return f"line {line.line_number}, taxed as {TAX_CATEGORIES[line.tax_category].title},"
