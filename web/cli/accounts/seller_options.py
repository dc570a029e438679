"""The options of `billmill org add` and `org edit` that describe a seller."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import click

from models.invoicing.currency import UnknownCurrency, minor_units
from models.invoicing.tax_category import TAX_CATEGORIES
from web.countries import ASSIGNED_CODES

F = TypeVar("F", bound=Callable[..., Any])


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


def currency_code(_context: click.Context, _option: click.Parameter, value: str | None) -> Any:
    """Click's callback: accepts an ISO 4217 code that is in use."""
    if value is None:
        return None
    try:
        minor_units(value)
    except UnknownCurrency as error:
        raise click.BadParameter(f"{value!r} is no ISO 4217 currency, such as EUR.") from error
    return value


def country_code(_context: click.Context, _option: click.Parameter, value: str | None) -> Any:
    """Click's callback: accepts a code that ISO 3166-1 assigns to a country, in either case."""
    if value is None:
        return None
    if value.upper() not in ASSIGNED_CODES:
        raise click.BadParameter(f"{value!r} is no ISO 3166-1 alpha-2 code, such as DE.")
    return value.upper()


def given_text(_context: click.Context, _option: click.Parameter, value: str | None) -> Any:
    """Click's callback: accepts valid UTF-8 that is not empty."""
    if value is None:
        return None
    value = value.strip()
    if not value:
        raise click.BadParameter("it is empty, but invoices need it.")
    return encodable(_context, _option, value)


def encodable(_context: click.Context, _option: click.Parameter, value: str | None) -> Any:
    """Click's callback: accepts valid UTF-8."""
    try:
        (value or "").encode()
    except UnicodeEncodeError as error:
        raise click.BadParameter("it is not encoded as UTF-8.") from error
    return value


def seller_options(*, required: bool) -> Callable[[F], F]:
    """The options of a seller; without `required`, an option that is not given is None."""

    def default(value: object) -> dict[str, Any]:
        return {"default": value, "show_default": True} if required else {}

    options = (
        *_printed_on_invoices(required),
        click.option("--currency", callback=currency_code, **default("EUR")),
        click.option(
            "--tax-category",
            type=click.Choice(list(TAX_CATEGORIES)),
            help="Of order lines that name none.",
            **default("S"),
        ),
        click.option(
            "--tax-percent",
            type=TaxPercent(),
            help="Of order lines that name none.  [default: 19 for S]",
        ),
        click.option("--payment-days", type=click.IntRange(0, 3650), **default(30)),
        click.option(
            "--allow-zero-totals/--no-allow-zero-totals",
            default=False if required else None,
            help="Whether an order over 0.00 gets an invoice.",
        ),
        click.option(
            "--order-date-days-ahead",
            type=click.IntRange(0, 3650),
            help="How far ahead of today an order may be dated.",
            **default(30),
        ),
    )

    def add_to(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add_to


def _printed_on_invoices(required: bool) -> tuple[Callable[[F], F], ...]:
    """The options for what invoices say about their seller."""
    return (
        click.option(
            "--name", required=required, callback=given_text, help="As it stands on the invoices."
        ),
        click.option("--street", required=required, callback=given_text),
        click.option("--city", required=required, callback=given_text),
        click.option("--postal-code", required=required, callback=given_text),
        click.option(
            "--country", required=required, callback=country_code, help="ISO 3166-1, such as DE."
        ),
        click.option("--vat-id", callback=encodable, help="Invoices with reverse charge need it."),
        click.option(
            "--tax-number", callback=encodable, help="Of the local tax office, without a VAT id."
        ),
    )
