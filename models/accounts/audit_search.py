"""Reads the audit log, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.api_tokens import token_names
from models.accounts.users import user_emails
from models.lists.paging import Page, checked_limit, decode_cursor, make_page
from models.tables.audit_log import AuditEntry


@dataclass(frozen=True, slots=True)
class Act:
    """One entry; `user` is an e-mail address, `token` the name of an API token.

    Acts of an operator and failed logins have no user.
    """

    id: int
    at: datetime
    user: str | None
    token: str | None
    action: str
    batch_job_id: UUID | None
    source_address: str | None
    details: dict[str, Any]


def list_acts(
    session: Session, *, job_id: UUID | None = None, after: str | None = None, limit: int = 50
) -> Page[Act]:
    """The next page of the organisation's log, or of the acts on one job."""
    listed = select(AuditEntry)
    if job_id is not None:
        listed = listed.where(AuditEntry.batch_job_id == job_id)
    if after is not None:
        listed = listed.where(AuditEntry.id < decode_cursor(after, int)[0])
    rows = session.scalars(
        listed.order_by(AuditEntry.id.desc()).limit(checked_limit(limit) + 1)
    ).all()
    page = make_page(rows, limit, lambda entry: (entry.id,))
    return Page(acts_of(session, page.items), page.next_cursor)


def acts_of(session: Session, entries: Sequence[AuditEntry]) -> tuple[Act, ...]:
    """The entries with the names of users and tokens, in the same order."""
    emails = user_emails(session, [entry.user_id for entry in entries if entry.user_id is not None])
    token_ids = [entry.api_token_id for entry in entries if entry.api_token_id is not None]
    tokens = token_names(session, token_ids)
    return tuple(
        Act(
            entry.id,
            entry.created_at,
            emails.get(entry.user_id) if entry.user_id is not None else None,
            tokens.get(entry.api_token_id) if entry.api_token_id is not None else None,
            entry.action,
            entry.batch_job_id,
            entry.source_address,
            entry.details,
        )
        for entry in entries
    )
