"""The `billmill` command. Each subcommand has a module, imported at its first use."""

import importlib
import os
from typing import Any

import click

from models.visible_text import visible_lines
from web.cli.local.connection import use_running_services
from web.cli.terminal import guard_terminal

COMMANDS = {
    "up": "web.cli.local.up:up",
    "migrate": "web.cli.migrate:migrate",
    "demo": "web.cli.demo:demo",
    "doctor": "web.cli.doctor:doctor",
    "process-pending": "web.cli.process_pending:process_pending",
    "org": "web.cli.accounts.org:org",
    "user": "web.cli.accounts.user:user",
    "token": "web.cli.accounts.token:token",
    "audit": "web.cli.audit:audit",
    "import": "web.cli.import_orders:import_orders",
    "imports": "web.cli.imports.commands:imports",
    "orders": "web.cli.orders:orders",
    "invoice": "web.cli.invoice:invoice",
    "jobs": "web.cli.jobs.commands:jobs",
}


class Commands(click.Group):
    """Imports a subcommand at its first use: `billmill --help` need not wait for SQLAlchemy."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Turns expected errors into one line and exit code 1."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            # The message may quote stored text.
            error.message = visible_lines(error.message)  # type: ignore[misc]
            raise
        except (click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from web.cli.command_errors import sentence

            known = sentence(error)
            if known is None:
                raise
            raise click.ClickException(visible_lines(known)) from error


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  billmill up
  billmill import orders.csv --org acme
  billmill invoice --org acme --all --watch""",
)
@click.version_option(package_name="billmill")
@click.pass_context
def main(context: click.Context) -> None:
    """Billmill turns sales orders into invoices in bulk.

    Without DATABASE_URL every command talks to the services of a running `billmill up`.
    """
    guard_terminal()
    if context.invoked_subcommand != "up":
        use_running_services(os.environ)
