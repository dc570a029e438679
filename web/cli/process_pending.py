"""`billmill process-pending`: the sweep, now instead of within the minute."""

import json
from dataclasses import asdict

import click


@click.command(
    epilog="""\b
Example:
  billmill process-pending --json"""
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def process_pending(as_json: bool) -> None:
    """Send again what was lost of any organisation's jobs, and end those with nothing left."""
    from actors.sweep import sweep  # needs the settings, which a mere --help does not have

    report = sweep()
    if as_json:
        click.echo(json.dumps(asdict(report)))
    elif not report.ran:
        click.echo("Another sweep is at work.")
    else:
        click.echo(
            f"{report.jobs} unfinished jobs seen, {report.messages_sent} messages sent again, "
            f"{report.jobs_ended} jobs ended."
        )
