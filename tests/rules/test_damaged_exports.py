"""An order of a damaged export is read as in the whole export, or rejected; it is never short."""

import io
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.order_import.csv_file.order import Defaults, FileOrder
from models.order_import.mapping.choosing import NOTHING_KNOWN, Reading, SavedMapping
from models.order_import.mapping.mapping import Mapping
from models.order_import.orders_file import OrdersFile

EXPORTS = Path(__file__).parent / "exports"
SELLER = Defaults(currency="EUR", tax_category="S", tax_percent="19")
# Continuation rows leave the order's columns empty, its number too.
BLANKS = (
    "Nr,Tag,Kunde,Artikel,Menge,Preis\n"
    "A-1,2026-11-20,K-1,Vase,1,10.00\n,,,Teller,2,20.00\n,,,Becher,3,30.00\n"
    "A-2,2026-11-21,K-2,Vase,4,10.00\n,,,Teller,5,20.00\n"
    "A-3,2026-11-22,K-3,Vase,6,10.00\n"
)
FILLED = Mapping(
    {"order_number": ("Nr",), "order_date": ("Tag",), "customer_number": ("Kunde",),
     "description": ("Artikel",), "quantity": ("Menge",), "unit_price": ("Preis",)},
    fill_down=True,
)  # fmt: skip
FILES: dict[str, tuple[bytes, Reading]] = {
    name: ((EXPORTS / name).read_bytes(), NOTHING_KNOWN)
    for name in ("shopify.csv", "woocommerce.csv", "woocommerce_orders.csv", "square.csv")
} | {"blanks": (BLANKS.encode(), Reading(chosen=SavedMapping("x", "", FILLED)))}


def orders(data: bytes, reading: Reading) -> dict[str, FileOrder]:
    file = OrdersFile(io.BytesIO(data), SELLER, reading=reading)
    return {order.number: order for batch in file.batches() for order in batch}


def content(order: FileOrder) -> object:
    return order.head, sorted(order.lines.items())


def inside_a_row(data: bytes, share: float) -> int:
    """A place of the file behind its header, in the middle of a row."""
    begins = data.index(b"\n") + 1
    at = begins + int((len(data) - begins - 2) * share)
    return at + 1 if data[at - 1 : at + 1].count(b"\n") else at


@pytest.mark.parametrize("name", FILES)
@given(share=st.floats(0, 1), damage=st.sampled_from(["quote", "cut", "cell", "comma", "NUL"]))
def test_a_damaged_export_loses_whole_orders_only(name: str, share: float, damage: str) -> None:
    data, reading = FILES[name]
    at = inside_a_row(data, share)
    # The rest of the last value, and of the last row, could be missing without a trace.
    end = data.find(b",", at) if b"," in data[at:] else data.rindex(b",")
    at = min(at, end)
    # A comma within quotes separates nothing: with one less or more, the value is another.
    assume(damage not in ("cell", "comma") or not data[:end].count(b'"') % 2)
    damaged = {
        "quote": data[: end + 1] + b'"' + data[end + 1 :],
        "NUL": data[:at] + b"\0" + data[at:],
        "cut": data[:end],
        "comma": data[: end + 1] + b"," + data[end + 1 :],
        "cell": data[:at] + data[end + 1 :],
    }[damage]
    # A last row without any value looks like none.
    assume(damage != "cut" or damaged.rpartition(b"\n")[2].strip(b","))
    whole = orders(data, reading)
    for number, order in orders(damaged, reading).items():
        assert number in whole, (damage, at)
        assert content(order) == content(whole[number]), (damage, at)
