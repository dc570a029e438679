"""Arbitrary lines and orders: valid ones, and any that may be stored."""

from dataclasses import replace
from decimal import Decimal
from typing import get_args

from hypothesis import assume
from hypothesis import strategies as st

from models.invoicing.currency import MINOR_UNITS
from models.invoicing.gross_prices import gross_price_total
from models.invoicing.order_rules import EARLIEST_ORDER
from models.invoicing.source import Party, RowType, Seller, SourceLine, SourceOrder
from models.invoicing.tax_category import TAX_CATEGORIES
from models.invoicing.totals import compute_totals
from tests.rules.examples import TODAY

ROW_TYPES: tuple[RowType, ...] = get_args(RowType)

currencies = st.sampled_from(sorted(MINOR_UNITS))
common_currencies = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])


def decimals(low: str, high: str, places: int = 6) -> st.SearchStrategy[Decimal]:
    """Numbers from `low` to `high` with at most `places` decimals, written in any way."""
    return st.builds(
        lambda number, places: number.quantize(Decimal(1).scaleb(-places)),
        st.decimals(low, high, allow_nan=False, places=places),
        st.integers(places, places + 2),
    ) | st.integers(-(-int(Decimal(low)) // 1), int(Decimal(high))).map(Decimal)


amounts = decimals("-999999999999", "999999999999")
"""What an amount can be before it is rounded, with more decimals than any currency has."""

_half_steps = st.integers(-(10**9), 10**9).map(lambda steps: Decimal(steps) / 20000)
"""Every fourth one is exactly half a cent away from the next."""

unrounded = amounts | _half_steps

_CHARGED = st.sampled_from(["19", "19.00", "7", "5.5", "100", "0.9"])
_ANY_CATEGORY = tuple(TAX_CATEGORIES)
_words = st.sampled_from(["Ernst Handel", "x", "Þórr\u00a0& Søn"])


@st.composite
def sound_lines(
    draw: st.DrawFn,
    line_number: int = 1,
    categories: tuple[str, ...] = _ANY_CATEGORY,
    row_types: tuple[RowType, ...] = ROW_TYPES,
) -> SourceLine:
    """A row that violates no rule by itself."""
    category = draw(st.sampled_from(categories))
    percent = Decimal(draw(_CHARGED)) if TAX_CATEGORIES[category].taxed else Decimal("0.00")
    row_type = draw(st.sampled_from(row_types))
    is_line = row_type == "line"
    prices = decimals("0", "999999999999" if is_line else "20")
    quantities = decimals("0.000001", "999999999999").filter(bool)
    return SourceLine(
        line_number=line_number,
        sku=draw(st.text(max_size=3)),
        description=draw(_words),
        quantity=draw(quantities | quantities.map(lambda sold: -sold)) if is_line else Decimal(1),
        unit="C62",
        unit_price=draw(prices),
        discount_percent=draw(st.just(Decimal(0)) | decimals("0", "100", places=4))
        if is_line
        else Decimal(0),
        tax_category=category,
        tax_percent=percent,
        row_type=row_type,
        unit_price_gross=draw(st.none() | prices),
    )


_perhaps_blank = st.sampled_from(["", " ", "\t\n\u00a0", "Graz", "\u200b", "“"])
_countries = st.sampled_from(["DE", "FR", "US", "UK", " "]) | st.text(max_size=3)
_vat_ids = st.none() | st.sampled_from(["DE129273398", "FR40303265045", "n/a", "-", "CHE1", "x"])
_parties = st.builds(Party, _words, _words, _words, _perhaps_blank, _countries, _vat_ids)
_spoilt_parties = st.builds(Party, *[_perhaps_blank] * 5, _vat_ids | st.text(max_size=12))

_payment_days = st.integers(0, 3650)

# Which categories a seller in Germany can use, by the buyer's country and VAT id.
_SALES: tuple[tuple[tuple[str, ...], str, tuple[str | None, ...]], ...] = (
    (("S", "Z", "E"), "DE", (None, " ", "DE129273398", "CHE107787577")),
    (("S", "Z", "E", "AE"), "DE", ("DE129273398", "DE 129.273.398")),
    (("S", "Z", "E", "AE", "K"), "FR", ("FR40303265045", "EL123456789")),
    (("AE", "K"), "GB", ("XI980780684",)),
    (("S", "Z", "E", "G"), "US", (None, "US12-3456789")),
    (("O",), "AT", (None, "")),
)


@st.composite
def sound_orders(draw: st.DrawFn) -> tuple[SourceOrder, Seller]:
    """An order that violates no rule, and its seller."""
    categories, country, vat_ids = draw(st.sampled_from(_SALES))
    first = draw(sound_lines(1, categories, ("line",)))
    lines = (
        replace(first, quantity=abs(first.quantity)),
        *(draw(sound_lines(number, categories)) for number in range(2, draw(st.integers(2, 7)))),
    )
    currency = draw(currencies)
    totals = compute_totals(lines, currency)
    assume(min(totals.net, totals.gross, totals.payable) >= 0)
    assume(gross_price_total(lines, currency) in (None, totals.payable))
    order = SourceOrder(
        id=draw(st.integers(1)),
        order_number=draw(st.text(min_size=1, max_size=5)),
        order_date=draw(st.dates(EARLIEST_ORDER, TODAY)),
        status="confirmed",
        currency=currency,
        customer_id=draw(st.integers(1)),
        buyer=Party(*(draw(_words) for _ in range(3)), "", country, draw(st.sampled_from(vat_ids))),
        payment_days=draw(st.none() | _payment_days),
        lines=lines,
        expected_gross=draw(st.sampled_from([None, totals.payable])),
    )
    seller = Seller(
        Party(*(draw(_words) for _ in range(3)), "", "DE", "DE811193231"),
        draw(_payment_days),
        allow_zero_totals=not (totals.net and totals.payable),
    )
    return order, seller


# Validation must not fail even on values that the database refuses.
_any_number = (
    st.sampled_from(["0", "-0", "100", "100.0001", "-1", "1E+40", "NaN", "-Infinity", "sNaN"]).map(
        Decimal
    )
    | st.decimals()
)

_any_lines = st.builds(
    SourceLine,
    line_number=st.integers(),
    sku=st.text(max_size=2),
    description=st.text(max_size=2),
    quantity=_any_number,
    unit=st.text(max_size=2),
    unit_price=_any_number,
    discount_percent=_any_number,
    tax_category=st.sampled_from([*TAX_CATEGORIES, "", " ", "s", "VAT"]) | st.text(max_size=2),
    tax_percent=_any_number,
    row_type=st.sampled_from(ROW_TYPES),
    unit_price_gross=st.none() | _any_number,
)

any_orders = st.builds(
    SourceOrder,
    id=st.integers(),
    order_number=st.text(max_size=3),
    order_date=st.dates(),
    status=st.sampled_from(["draft", "confirmed", "cancelled", "invoiced", ""]),
    currency=st.sampled_from(["EUR", "eur", "", " ", "ZZZ", "XXX"]) | st.text(max_size=4),
    customer_id=st.integers(),
    buyer=_parties | _spoilt_parties,
    payment_days=st.none() | st.integers(),
    lines=st.lists(_any_lines | sound_lines(), max_size=4).map(tuple),
    invoice_number=st.none() | st.sampled_from(["", "INV-2026-000007"]),
    expected_gross=st.none() | _any_number,
)
any_sellers = st.builds(Seller, _parties | _spoilt_parties, st.integers())
