"""Presets for the exports of other programs, written from their public formats."""

from typing import Final

from models.order_import.mapping.presets.amazon import AMAZON
from models.order_import.mapping.presets.preset import Preset
from models.order_import.mapping.presets.shopify import SHOPIFY
from models.order_import.mapping.presets.square import SQUARE
from models.order_import.mapping.presets.stripe import STRIPE
from models.order_import.mapping.presets.woocommerce import WOOCOMMERCE

PRESETS: Final[tuple[Preset, ...]] = (SHOPIFY, WOOCOMMERCE, STRIPE, SQUARE, AMAZON)


def find_preset(name: str) -> Preset | None:
    """The preset of that name."""
    return next((preset for preset in PRESETS if preset.name == name), None)
