"""What holds for the validation of every order that may be stored."""

from decimal import ROUND_CEILING, Context, Inexact, Rounded, localcontext

from hypothesis import given

from models.invoicing.currency import AmountOutOfRange, UnknownCurrency
from models.invoicing.draft import draft_invoice
from models.invoicing.source import Seller, SourceOrder
from models.invoicing.totals import compute_totals
from models.invoicing.validation import validate
from tests.rules.examples import TODAY
from tests.rules.rules_alone import CODES
from tests.rules.strategies import any_orders, any_sellers, sound_orders


@given(any_orders, any_sellers)
def test_every_violation_has_a_known_code_a_field_a_message_and_a_remedy(
    order: SourceOrder, seller: Seller
) -> None:
    for finding in validate(order, seller, TODAY):
        assert finding.code in CODES
        assert finding.message.strip().endswith(".")
        assert finding.field.split(".")[0].split("[")[0] in {
            "status", "order_date", "currency", "expected_gross", "lines", "customer",
            "organization",
        }  # fmt: skip
        assert finding.remedy.strip().endswith(".")


@given(any_orders, any_sellers)
def test_no_finding_is_reported_twice(order: SourceOrder, seller: Seller) -> None:
    findings = [(v.code, v.field) for v in validate(order, seller, TODAY)]
    if len({line.line_number for line in order.lines}) == len(order.lines):
        assert len(findings) == len(set(findings))


@given(any_orders, any_sellers)
def test_the_ambient_context_does_not_matter(order: SourceOrder, seller: Seller) -> None:
    with localcontext(Context(prec=1, rounding=ROUND_CEILING, traps=[Inexact, Rounded])):
        elsewhere = validate(order, seller, TODAY)
    assert elsewhere == validate(order, seller, TODAY)


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
    assert validate(order, seller, TODAY) == ()
    draft = draft_invoice(order, seller)
    assert draft.totals == compute_totals(order.lines, order.currency)
    assert min(draft.totals.net, draft.totals.gross, draft.totals.payable) >= 0
