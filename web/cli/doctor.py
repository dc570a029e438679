"""`billmill doctor`: what is wrong with this installation, and how to mend it."""

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from models.errors import BillmillError
from web.cli.checks import database, proxies, redis, settings
from web.cli.checks.check import Check, Fault
from web.cli.terminal import say, say_json

CHECKS: list[Check] = [*settings.CHECKS, *database.CHECKS, *redis.CHECKS, *proxies.CHECKS]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` is empty when all is well."""

    check: str
    ok: bool
    detail: str
    remedy: str = ""


@click.command(
    epilog="""\b
Example:
  billmill doctor && echo all is well"""
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Check settings, database, schema, Redis and clock; exit code 1 if anything is wrong."""
    findings = list(examine())
    if as_json:
        say_json([asdict(finding) for finding in findings], indent=1)
    else:
        for finding in findings:
            say(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.detail}")
            if finding.remedy:
                say(f"      {finding.remedy}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)


def examine() -> Iterator[Finding]:
    """The findings, in order; what needs something that failed is not looked at."""
    sound: set[str | None] = {None}
    for check in CHECKS:
        if check.needs not in sound:
            continue
        try:
            yield Finding(check.name, True, check.look())
            sound.add(check.name)
        except Fault as fault:
            yield Finding(check.name, False, str(fault), fault.remedy)
        except BillmillError as error:
            yield Finding(check.name, False, "not as it must be", str(error))
