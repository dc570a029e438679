"""Sessions of users, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from pydantic import Field

from models.accounts.session_list import OpenSession
from web.api.schemas.base import Count, Id, Shape


class SessionShape(Shape):
    """An open session, and where it was begun."""

    answers_ids: ClassVar = {"session_id": "id"}
    id: Id
    organization: str = Field(description="The slug of the session's organisation.")
    started_at: datetime
    last_seen_at: datetime = Field(description="To the minute.")
    expires_at: datetime = Field(description="The latest end; two hours without use end it too.")
    source_address: str | None
    user_agent: str
    current: bool = Field(description="Whether it is the session that makes the request.")

    @classmethod
    def of(cls, session: OpenSession, current: int | None) -> Self:
        """The session; `current` is the id of the one that makes the request."""
        fields = {name: getattr(session, name) for name in cls.model_fields if name != "current"}
        return cls(**fields, current=session.id == current)


class EndedSessions(Shape):
    """How many sessions were ended."""

    ended: Count
