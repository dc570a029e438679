"""`billmill user`: people who sign in."""

import sys
from dataclasses import asdict
from typing import Final

import click

from models.accounts.memberships import ROLES, change_role, end_membership, list_members
from models.accounts.organizations import organization_named
from models.accounts.session_list import open_sessions
from models.accounts.user_sessions import end_everywhere
from models.accounts.users import (
    add_user,
    change_password,
    check_email,
    guessable_texts,
    has_password,
    member_with_email,
    user_named,
    working_user,
)
from models.database import owner_transaction
from web.cli.command_errors import usage_errors
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
    """People who sign in."""


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
    """Add a user to an organisation; asks for the password unless --password-stdin is given.

    A person who has an account already gets access to the organisation too, and keeps the password.
    """
    with usage_errors():
        check_email(email)
    with owner_transaction() as session:
        organization = organization_named(session, slug)
        known = has_password(session, organization, email)
        chosen = None if known else _password(password_stdin, email, organization.name, slug)
        email = add_user(session, organization, email, role, chosen).email
    say(f"{email} can sign in to {slug}.")
    if known:
        unused = "The password from the input is not used: they" if password_stdin else "They"
        say(f"{unused} had an account already and keep its password.")
        say("After signing in they choose the organisation at the top of the page.")


@user.command(
    epilog="""\b
Example:
  billmill user password ana@example.com --password-stdin < password.txt"""
)
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password's line from the input.")
def password(email: str, password_stdin: bool) -> None:
    """Give a user a new password; asks for it unless --password-stdin is given.

    They have one password for all their organisations. Sessions that began with the old one end;
    API tokens stay as they are (see `billmill token`).
    """
    with owner_transaction() as session:
        account = working_user(session, email)
        chosen = _password(password_stdin, *guessable_texts(session, account))
        change_password(session, account, chosen)
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
        account, membership = member_with_email(session, organization_id, email)
        changed = change_role(session, organization_id, membership, role)
        email = account.email
    say(f"{email} is {role} of {slug}{'' if changed else ' already'}.")


@user.command(
    epilog="""\b
Example:
  billmill user remove ana@example.com --org acme"""
)
@click.argument("email")
@click.option("--org", "slug", required=True, help="Slug of the organisation that they leave.")
def remove(email: str, slug: str) -> None:
    """End a user's membership in an organisation, and with it their sessions and API tokens.

    The log, jobs and invoices still name them. With their last organisation the account ends, and
    its password with it; `billmill user add` makes a new one.
    """
    with owner_transaction() as session:
        organization_id = organization_named(session, slug).id
        account, membership = member_with_email(session, organization_id, email)
        ended = end_membership(session, organization_id, membership)
        email = account.email
    say(f"{email} is no longer in {slug}.")
    if ended.tokens:
        names = ", ".join(map(repr, ended.tokens))
        say(f"Tokens revoked too: {names}.")
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
        rows = [asdict(member) for member in list_members(session, organization_id)]
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
    """List where a user is signed in now, the latest session first."""
    with owner_transaction() as session:
        user_id = user_named(session, email).id
    found = open_sessions(user_id, limit=limit).items
    print_table(SESSION_HEADINGS, [asdict(each) for each in found], as_json=as_json)


@user.command(
    epilog="""\b
Example:
  billmill user end-sessions ana@example.com"""
)
@click.argument("email")
def end_sessions(email: str) -> None:
    """Sign a user out everywhere; open pages notice within seconds.

    They can sign in again (see `billmill user password`); API tokens stay as they are.
    """
    with owner_transaction() as session:
        ended = end_everywhere(session, user_named(session, email).id)
    say(f"{plural(ended, 'session')} of {email} ended.")


def _password(from_input: bool, *guessable: str) -> str:
    """Reads a new password; `guessable` are texts that an attacker knows about the user."""
    # zxcvbn is slow to load, and most commands need no password.
    from models.accounts.password_strength import check_new_password

    if from_input:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    with usage_errors():
        check_new_password(password, guessable)
    return password
