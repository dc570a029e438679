"""`billmill import`: imports a file of orders."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click

from models.accounts.organizations import organization_id_of
from models.order_import.importer import ImportReport
from models.order_import.importer import import_orders as import_file
from models.order_import.table_file.text_lines import Readable
from web.cli.terminal import say, say_json
from web.cli.whole_file import whole_file

ERRORS_SHOWN = 50


@click.command(
    "import",
    epilog="""\b
Examples:
  billmill import orders.csv --org acme
  zcat orders.csv.gz | billmill import - --org acme --json""",
)
@click.argument("file", type=click.File("rb"))
@click.option("--org", "slug", required=True, help="Slug of the organisation.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_orders(file: BinaryIO, slug: str, as_json: bool) -> None:
    """Import a FILE of orders (CSV); "-" reads the input.

    A bad row is reported and rejects its own order only; exit code 1 then. Importing a file
    twice changes nothing the second time. Nothing is stored of a file that cannot be read to its
    end. Before a pipe, use set -o pipefail: a broken pipe looks like the end of the file.
    """
    organization_id = organization_id_of(slug)
    with whole_file(file) as copy, _progress(copy) as watched:
        report = import_file(organization_id, watched)
    if as_json:
        say_json(report.as_dict())
    else:
        _print(report)
    if report.error_count:
        sys.exit(1)


class _Watched:
    """A file that advances a progress bar as it is read."""

    def __init__(self, file: BinaryIO, bar: "click._termui_impl.ProgressBar[int]") -> None:
        self._file = file
        self._bar = bar

    def read(self, size: int, /) -> bytes:
        """Reads from the file."""
        data = self._file.read(size)
        self._bar.update(len(data))
        return data

    def seek(self, offset: int, /) -> int:
        """Continues at that byte."""
        self._bar.update(offset - self._bar.pos)
        return self._file.seek(offset)


@contextmanager
def _progress(file: BinaryIO) -> Iterator[Readable]:
    """The file, with a progress bar if the output is a terminal and the size is known."""
    size = _size(file)
    if not (size and sys.stderr.isatty()):
        yield file
        return
    with click.progressbar(length=size, label="Importing", file=sys.stderr) as bar:
        yield _Watched(file, bar)


def _size(file: BinaryIO) -> int:
    """The size in bytes; 0 if it is not a regular file."""
    try:
        status = os.fstat(file.fileno())
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _print(report: ImportReport) -> None:
    counted = {
        "created": report.orders_created,
        "updated": report.orders_updated,
        "unchanged": report.orders_unchanged,
        "rejected": report.orders_rejected,
    }
    customers = (report.customers_created, report.customers_updated)
    if report.refused and not report.stored:
        say("Nothing was imported: this is not an orders file as it should be.")
    else:
        if report.refused:
            say("The file could not be read to its end. What comes before was stored:")
        say("Orders: " + ", ".join(f"{count:,} {what}" for what, count in counted.items()))
        say("Customers: {:,} created, {:,} updated".format(*customers))
    if report.ignored_columns:
        say(f"Note: columns that were ignored: {', '.join(report.ignored_columns)}")
    _print_changes(report)
    if not report.errors:
        return
    say("", f"{'line':>8}  {'column':<17} {'code':<21} message")
    for error in report.errors[:ERRORS_SHOWN]:
        say(f"{error.line:>8}  {error.column or '-':<17} {error.code:<21} {error.message}")
    hidden = report.error_count - ERRORS_SHOWN
    if hidden > 0:
        say(f"{'…':>8}  and {hidden:,} more; --json lists up to 1,000")


def _print_changes(report: ImportReport) -> None:
    """The orders that came again with changes, and the customers whose records changed."""
    if report.changes:
        say("", "Changed orders:")
        say(*(f"  {change.message}" for change in report.changes[:ERRORS_SHOWN]))
        _say_hidden(report.change_count)
    if report.customer_changes:
        say("", "Changed customers:")
        say(*(f"  {change.message}" for change in report.customer_changes[:ERRORS_SHOWN]))
        _say_hidden(report.customer_change_count)


def _say_hidden(count: int) -> None:
    if count > ERRORS_SHOWN:
        say(f"  … and {count - ERRORS_SHOWN:,} more; --json lists up to 1,000")
