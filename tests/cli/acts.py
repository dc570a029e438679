"""Reads the audit log of an organisation."""

from typing import Any

from sqlalchemy import text

from models.database import org_transaction
from tests.records import Account


def acts_of(seller: Account) -> list[tuple[str, int | None, dict[str, Any]]]:
    """Action, user and details of each entry, oldest first."""
    with org_transaction(seller.organization_id) as session:
        log = session.execute(text("SELECT action, user_id, details FROM audit_log ORDER BY id"))
        return [(row.action, row.user_id, row.details) for row in log]
