"""Writes the audit log: who did what, when, and from where. Rows are only added."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert
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


def record_act(
    session: Session,
    organization_id: int,
    author: Author,
    action: str,
    *,
    job_id: uuid.UUID | None = None,
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
            source_address=author.source_address,
            details=details,
        )
    )
