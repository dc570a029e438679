"""`billmill process-pending`: runs the sweep now instead of within a minute."""

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
    """Send lost messages of any job again, and end the jobs with nothing left to do."""
    from actors.sweep import sweep  # needs the settings, which --help does not have

    report = sweep()
    if as_json:
        say_json(asdict(report))
    elif not report.ran:
        say("Another sweep is running.")
    else:
        say(
            f"{report.jobs} unfinished jobs seen, {report.messages_sent} messages sent again, "
            f"{report.jobs_ended} jobs ended."
        )
