"""Entries of the audit log, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from web.api.schemas.base import Id, Shape


class AuditEntry(Shape):
    """One act; `user` is null for an operator at the command line, and for a failed login."""

    id: Id
    at: datetime
    user: str | None
    token: str | None = Field(description="The name of the API token that acted, if one did.")
    action: str
    batch_job_id: UUID | None
    source_address: str | None
    details: dict[str, Any]
