"""`billmill org add`: a seller who issues invoices."""

import re
from decimal import Decimal, InvalidOperation

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import OPERATOR, record_act
from models.countries import ASSIGNED_CODES
from models.database import owner_transaction
from models.errors import InvalidRequest, NotFound
from models.invoicing.money import UnknownCurrency, minor_units
from models.invoicing.tax_category import TAX_CATEGORIES
from models.organization import Organization


class TaxPercent(click.ParamType[Decimal]):
    """A decimal number from 0 to 100, exact."""

    name = "percent"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Raises click.BadParameter for anything else."""
        try:
            percent = Decimal(value)
        except InvalidOperation:
            self.fail(f"{value!r} is not a number.", param, ctx)
        if not percent.is_finite():
            self.fail(f"{value!r} is not a number.", param, ctx)
        if not 0 <= percent <= 100:
            self.fail(f"{value} is not between 0 and 100.", param, ctx)
        return percent


def currency_code(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Click's callback: an ISO 4217 code that is in use."""
    try:
        minor_units(value)
    except UnknownCurrency as error:
        raise click.BadParameter(f"{value!r} is no ISO 4217 currency, such as EUR.") from error
    return value


def country_code(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Click's callback: a code that ISO 3166-1 assigns to a country."""
    if value not in ASSIGNED_CODES:
        raise click.BadParameter(f"{value!r} is no ISO 3166-1 alpha-2 code, such as DE.")
    return value


def given_text(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Click's callback: not empty, and of characters that can be stored."""
    value = value.strip()
    if not value:
        raise click.BadParameter("it is empty, but invoices need it.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise click.BadParameter("it is not encoded as UTF-8.") from error
    return value


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
@click.option("--name", required=True, callback=given_text, help="As it stands on the invoices.")
@click.option("--street", required=True, callback=given_text)
@click.option("--city", required=True, callback=given_text)
@click.option("--postal-code", required=True, callback=given_text)
@click.option("--country", required=True, callback=country_code, help="ISO 3166-1, such as DE.")
@click.option("--vat-id", help="Invoices with reverse charge need it.")
@click.option("--currency", default="EUR", show_default=True, callback=currency_code)
@click.option(
    "--tax-category",
    type=click.Choice(list(TAX_CATEGORIES)),
    default="S",
    show_default=True,
    help="Of order lines that name none.",
)
@click.option(
    "--tax-percent", type=TaxPercent(), help="Of order lines that name none.  [default: 19 for S]"
)
@click.option("--payment-days", type=click.IntRange(0, 3650), default=30, show_default=True)
def add(slug: str, tax_category: str, tax_percent: Decimal | None, **details: str | int) -> None:
    """Add an organisation. SLUG is its short name in commands: lower case, digits, hyphens."""
    taxed = TAX_CATEGORIES[tax_category].taxed
    percent = tax_percent if tax_percent is not None else Decimal(19 if taxed else 0)
    if (percent > 0) != taxed:
        demanded = "more than 0" if taxed else "0"
        raise click.UsageError(f"Tax category {tax_category} takes {demanded} percent.")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", slug):
        raise click.UsageError(f"{slug!r} is no slug: use up to 63 of a-z, 0-9 and hyphens.")
    with owner_transaction() as session:
        if session.scalar(select(Organization.id).where(Organization.slug == slug)):
            raise InvalidRequest(f"There is an organisation {slug!r} already.")
        added = Organization(slug=slug, tax_category=tax_category, tax_percent=percent, **details)
        session.add(added)
        session.flush()
        record_act(session, added.id, OPERATOR, "org.added", slug=slug)
    click.echo(f"Organisation {slug} added.")


def organization_named(session: Session, slug: str) -> Organization:
    """The organisation of that slug; raises NotFound."""
    found = session.scalar(select(Organization).where(Organization.slug == slug))
    if found is None:
        raise NotFound(f"There is no organisation {slug!r}: add it with `billmill org add`.")
    return found
