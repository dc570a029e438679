"""Which sessions and API tokens are still valid, by their ids."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, literal, select, union_all

from models.accounts.api_tokens import is_in_use
from models.accounts.user_sessions import is_open
from models.database import crossing_transaction
from models.id_arrays import any_of
from models.tables.api_token import ApiToken
from models.tables.membership import Membership
from models.tables.user import User
from models.tables.user_session import UserSession


@dataclass(frozen=True, slots=True)
class Credential:
    """One session or one token."""

    kind: Literal["session", "token"]
    id: int


def still_valid(credentials: Collection[Credential]) -> set[Credential]:
    """The credentials that would admit a request now, found with one statement."""
    open_sessions = (
        select(literal("session"), UserSession.id)
        .join(User, User.id == UserSession.user_id)
        .join(Membership, _is_membership_of(UserSession))
        .where(UserSession.id == any_of(_ids("session", credentials)), is_open())
    )
    tokens_in_use = (
        select(literal("token"), ApiToken.id)
        .join(Membership, _is_membership_of(ApiToken))
        .where(ApiToken.id == any_of(_ids("token", credentials)), is_in_use())
    )
    with crossing_transaction("login") as session:
        found = {tuple(row) for row in session.execute(union_all(open_sessions, tokens_in_use))}
    return {each for each in credentials if (each.kind, each.id) in found}


def _ids(kind: str, credentials: Collection[Credential]) -> list[int]:
    return [each.id for each in credentials if each.kind == kind]


def _is_membership_of(table: type[UserSession | ApiToken]) -> ColumnElement[bool]:
    return and_(
        Membership.user_id == table.user_id,
        Membership.organization_id == table.organization_id,
        Membership.ended_at.is_(None),
    )
