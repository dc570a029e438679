"""`billmill doctor`: what is wrong with this installation, and how to fix it."""

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
class CheckResult:
    """The result of one check; `remedy` is empty when it passed."""

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
    results = list(examine())
    if as_json:
        say_json([asdict(result) for result in results], indent=1)
    else:
        for result in results:
            say(f"{'ok  ' if result.ok else 'FAIL'}  {result.check}: {result.detail}")
            if result.remedy:
                say(f"      {result.remedy}")
    if not all(result.ok for result in results):
        sys.exit(1)


def examine() -> Iterator[CheckResult]:
    """The results, in order; a check is skipped when a check that it needs failed."""
    sound: set[str | None] = {None}
    for check in CHECKS:
        if check.needs not in sound:
            continue
        try:
            yield CheckResult(check.name, True, check.run())
            sound.add(check.name)
        except Fault as fault:
            yield CheckResult(check.name, False, str(fault), fault.remedy)
        except BillmillError as error:
            yield CheckResult(check.name, False, "not as it must be", str(error))
