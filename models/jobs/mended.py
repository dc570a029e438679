"""When a failed item counts as mended: its order could be invoiced now."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from models.orders.rule_book import load_rules

# Findings about the work and not about the order have the field `order`: nobody can mend these.
FIELD_OF_WORK: Final = "order"
MENDED: Final = (
    "o.status = 'confirmed' AND o.attention_code IS NULL AND o.attention_stamp = :stamp "
    f"AND i.error_field IS DISTINCT FROM '{FIELD_OF_WORK}'"
)
"""The condition in SQL, of the order `o` and the item `i`; for `:stamp` see `present_stamp`."""


def present_stamp(session: Session, organization_id: int) -> int:
    """The `attention_stamp` of orders that were checked by the rules and the seller as they are.

    An order with another one is not known to be mended, until it has been checked again.
    """
    return load_rules(session, organization_id).stamp
