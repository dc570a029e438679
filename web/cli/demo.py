"""`billmill demo`: an organisation with made-up orders, to try Billmill with."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from decimal import Decimal

import click

from models.accounts.organizations import (
    OrganizationDetails,
    add_organization,
    find_organization,
)
from models.accounts.users import ensure_user
from models.database import org_transaction, owner_transaction
from models.order_import.importer import import_orders
from models.orders.search import OrderFilter, count_orders
from models.settings import current_settings
from web.cli.demo_data.orders import DemoOrdersFile
from web.cli.terminal import say

SLUG = "demo"
EMAIL = "demo@billmill.example"
MOST_ORDERS = 1_000_000
SELLER = OrganizationDetails(
    name="Nordlicht Handels GmbH",
    street="Am Sandtorkai 24",
    city="Hamburg",
    postal_code="20457",
    country="DE",
    vat_id="DE294776378",
    currency="EUR",
    tax_category="S",
    tax_percent=Decimal(19),
    payment_days=30,
)


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """What a person needs to sign in to the demo organisation."""

    email: str
    password: str
    slug: str


@click.command(
    epilog="""\b
Example:
  billmill demo --orders 5000"""
)
@click.option(
    "--orders",
    type=click.IntRange(1, MOST_ORDERS),
    default=1_000,
    show_default=True,
    help="How many orders there should be.",
)
def demo(orders: int) -> None:
    """Add an organisation "demo" with made-up orders, about 2 % of them flawed.

    What is there already stays as it is. Prints how to sign in.
    """
    access = load_demo(orders)
    say(f"Organisation  {access.slug}")
    say(f"Log in        {access.email}  password {access.password}")


def load_demo(orders: int = 1_000) -> DemoAccess:
    """The demo with at least `orders` orders; a second call changes nothing.

    The password is derived from SECRET_KEY, so that no other installation has it. Raises
    `MissingSetting` without one.
    """
    access = DemoAccess(EMAIL, _password(), SLUG)
    with owner_transaction() as session:
        organization = find_organization(session, SLUG) or add_organization(session, SLUG, SELLER)
        ensure_user(session, organization, EMAIL, "admin", access.password)
    with org_transaction(organization.id) as session:
        there = count_orders(session, OrderFilter())
    if there < orders:
        # Dated from the day the demo was made, so that existing orders stay the same.
        import_orders(organization.id, DemoOrdersFile(orders, organization.created_at.date()))
    return access


def _password() -> str:
    key = current_settings().required_secret_key().encode()
    digest = hmac.digest(key, b"the password of the demo organisation", hashlib.sha256)
    letters = base64.b32encode(digest).decode().lower()
    return f"demo-{letters[:4]}-{letters[4:8]}-{letters[8:12]}"
