"""`billmill org`: sellers who issue invoices."""

import re
from decimal import Decimal
from typing import Any, Final

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, record_act
from models.database import owner_transaction
from models.errors import InvalidRequest, NotFound
from models.tables.membership import Membership
from models.tables.organization import Organization
from web.cli.accounts.seller_options import check_percent, default_percent, seller_options
from web.cli.table import json_option, print_table
from web.cli.terminal import say, say_json

# What invoices say of a seller, and what orders that say nothing are taken for.
DETAILS: Final = (
    "name", "street", "city", "postal_code", "country", "vat_id",
    "currency", "tax_category", "tax_percent", "payment_days",
)  # fmt: skip

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
def add(slug: str, tax_category: str, tax_percent: Decimal | None, **details: Any) -> None:
    """Add an organisation. SLUG is its short name in commands: lower case, digits, hyphens."""
    percent = default_percent(tax_category) if tax_percent is None else tax_percent
    check_percent(tax_category, percent)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", slug):
        raise click.UsageError(f"{slug!r} is no slug: use up to 63 of a-z, 0-9 and hyphens.")
    with owner_transaction() as session:
        if session.scalar(select(Organization.id).where(Organization.slug == slug)):
            raise InvalidRequest(f"There is an organisation {slug!r} already.")
        details["vat_id"] = details["vat_id"] or None
        added = Organization(slug=slug, tax_category=tax_category, tax_percent=percent, **details)
        session.add(added)
        session.flush()
        record_act(session, added.id, OPERATOR, "org.added", slug=slug)
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
    """Change what is given, and leave the rest. An empty --vat-id takes it away.

    Invoices that are issued stay as they are.
    """
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("Say what to change, such as --vat-id.")
    with owner_transaction() as session:
        found = organization_named(session, slug)
        category = changes.get("tax_category", found.tax_category)
        if category != found.tax_category:
            changes.setdefault("tax_percent", default_percent(category))
        check_percent(category, changes.get("tax_percent", found.tax_percent))
        if "vat_id" in changes:
            changes["vat_id"] = changes["vat_id"].strip() or None
        before = details_of(found)
        for name, value in changes.items():
            setattr(found, name, value)
        after = details_of(found)
        changed = [name for name in DETAILS if before[name] != after[name]]
        if changed:
            record_act(
                session,
                found.id,
                OPERATOR,
                "org.edited",
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
    words = ", ".join(name.replace("_", " ").replace("vat", "VAT") for name in changed)
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
        found = session.scalars(select(Organization).order_by(Organization.slug)).all()
        rows = [{"slug": each.slug, **details_of(each)} for each in found]
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
        people = select(func.count()).where(
            Membership.organization_id == found.id, Membership.ended_at.is_(None)
        )
        facts = {"slug": slug, **details_of(found), "users": session.scalar(people)}
    if as_json:
        say_json(facts)
        return
    for name, value in facts.items():
        words = name.replace("_", " ").replace("vat", "VAT") + ":"
        say(f"{words:<14}{'-' if value is None else value}")


def details_of(organization: Organization) -> dict[str, str | int | None]:
    """What is known of it, as JSON holds it; the percentage is a decimal string."""
    found = {name: getattr(organization, name) for name in DETAILS}
    return found | {"tax_percent": f"{organization.tax_percent:f}"}


def organization_named(session: Session, slug: str) -> Organization:
    """The organisation of that slug; raises NotFound."""
    found = session.scalar(select(Organization).where(Organization.slug == slug))
    if found is None:
        raise NotFound(f"There is no organisation {slug!r}: add it with `billmill org add`.")
    return found
