"""`billmill token create`: a key for a program that uses the API."""

import click
from sqlalchemy import select

from models.api_tokens import create_token
from models.audit import OPERATOR, record_act
from models.database import owner_transaction
from models.errors import InvalidRequest
from models.organization import ApiToken
from web.cli.org import organization_named
from web.cli.user import member_with_email


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
@click.option("--org", "slug", required=True, help="Slug of the organisation.")
@click.option("--user", "email", required=True, help="In whose name the program acts.")
@click.option("--name", required=True, help="What the token is for; one of a kind.")
def create(slug: str, email: str, name: str) -> None:
    """Make a token and print it. It is shown this once, and kept only as a hash."""
    with owner_transaction() as session:
        organization_id = organization_named(session, slug).id
        user = member_with_email(session, organization_id, email)
        taken = select(ApiToken.id).where(
            ApiToken.organization_id == organization_id, ApiToken.name == name
        )
        if session.scalar(taken):
            raise InvalidRequest(f"{slug} has a token {name!r} already: choose another name.")
        made = create_token(session, organization_id=organization_id, user_id=user.id, name=name)
        record_act(session, organization_id, OPERATOR, "token.created", name=name, email=user.email)
    click.echo(made)
