"""`billmill org`: sellers who issue invoices."""

from typing import Any, Final

import click

from models.accounts.memberships import count_members
from models.accounts.organizations import (
    OrganizationDetails,
    add_organization,
    change_organization,
    check_slug,
    details_of,
    list_organizations,
    organization_named,
)
from models.database import owner_transaction
from web.cli.accounts.seller_options import seller_options
from web.cli.command_errors import usage_errors
from web.cli.table import json_option, print_table
from web.cli.terminal import say, say_json

HEADINGS: Final = {
    "slug": "slug", "country": "country", "vat_id": "VAT id", "currency": "currency", "name": "name"
}  # fmt: skip


@click.group(
    epilog="""\b
Example:
  billmill org add acme --name 'Acme GmbH' --street 'Hauptstr. 1' --city Köln \\
      --postal-code 50667 --country DE"""
)
def org() -> None:
    """Organisations: who issues the invoices."""


@org.command(
    epilog="""\b
Example:
  billmill org add acme --name 'Acme GmbH' --street 'Hauptstr. 1' --city Köln \\
      --postal-code 50667 --country DE --vat-id DE123456789"""
)
@click.argument("slug")
@seller_options(required=True)
def add(slug: str, **given: Any) -> None:
    """Add an organisation. SLUG is its short name in commands: lower case, digits, hyphens."""
    with usage_errors():
        check_slug(slug)
        details = OrganizationDetails.of(given)
    with owner_transaction() as session:
        add_organization(session, slug, details)
    say(f"Organisation {slug} added.")


@org.command(
    epilog="""\b
Examples:
  billmill org edit acme --vat-id DE123456789
  billmill org edit acme --street 'Hauptstr. 2' --postal-code 50668"""
)
@click.argument("slug")
@seller_options(required=False)
def edit(slug: str, **given: Any) -> None:
    """Change what is given, and leave the rest. An empty --vat-id or --tax-number removes it.

    Issued invoices stay as they are.
    """
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("Say what to change, such as --vat-id.")
    with usage_errors(), owner_transaction() as session:
        changed = change_organization(session, slug, changes)
    words = ", ".join(map(_words, changed))
    say(f"Organisation {slug}: {words + ' changed' if changed else 'nothing to change'}.")


@org.command(
    "list",
    epilog="""\b
Example:
  billmill org list""",
)
@json_option
def list_(as_json: bool) -> None:
    """List all organisations by their slugs."""
    with owner_transaction() as session:
        found = list_organizations(session)
    rows = [{"slug": each.slug, **details_of(each).as_dict()} for each in found]
    print_table(HEADINGS, rows, as_json=as_json)


@org.command(
    epilog="""\b
Example:
  billmill org show acme"""
)
@click.argument("slug")
@json_option
def show(slug: str, as_json: bool) -> None:
    """Show what invoices say of an organisation, and how many people work in it."""
    with owner_transaction() as session:
        found = organization_named(session, slug)
        users = count_members(session, found.id)
    facts = {"slug": slug, **details_of(found).as_dict(), "users": users}
    if as_json:
        say_json(facts)
        return
    for name, value in facts.items():
        say(f"{_words(name) + ':':<23}{_shown(value)}")


def _shown(value: str | int | bool | None) -> str:
    if value is None:
        return "-"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _words(name: str) -> str:
    """The name of a detail in words."""
    return name.replace("_", " ").replace("vat", "VAT")
