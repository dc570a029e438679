"""Writes the audit log: who did what, when, and from where. Rows are only added."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from models.tables.audit_log import AuditEntry


@dataclass(frozen=True, slots=True)
class Author:
    """The user who acts, their network address, and their API token if they use one.

    An operator at the command line has none of these.
    """

    user_id: int | None
    source_address: str | None = None
    token_id: int | None = None


# The author of what the command line does.
OPERATOR: Final = Author(user_id=None)

_ACTS_ON_ORDERS: Final = text(
    """
    INSERT INTO audit_log (organization_id, user_id, api_token_id, source_address, action,
                           order_id, details)
    SELECT :organization_id, :user_id, :token_id, :address, :action, act.order_id, act.details
    FROM unnest(CAST(:orders AS bigint[]), CAST(:details AS jsonb[])) AS act (order_id, details)
    """
)


def record_act(
    session: Session,
    organization_id: int,
    author: Author,
    action: str,
    *,
    job_id: uuid.UUID | None = None,
    customer_id: int | None = None,
    **details: Any,
) -> None:
    """Adds an act to the log, in the transaction of the act: both are stored, or neither.

    Actions are named object.verb: `job.submitted`, `job.cancelled`, `session.opened`.
    """
    session.execute(
        insert(AuditEntry).values(
            organization_id=organization_id,
            user_id=author.user_id,
            api_token_id=author.token_id,
            action=action,
            batch_job_id=job_id,
            customer_id=customer_id,
            source_address=author.source_address,
            details=details,
        )
    )


def record_acts(
    session: Session,
    organization_id: int,
    author: Author,
    action: str,
    on_orders: Sequence[tuple[int, dict[str, Any]]],
) -> None:
    """Adds the same act on each of these orders, with its own details; like `record_act`."""
    if on_orders:
        session.execute(
            _ACTS_ON_ORDERS,
            {
                "organization_id": organization_id,
                "user_id": author.user_id,
                "token_id": author.token_id,
                "address": author.source_address,
                "action": action,
                "orders": [order_id for order_id, _ in on_orders],
                "details": [json.dumps(details) for _, details in on_orders],
            },
        )
