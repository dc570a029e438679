"""`billmill token`: keys for programs that use the API."""

from dataclasses import asdict
from typing import Final

import click

from models.accounts.api_tokens import DAYS, create_token, list_tokens, revoke_token
from models.accounts.organizations import organization_named
from models.accounts.users import member_with_email
from models.database import owner_transaction
from web.cli.table import json_option, print_table
from web.cli.terminal import say

HEADINGS: Final = {
    "name": "name", "user": "user", "created_at": "created, UTC", "expires_at": "expires, UTC",
    "last_used_at": "last used, UTC", "revoked_at": "revoked, UTC",
}  # fmt: skip

LONGEST_DAYS: Final = 366

_org_option = click.option("--org", "slug", required=True, help="Slug of the organisation.")


@click.group(
    epilog="""\b
Example:
  billmill token create --org acme --user ana@example.com --name shop"""
)
def token() -> None:
    """Keys for programs that use the API."""


@token.command(
    epilog="""\b
Example:
  TOKEN=$(billmill token create --org acme --user ana@example.com --name shop)
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8000/api/orders"""
)
@_org_option
@click.option("--user", "email", required=True, help="The user as whom the program acts.")
@click.option("--name", required=True, help="What the token is for; unique in the organisation.")
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_DAYS),
    help=f"For how many days it is valid; {DAYS} if not given.",
)
@click.option("--never", is_flag=True, help="Let it never expire.")
def create(slug: str, email: str, name: str, days: int | None, never: bool) -> None:
    """Make a token and print it. It is shown only this once, and stored only as a hash.

    The name of a revoked or expired token is free.
    """
    if never and days is not None:
        raise click.UsageError("Give --days or --never, not both.")
    with owner_transaction() as session:
        organization_id = organization_named(session, slug).id
        user, _membership = member_with_email(session, organization_id, email)
        made = create_token(
            session,
            organization_id=organization_id,
            user_id=user.id,
            name=name,
            days=None if never else days or DAYS,
        )
    say(made)


@token.command(
    epilog="""\b
Example:
  billmill token revoke --org acme --name shop"""
)
@_org_option
@click.option("--name", required=True, help="As the token was named when it was made.")
def revoke(slug: str, name: str) -> None:
    """Refuse a token from now on. Its name becomes free."""
    with owner_transaction() as session:
        organization_id = organization_named(session, slug).id
        revoke_token(session, organization_id=organization_id, name=name)
    say(f"The token {name!r} of {slug} is revoked.")


@token.command(
    "list",
    epilog="""\b
Example:
  billmill token list --org acme""",
)
@_org_option
@json_option
def list_(slug: str, as_json: bool) -> None:
    """List an organisation's tokens by name. The tokens themselves are not stored."""
    with owner_transaction() as session:
        organization_id = organization_named(session, slug).id
        rows = [asdict(each) for each in list_tokens(session, organization_id)]
    print_table(HEADINGS, rows, as_json=as_json)
