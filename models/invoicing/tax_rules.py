"""The rules for tax categories that depend on the parties or on the order's other lines."""

from collections.abc import Iterable, Iterator

from models.invoicing.countries import COUNTRY_CODES, MEMBER_STATES, vat_territory
from models.invoicing.finding import OR_IMPORT_AGAIN, Finding
from models.invoicing.source import Party, Seller, SourceLine, SourceOrder, is_blank
from models.invoicing.tax_category import TAX_CATEGORIES
from models.invoicing.vat_ids import VatIdCheck, check_vat_id, state_of_vat_id


def first_lines_by_category(lines: Iterable[SourceLine]) -> dict[str, SourceLine]:
    """The first row of each known tax category that the order has."""
    found: dict[str, SourceLine] = {}
    for line in lines:
        if line.tax_category in TAX_CATEGORIES and line.tax_category not in found:
            found[line.tax_category] = line
    return found


def tax_findings(
    order: SourceOrder, seller: Seller, by_category: dict[str, SourceLine]
) -> Iterator[Finding]:
    """What is wrong with the order's tax categories; one finding per category and rule."""
    if "O" in by_category:
        yield from _not_subject(order, by_category)
    if "K" in by_category:
        yield from _intra_community(order.buyer, seller.party, by_category["K"])
    if "G" in by_category:
        yield from _export(order.buyer, seller.party, by_category["G"])


def _not_subject(order: SourceOrder, by_category: dict[str, SourceLine]) -> Iterator[Finding]:
    """EN 16931 BR-O-11 to BR-O-14: category O has no other beside it, in lines or in allowances.

    BR-O-02: nor does such an invoice have the buyer's VAT id. The seller's is left out of it
    (`draft.draft_invoice`).
    """
    line = by_category["O"]
    others = [code for code in by_category if code != "O"]
    if others:
        other = by_category[others[0]]
        yield Finding(
            "not_subject_to_vat_mixed",
            f"Line {line.line_number} is not subject to VAT (O), but line {other.line_number} is "
            f"taxed as {TAX_CATEGORIES[others[0]].title}; an invoice cannot have both.",
            f"lines[{line.line_number}].tax_category",
            "Make two orders of it, or give the lines without VAT another category, such as E, "
            f"{OR_IMPORT_AGAIN}",
        )
    if not is_blank(order.buyer.vat_id):
        yield Finding(
            "not_subject_to_vat_with_vat_id",
            f"Line {line.line_number} is not subject to VAT (O); such an invoice names no VAT id, "
            f"but the customer has {order.buyer.vat_id}.",
            "customer.vat_id",
            f"Remove the customer's VAT id or correct the tax category {OR_IMPORT_AGAIN}",
        )


def _intra_community(buyer: Party, seller: Party, line: SourceLine) -> Iterator[Finding]:
    """Directive 2006/112/EC art. 138: K goes from one member state to another.

    The buyer is identified for VAT in a member state (art. 138 (1) (b); EN 16931 BR-IC-02 demands
    an id, this rule that it is one of a member state or of Northern Ireland).
    """
    number, title = line.line_number, TAX_CATEGORIES["K"].title
    here = vat_territory(seller.country, seller.postal_code, seller.vat_id)
    there = vat_territory(buyer.country, buyer.postal_code, buyer.vat_id)
    if buyer.country in COUNTRY_CODES and (here is None or there is None or here == there):
        yield Finding(
            "not_intra_community",
            f"Line {number} is taxed as {title}, which goes from one member state of the EU to "
            f"another, but it would go from {seller.country} to {_place(buyer)}.",
            f"lines[{number}].tax_category",
            f"Correct the tax category of line {number} or the customer's country "
            f"{OR_IMPORT_AGAIN}",
        )
    vat_id = buyer.vat_id or ""
    if is_blank(vat_id) or check_vat_id(vat_id) is VatIdCheck.NO_VAT_ID:
        return
    if state_of_vat_id(vat_id) is None:
        yield Finding(
            "customer_vat_id_not_of_member_state",
            f"Line {number} is taxed as {title}, which demands a VAT id of a member state of the "
            f"EU, but the customer has {vat_id}.",
            "customer.vat_id",
            f"Correct the customer's VAT id or the tax category of line {number} {OR_IMPORT_AGAIN}",
        )


def _export(buyer: Party, seller: Party, line: SourceLine) -> Iterator[Finding]:
    """Directive 2006/112/EC art. 146: G goes out of the EU's VAT area, or, where the seller is
    outside of it himself, out of his country."""
    inside = vat_territory(buyer.country, buyer.postal_code, buyer.vat_id)
    seller_in_eu = seller.country in MEMBER_STATES or seller.country == "MC"
    if inside if seller_in_eu else buyer.country == seller.country:
        number = line.line_number
        yield Finding(
            "not_an_export",
            f"Line {number} is taxed as {TAX_CATEGORIES['G'].title}, but the customer is in "
            f"{_place(buyer)}.",
            f"lines[{number}].tax_category",
            f"Correct the tax category of line {number} or the customer's country "
            f"{OR_IMPORT_AGAIN}",
        )


def _place(buyer: Party) -> str:
    """The country, with the postal code where that decides."""
    inside = vat_territory(buyer.country, buyer.postal_code, buyer.vat_id)
    if buyer.country in MEMBER_STATES and inside is None:
        return f"{buyer.country} {buyer.postal_code.strip()} (outside the EU's VAT area)"
    return buyer.country
