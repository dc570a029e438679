"""`billmill process-pending`: the sweep, now instead of within the minute."""

from dataclasses import asdict

import click

from web.cli.terminal import say, say_json


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
        say_json(asdict(report))
    elif not report.ran:
        say("Another sweep is at work.")
    else:
        say(
            f"{report.jobs} unfinished jobs seen, {report.messages_sent} messages sent again, "
            f"{report.jobs_ended} jobs ended."
        )
