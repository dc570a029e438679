"""A buyer belongs to the order; the customer's record becomes an address book."""

from __future__ import annotations

from models.migrations import buyers

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    buyers.add_columns()
    buyers.fill_existing_orders()
    buyers.create_names()
