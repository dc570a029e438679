"""`billmill user`: people who log in."""

import sys
from dataclasses import asdict
from typing import Final

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, record_act
from models.accounts.memberships import (
    ROLES,
    add_member,
    change_role,
    end_membership,
    membership_of,
    works_somewhere,
)
from models.accounts.passwords import hash_password
from models.accounts.user_sessions import end_all, open_sessions
from models.database import owner_transaction
from models.errors import InvalidRequest, NotFound
from models.tables.membership import Membership
from models.tables.organization import Organization
from models.tables.user import User
from models.tables.user_session import UserSession
from web.cli.accounts.org import organization_named
from web.cli.table import json_option, print_table
from web.cli.terminal import say
from web.formatting import plural

HEADINGS: Final = {"email": "e-mail", "role": "role", "added_at": "added, UTC"}
SESSION_HEADINGS: Final = {
    "id": "id", "organization": "organisation", "started_at": "since, UTC",
    "last_seen_at": "last seen, UTC", "source_address": "address", "user_agent": "browser",
}  # fmt: skip


@click.group(
    epilog="""\b
Example:
  billmill user add ana@example.com --org acme"""
)
def user() -> None:
    """People who log in."""


@user.command(
    epilog="""\b
Example:
  billmill user add ana@example.com --org acme --password-stdin < password.txt"""
)
@click.argument("email")
@click.option("--org", "slug", required=True, help="Slug of the organisation they work in.")
@click.option("--role", type=click.Choice(ROLES), default="admin", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password's line from the input.")
def add(email: str, slug: str, role: str, password_stdin: bool) -> None:
    """Add a user to an organisation; asks for the password unless it comes by the input.

    Who has an account already gets access to the organisation as well, and keeps the password.
    """
    name, _at, domain = email.rpartition("@")
    if not (name and domain and email.isprintable() and " " not in email):
        raise click.UsageError(f"{email!r} is no e-mail address, such as ana@example.com.")
    with owner_transaction() as session:
        organization = organization_named(session, slug)
        account = user_with_email(session, email)
        known = account is not None and works_somewhere(session, account.id)
        if account is None:
            chosen = _password(password_stdin, email, organization.name, slug)
            account = User(email=email, password_hash=hash_password(chosen))
            session.add(account)
            session.flush()
        elif not known:
            chosen = _password(password_stdin, email, organization.name, slug)
            account.password_hash = hash_password(chosen)
        elif membership_of(session, organization.id, account.id):
            raise InvalidRequest(f"{account.email} is in {slug} already.")
        add_member(session, organization.id, account.id, role)
        record_act(session, organization.id, OPERATOR, "user.added", email=account.email, role=role)
        email = account.email
    say(f"{email} can log in to {slug}.")
    if known:
        unused = (
            "The password that came by the input is not used: they" if password_stdin else "They"
        )
        say(f"{unused} had an account already and keep its password.")
        say("After logging in they choose the organisation at the top of the page.")


@user.command(
    epilog="""\b
Example:
  billmill user password ana@example.com --password-stdin < password.txt"""
)
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password's line from the input.")
def password(email: str, password_stdin: bool) -> None:
    """Give a user a new password; asks for it unless it comes by the input.

    It is one for all their organisations. Who is logged in with the old one is logged out; API
    tokens stay as they are (see `billmill token`).
    """
    with owner_transaction() as session:
        account = user_with_email(session, email)
        if account is None or not works_somewhere(session, account.id):
            raise NotFound(f"There is no user {email}: add them with `billmill user add`.")
        works_in = session.execute(
            select(Organization.id, Organization.slug, Organization.name)
            .join(Membership, Membership.organization_id == Organization.id)
            .where(Membership.user_id == account.id, Membership.ended_at.is_(None))
        ).all()
        known = [text for _, slug, name in works_in for text in (slug, name)]
        chosen = _password(password_stdin, account.email, *known)
        account.password_hash = hash_password(chosen)
        for organization_id, _, _ in works_in:
            record_act(session, organization_id, OPERATOR, "password.changed", email=account.email)
            end_all(session, organization_id, account.id, "new_password", OPERATOR)
        email = account.email
    say(f"{email} has a new password.")


@user.command(
    epilog="""\b
Example:
  billmill user role ana@example.com member --org acme"""
)
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--org", "slug", required=True, help="Slug of the organisation.")
def role(email: str, role: str, slug: str) -> None:
    """Give a user another role in an organisation; an admin may read its audit log as well."""
    with owner_transaction() as session:
        organization_id = organization_named(session, slug).id
        account, membership = _member(session, organization_id, email)
        before = membership.role
        if role != before:
            change_role(session, organization_id, membership, role)
            record_act(
                session,
                organization_id,
                OPERATOR,
                "user.role_changed",
                email=account.email,
                before=before,
                after=role,
            )
        email = account.email
    say(f"{email} is {role} of {slug}{' already' if role == before else ''}.")


@user.command(
    epilog="""\b
Example:
  billmill user remove ana@example.com --org acme"""
)
@click.argument("email")
@click.option("--org", "slug", required=True, help="Slug of the organisation that they leave.")
def remove(email: str, slug: str) -> None:
    """End a user's work in an organisation: sessions and API tokens open nothing from now on.

    The log, jobs and invoices go on to name them. With their last organisation the account ends,
    and its password with it; `billmill user add` begins anew.
    """
    with owner_transaction() as session:
        organization_id = organization_named(session, slug).id
        account, membership = _member(session, organization_id, email)
        ended = end_membership(session, organization_id, membership)
        email = account.email
    say(f"{email} is in {slug} no longer.")
    if ended.tokens:
        names = ", ".join(map(repr, ended.tokens))
        say(f"Tokens revoked with it: {names}.")
    if ended.account:
        say("It was their last organisation: the account has ended.")


@user.command(
    "list",
    epilog="""\b
Example:
  billmill user list --org acme""",
)
@click.option("--org", "slug", required=True, help="Slug of the organisation.")
@json_option
def list_(slug: str, as_json: bool) -> None:
    """List who works in an organisation."""
    with owner_transaction() as session:
        organization_id = organization_named(session, slug).id
        found = session.execute(
            select(User.email, Membership.role, Membership.created_at.label("added_at"))
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.organization_id == organization_id, Membership.ended_at.is_(None))
            .order_by(func.lower(User.email))
        )
        rows = [dict(row) for row in found.mappings()]
    print_table(HEADINGS, rows, as_json=as_json)


@user.command(
    epilog="""\b
Example:
  billmill user sessions ana@example.com"""
)
@click.argument("email")
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True)
@json_option
def sessions(email: str, limit: int, as_json: bool) -> None:
    """List where a user is logged in now, the last login first."""
    found = open_sessions(_known(email), limit=limit).items
    print_table(SESSION_HEADINGS, [asdict(each) for each in found], as_json=as_json)


@user.command(
    epilog="""\b
Example:
  billmill user end-sessions ana@example.com"""
)
@click.argument("email")
def end_sessions(email: str) -> None:
    """Log a user out everywhere; pages that are open notice within seconds.

    They can log in again (see `billmill user password`); API tokens stay as they are.
    """
    user_id = _known(email)
    ended = 0
    with owner_transaction() as session:
        worked_in = select(UserSession.organization_id).where(UserSession.user_id == user_id)
        for organization_id in session.scalars(worked_in.distinct()).all():
            ended += end_all(session, organization_id, user_id, "operator", OPERATOR)
    say(f"{plural(ended, 'session')} of {email} ended.")


def user_with_email(session: Session, email: str) -> User | None:
    """The user of that address, in whichever case it is written."""
    return session.scalar(select(User).where(func.lower(User.email) == func.lower(email)))


def member_with_email(session: Session, organization_id: int, email: str) -> User:
    """The user of that address in the organisation; raises NotFound."""
    return _member(session, organization_id, email)[0]


def _member(session: Session, organization_id: int, email: str) -> tuple[User, Membership]:
    found = user_with_email(session, email)
    membership = found and membership_of(session, organization_id, found.id)
    if not found or not membership:
        raise NotFound(f"{email} is not in the organisation: add them with `billmill user add`.")
    return found, membership


def _known(email: str) -> int:
    with owner_transaction() as session:
        found = user_with_email(session, email)
        if found is None:
            raise NotFound(f"There is no user {email}.")
        return found.id


def _password(from_input: bool, *known: str) -> str:
    """A password that can be used; `known` is what whoever guesses knows of the user."""
    from models.accounts.password_strength import (
        check_new_password,  # slow to load, and rarely needed
    )

    if from_input:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        check_new_password(password, known)
    except InvalidRequest as refused:
        raise click.UsageError(refused.message) from refused
    return str(password)
