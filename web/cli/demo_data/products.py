"""What the made-up seller sells, and how it is taxed."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, auto
from typing import Final, NamedTuple


class Kind(Enum):
    """The kind of a product for taxation."""

    GOODS = auto()
    REDUCED = auto()
    SOLAR = auto()
    SERVICE = auto()
    TRAINING = auto()


# Tax category (UNCL 5305) and percentage of a supply within Germany. Solar modules: UStG § 12 (3),
# professional training: UStG § 4 no. 21.
HOME_TAX: Final = {
    Kind.GOODS: ("S", "19"),
    Kind.REDUCED: ("S", "7"),
    Kind.SOLAR: ("Z", "0"),
    Kind.SERVICE: ("S", "19"),
    Kind.TRAINING: ("E", "0"),
}


class Product(NamedTuple):
    """A product; `price` is the net price of one `unit` (UN/ECE rec. 20) in EUR."""

    sku: str
    name: str
    unit: str
    price: Decimal
    kind: Kind


# SKU | name | unit | price in EUR
_PRODUCTS = {
    Kind.GOODS: """
        NL-1001 | Desk lamp “Fjord”, LED, dimmable | C62 | 64.90
        NL-1002 | Office chair “Reling”, mesh back | C62 | 289.00
        NL-1003 | Standing desk “Deich” 160 x 80 cm, oak | C62 | 749.00
        NL-1004 | Pedestal cabinet, 3 drawers, lockable | C62 | 198.50
        NL-1005 | Whiteboard 120 x 90 cm, enamelled | C62 | 139.95
        NL-1006 | Acoustic panel, felt, grey | MTK | 48.75
        NL-1007 | Cable duct, self-adhesive | MTR | 3.85
        NL-1008 | Copier paper A4, 80 g/m², 500 sheets | RM | 4.49
        NL-1009 | Gel pen, blue, box of 12 | XBX | 11.88
        NL-1010 | Packing tape 66 m x 50 mm | XRO | 2.35
        NL-1011 | Shipping carton 400 x 300 x 200 mm | C62 | 0.985
        NL-1012 | Wall clock “Kompass” ⌀ 30 cm | C62 | 37.20
        NL-1013 | Coat stand, steel, black | C62 | 84.00
        NL-1014 | Carpet tile 50 x 50 cm, anthracite | C62 | 6.40
        NL-1015 | Wool blanket “Düne” 130 x 180 cm | C62 | 59.00
        NL-1016 | Thermos jug 1.0 l, stainless steel | C62 | 32.90
        NL-1017 | Monitor arm, gas spring | C62 | 119.00
        NL-1018 | First-aid kit DIN 13157 | SET | 28.45
        NL-1019 | Wood oil, linseed, clear | LTR | 18.60
        NL-1020 | Hand truck, 200 kg, folding | C62 | 94.99
    """,
    Kind.REDUCED: """
        NL-2001 | Coffee beans “Kontor”, whole, organic | KGM | 17.90
        NL-2002 | Black tea “Elbe” 250 g | C62 | 8.40
        NL-2003 | Shortbread, tin of 400 g | C62 | 6.95
        NL-2004 | Honey from lime blossom 500 g | C62 | 7.20
        NL-2005 | Wall calendar, illustrated | C62 | 14.00
        NL-2006 | Handbook “Ergonomics at work”, hardback | C62 | 42.00
        NL-2007 | Cut flowers, mixed bunch | C62 | 12.50
    """,
    Kind.SOLAR: """
        NL-3001 | Solar module 430 Wp, black frame | C62 | 94.00
        NL-3002 | Inverter 8 kW, three-phase | C62 | 1189.00
    """,
    Kind.SERVICE: """
        NL-4001 | Assembly on site | HUR | 68.00
        NL-4002 | Workplace planning | HUR | 95.00
        NL-4003 | Delivery to the place of use | C62 | 39.00
        NL-4004 | Disposal of old furniture | TNE | 245.00
    """,
    Kind.TRAINING: """
        NL-5001 | Certified course “Safety officer”, per person | C62 | 480.00
        NL-5002 | Certified course “First aid at work”, per person | C62 | 75.00
    """,
}


def _parsed() -> tuple[Product, ...]:
    return tuple(
        Product(sku, name, unit, Decimal(price), kind)
        for kind, rows in _PRODUCTS.items()
        for sku, name, unit, price in (
            map(str.strip, row.split("|")) for row in rows.strip().splitlines()
        )
    )


PRODUCTS: Final = _parsed()
EXPORTED: Final = tuple(p for p in PRODUCTS if p.kind in (Kind.GOODS, Kind.REDUCED))
SOLD_IN_EU: Final = (*EXPORTED, *(p for p in PRODUCTS if p.kind is Kind.SERVICE))
