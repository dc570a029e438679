"""Presets for the exports of other programs, written from their public formats."""

from typing import Final

from models.order_import.mapping.presets.amazon import AMAZON
from models.order_import.mapping.presets.amazon_orders import AMAZON_ALL_ORDERS, AMAZON_ORDERS
from models.order_import.mapping.presets.preset import Preset
from models.order_import.mapping.presets.shopify import SHOPIFY
from models.order_import.mapping.presets.square import SQUARE
from models.order_import.mapping.presets.stripe import STRIPE
from models.order_import.mapping.presets.woocommerce import WOOCOMMERCE, WOOCOMMERCE_ORDERS

PRESETS: Final[tuple[Preset, ...]] = (
    SHOPIFY, WOOCOMMERCE, WOOCOMMERCE_ORDERS, STRIPE, SQUARE, AMAZON, AMAZON_ALL_ORDERS,
    AMAZON_ORDERS,
)  # fmt: skip


def find_preset(name: str) -> Preset | None:
    """The preset of that name."""
    return next((preset for preset in PRESETS if preset.name == name), None)
