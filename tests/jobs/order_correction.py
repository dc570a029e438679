"""Corrects a flawed order, as an import does."""

from sqlalchemy import text

from models.database import org_transaction

_LOCK = text("SELECT id FROM orders WHERE id = :id AND status = 'confirmed' FOR UPDATE")
_DELETE = text("DELETE FROM order_lines WHERE order_id = :id")
_INSERT = text(
    """
    INSERT INTO order_lines (organization_id, order_id, line_number, description, quantity,
                             unit_price, tax_category, tax_percent)
    VALUES (:organization_id, :id, 1, 'Article 1', 1, 10, 'S', 19)
    """
)


def correct_order(organization_id: int, order_id: int) -> None:
    """Replaces the order's lines with a valid one; an order with an invoice stays as it is."""
    ids = {"organization_id": organization_id, "id": order_id}
    with org_transaction(organization_id) as session:
        if session.scalar(_LOCK, ids) is not None:
            session.execute(_DELETE, ids)
            session.execute(_INSERT, ids)
