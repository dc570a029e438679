"""Arbitrary lines and orders: valid ones, and any that may be stored."""

from decimal import Decimal

from hypothesis import strategies as st

from models.invoicing.currency import MINOR_UNITS
from models.invoicing.source import Party, Seller, SourceLine, SourceOrder
from models.invoicing.tax_category import TAX_CATEGORIES

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

_taxes = st.sampled_from(["19", "19.00", "7", "5.5", "100", "0.0001"]).map(
    lambda percent: ("S", Decimal(percent))
) | st.sampled_from([code for code in TAX_CATEGORIES if code != "S"]).map(
    lambda code: (code, Decimal("0.00"))
)


@st.composite
def sound_lines(draw: st.DrawFn, line_number: int = 1) -> SourceLine:
    """A line that violates no rule."""
    category, percent = draw(_taxes)
    return SourceLine(
        line_number=line_number,
        sku=draw(st.text(max_size=3)),
        description=draw(st.text(max_size=3)),
        quantity=draw(decimals("0.000001", "999999999999").filter(bool)),
        unit="C62",
        unit_price=draw(decimals("0", "999999999999")),
        discount_percent=draw(st.just(Decimal(0)) | decimals("0", "100", places=4)),
        tax_category=category,
        tax_percent=percent,
    )


_words = st.sampled_from(["Ernst Handel", "x", "Þórr\u00a0& Søn"])
_perhaps_blank = st.sampled_from(["", " ", "\t\n\u00a0", "Graz", "\u200b", "“"])
_parties = st.builds(Party, _words, _words, _words, _perhaps_blank, _words, _words)
_spoilt_parties = st.builds(
    Party,
    *[_perhaps_blank] * 5,
    st.none() | _perhaps_blank,
)

_payment_days = st.integers(0, 3650)


@st.composite
def sound_orders(draw: st.DrawFn) -> tuple[SourceOrder, Seller]:
    """An order that violates no rule, and its seller."""
    count = draw(st.integers(1, 6))
    lines = tuple(draw(sound_lines(line_number=number)) for number in range(1, count + 1))
    order = SourceOrder(
        id=draw(st.integers(1)),
        order_number=draw(st.text(min_size=1, max_size=5)),
        order_date=draw(st.dates()),
        status="confirmed",
        currency=draw(currencies),
        customer_id=draw(st.integers(1)),
        buyer=draw(_parties),
        payment_days=draw(st.none() | _payment_days),
        lines=lines,
    )
    return order, draw(st.builds(Seller, _parties, _payment_days))


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
)
any_sellers = st.builds(Seller, _parties | _spoilt_parties, st.integers())
