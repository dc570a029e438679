"""`python -m benchmarks [--only NAME ...] [--write]`: measures, and prints one table."""

import argparse
import datetime
import importlib
import os
import platform
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.services import Site
from benchmarks.table import Row, markdown, write_into

# Each has `measure(site)`, which yields its rows. Those on the large database come last.
FAMILIES = (
    "throughput",
    "first_invoice",
    "organizations",
    "large_job",
    "imports",
    "requests",
    "watchers",
    "lists",
    "conditions",
)
README = Path(__file__).with_name("README.md")


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0 if everything was measured, however slow it was."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=FAMILIES, default=FAMILIES, metavar="NAME")
    parser.add_argument("--write", action="store_true", help="put the table into the README")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    failed: list[str] = []
    rows = list(_measure(options.only, failed))
    minutes = (time.monotonic() - began) / 60
    print(f"\n{_introduction(minutes)}\n\n{markdown(rows)}")
    if options.write and not failed:
        write_into(README, _introduction(minutes), rows)
    if failed:
        print(f"Could not be measured: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def _measure(names: Sequence[str], failed: list[str]) -> Iterator[Row]:
    site = Site()
    try:
        site.start()
        for name in names:
            began = time.monotonic()
            print(f"{name} ...", flush=True)
            try:
                for row in importlib.import_module(f"benchmarks.{name}").measure(site):
                    print(f"  {row.what}: {row.measured}", flush=True)
                    yield row
            except Exception:
                traceback.print_exc()
                failed.append(name)
            print(f"  [{time.monotonic() - began:.0f} s]", flush=True)
    finally:
        site.stop()


def _introduction(minutes: float) -> str:
    today = datetime.datetime.now(datetime.UTC).date()
    cores = len(os.sched_getaffinity(0))
    gibibytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"Measured on {today} on {cores} cores with {gibibytes:.0f} GiB, Python "
        f"{platform.python_version()}, in {minutes:.1f} minutes. Everything ran on that machine."
    )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
