"""What holds for the validation of every order that may be stored."""

from decimal import ROUND_CEILING, Context, Inexact, Rounded, localcontext

from hypothesis import given

from models.invoicing.currency import AmountOutOfRange, UnknownCurrency
from models.invoicing.draft import draft_invoice
from models.invoicing.source import Seller, SourceOrder
from models.invoicing.totals import compute_totals
from models.invoicing.validation import validate
from tests.rules.strategies import any_orders, any_sellers, sound_orders

CODES = {
    "order_not_confirmed",
    "order_cancelled",
    "already_invoiced",
    "order_without_lines",
    "quantity_not_positive",
    "unit_price_negative",
    "discount_out_of_range",
    "currency_unknown",
    "tax_category_unknown",
    "tax_percent_inconsistent",
    "customer_name_missing",
    "customer_street_missing",
    "customer_city_missing",
    "customer_country_missing",
    "customer_vat_id_missing",
    "seller_vat_id_missing",
    "seller_address_missing",
}


@given(any_orders, any_sellers)
def test_every_violation_has_a_known_code_a_field_a_message_and_a_remedy(
    order: SourceOrder, seller: Seller
) -> None:
    for finding in validate(order, seller):
        assert finding.code in CODES
        assert finding.message.strip().endswith(".")
        assert finding.field.split(".")[0].split("[")[0] in {
            "status", "currency", "lines", "customer", "organization",
        }  # fmt: skip
        assert finding.remedy.strip().endswith(".")


@given(any_orders, any_sellers)
def test_no_finding_is_reported_twice(order: SourceOrder, seller: Seller) -> None:
    findings = [(v.code, v.field) for v in validate(order, seller)]
    if len({line.line_number for line in order.lines}) == len(order.lines):
        assert len(findings) == len(set(findings))


@given(any_orders, any_sellers)
def test_the_ambient_context_does_not_matter(order: SourceOrder, seller: Seller) -> None:
    with localcontext(Context(prec=1, rounding=ROUND_CEILING, traps=[Inexact, Rounded])):
        elsewhere = validate(order, seller)
    assert elsewhere == validate(order, seller)


@given(any_orders)
def test_totals_of_any_order_raise_nothing_but_the_two_named_errors(order: SourceOrder) -> None:
    try:
        totals = compute_totals(order.lines, order.currency)
    except (UnknownCurrency, AmountOutOfRange):
        return
    assert totals.gross.is_finite()


@given(sound_orders())
def test_an_order_that_validates_can_be_drafted(sound: tuple[SourceOrder, Seller]) -> None:
    order, seller = sound
    assert validate(order, seller) == ()
    draft = draft_invoice(order, seller)
    assert draft.totals == compute_totals(order.lines, order.currency)
    assert draft.totals.gross >= draft.totals.net >= 0
