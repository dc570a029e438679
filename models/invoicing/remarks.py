"""What is odd about an order and yet no reason to refuse it: shown, never counted as a failure."""

from collections.abc import Iterator

from models.invoicing.countries import vat_territory
from models.invoicing.finding import ASK_AN_ADMIN, OR_IMPORT_AGAIN, Finding
from models.invoicing.source import Party, Seller, SourceOrder
from models.invoicing.vat_ids import VatIdCheck, check_vat_id, state_of_vat_id


def remarks(order: SourceOrder, seller: Seller) -> tuple[Finding, ...]:
    """What a person should look at before the invoice is issued; empty for most orders."""
    return (*_discounts(order), *_customer(order.buyer), *_seller(seller.party))


def _discounts(order: SourceOrder) -> Iterator[Finding]:
    """A discount below 1 % is legal, yet 0.15 usually means 15 %."""
    for line in order.lines:
        if line.discount_percent.is_finite() and 0 < line.discount_percent < 1:
            yield Finding(
                "discount_looks_like_fraction",
                f"Line {line.line_number} has a discount of {line.discount_percent.normalize():f}"
                " %, which is less than 1 %.",
                f"lines[{line.line_number}].discount_percent",
                f"If it is a fraction, write it in percent {OR_IMPORT_AGAIN}",
            )


def _customer(buyer: Party) -> Iterator[Finding]:
    """A check digit that is wrong, and an id of another state than the address.

    The tax authority knows whether the id is real; a buyer may well have one of another state.
    """
    given = buyer.vat_id
    if not given or given.isspace():
        return
    checked = check_vat_id(given)
    if checked is VatIdCheck.NO_VAT_ID:
        return
    if checked is VatIdCheck.WRONG_CHECK_DIGIT:
        yield Finding(
            "customer_vat_id_check_digit",
            f"The customer's VAT id {given} has a wrong check digit.",
            "customer.vat_id",
            f"Look it up in VIES, and correct it {OR_IMPORT_AGAIN}",
        )
    state = state_of_vat_id(given)
    home = vat_territory(buyer.country, buyer.postal_code, given)
    if state and home and state != home:
        yield Finding(
            "customer_vat_id_of_another_state",
            f"The customer is in {buyer.country}, but the VAT id {given} is of {state}.",
            "customer.vat_id",
            f"Make sure that the customer buys under this id, or correct it {OR_IMPORT_AGAIN}",
        )


def _seller(seller: Party) -> Iterator[Finding]:
    """The organisation's own check digit."""
    given = seller.vat_id
    if given and not given.isspace() and check_vat_id(given) is VatIdCheck.WRONG_CHECK_DIGIT:
        yield Finding(
            "seller_vat_id_check_digit",
            f"Your organisation's VAT id {given} has a wrong check digit.",
            "organization.vat_id",
            f"{ASK_AN_ADMIN} correct it with `billmill org edit --vat-id`.",
        )
