"""Whatever `validate` passes obeys the rules of EN 16931 on amounts (BR-CO-04 to BR-CO-26)."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from hypothesis import given

from models.invoicing.countries import COUNTRY_CODES
from models.invoicing.currency import minor_units
from models.invoicing.draft import draft_invoice, due_date
from models.invoicing.source import Seller, SourceOrder
from models.invoicing.tax_category import TAX_CATEGORIES
from models.invoicing.totals import Totals
from models.invoicing.validation import examine
from tests.rules.exact import half_up
from tests.rules.examples import TODAY
from tests.rules.strategies import sound_orders

Sound = tuple[SourceOrder, Seller]


def totals_of(sound: Sound) -> Totals:
    examined = examine(*sound, TODAY)
    assert examined.findings == ()
    assert examined.totals
    return examined.totals


def summed(totals: Totals, row_type: str) -> Fraction:
    nets = (Fraction(each.net) for each in totals.lines if each.line.row_type == row_type)
    return sum(nets, Fraction(0))


@given(sound_orders())
def test_sums_of_lines_allowances_and_charges(sound: Sound) -> None:
    totals = totals_of(sound)
    assert totals.line_total == summed(totals, "line"), "BR-CO-10"
    assert totals.allowances == summed(totals, "allowance"), "BR-CO-11"
    assert totals.charges == summed(totals, "charge"), "BR-CO-12"
    net = Fraction(totals.line_total) - Fraction(totals.allowances) + Fraction(totals.charges)
    assert totals.net == net, "BR-CO-13"


@given(sound_orders())
def test_tax_and_the_amount_due(sound: Sound) -> None:
    totals = totals_of(sound)
    breakdown = totals.tax_breakdown
    assert Fraction(totals.tax) == sum(Fraction(part.tax) for part in breakdown), "BR-CO-14"
    assert Fraction(totals.gross) == Fraction(totals.net) + Fraction(totals.tax), "BR-CO-15"
    payable = Fraction(totals.gross) + Fraction(totals.rounding)
    assert Fraction(totals.payable) == payable, "BR-CO-16"
    places = minor_units(totals.currency)
    for part in breakdown:
        exact = half_up(Fraction(part.taxable) * Fraction(part.percent) / 100, places)
        assert Fraction(part.tax) == exact, "BR-CO-17"
    assert breakdown, "BR-CO-18"


@given(sound_orders())
def test_the_taxable_amount_of_each_rate(sound: Sound) -> None:
    totals = totals_of(sound)
    taxable: dict[tuple[str, Decimal], Fraction] = defaultdict(Fraction)
    for each in totals.lines:
        sign = -1 if each.line.row_type == "allowance" else 1
        taxable[each.line.tax_category, each.line.tax_percent] += sign * Fraction(each.net)
    parts = {(part.category, part.percent): part.taxable for part in totals.tax_breakdown}
    assert parts == taxable, "BR-S-08, BR-Z-08, BR-E-08, BR-AE-08, BR-IC-08, BR-G-08, BR-O-08"


@given(sound_orders())
def test_terms_that_an_invoice_always_has(sound: Sound) -> None:
    draft = draft_invoice(*sound)
    order, seller = draft.order, draft.seller.party
    for line in order.lines:
        assert line.tax_category in TAX_CATEGORIES, "BR-CO-04"
        assert line.description.strip(), "BR-25, and BR-CO-21, -22: the reason of an allowance"
    for vat_id in filter(None, (order.buyer.vat_id, seller.vat_id)):
        assert vat_id[:2] in COUNTRY_CODES | {"EL"}, "BR-CO-09"
    assert due_date(TODAY, draft.payment_days) >= TODAY, "BR-CO-25"
    categories = {line.tax_category for line in order.lines}
    if "O" in categories:
        assert categories == {"O"}, "BR-O-11"
        assert {seller.vat_id, order.buyer.vat_id} <= {None, ""}, "BR-O-02"
    else:
        assert seller.vat_id, "BR-CO-26, BR-S-02 and their likes"


@given(sound_orders())
def test_no_amount_is_a_negative_zero(sound: Sound) -> None:
    totals = totals_of(sound)
    amounts = [totals.net, totals.tax, totals.gross, totals.rounding, totals.payable]
    amounts += [each.net for each in totals.lines]
    assert not any(amount.is_signed() and not amount for amount in amounts)
