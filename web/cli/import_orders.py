"""`billmill import`: imports a file of orders."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import click

from models.accounts.audit import OPERATOR
from models.accounts.organizations import organization_id_of
from models.database import org_transaction
from models.garbage_collection import rare_collections
from models.order_import.errors import Unreadable
from models.order_import.importer import ImportReport, defaults_of
from models.order_import.mapping.dates import date_order
from models.order_import.mapping.findings import FILLED
from models.order_import.mapping.mapping import ZERO_RATES
from models.order_import.mapping.numbers import DecimalMark
from models.order_import.mapping.proposal import propose_mapping
from models.order_import.mapping.saved_mappings import reading_for
from models.order_import.runs.control import cancel_run
from models.order_import.runs.search import find_run
from models.order_import.runs.state import RunState
from models.order_import.runs.submission import Options, Upload, submit_file
from models.order_import.runs.work import work_on
from models.order_import.table_file.table import open_table
from web.api.schemas.mappings import ProposalShape
from web.cli.explained_file import say_proposal
from web.cli.import_report import say_report, say_same_file
from web.cli.terminal import say_json
from web.cli.whole_file import whole_file

# How long to wait for Redis at the end.
FLUSH_SECONDS = 2.0


@click.command(
    "import",
    epilog="""\b
Examples:
  billmill import orders.csv --org acme
  billmill import orders.xlsx --org acme --sheet March
  billmill import shop-export.csv --org acme --explain
  billmill import export.csv --org acme --mapping warehouse --decimal comma
  billmill import shop-export.csv --org acme --set country=AT --zero-rate E
  zcat orders.csv.gz | billmill import - --org acme --json""",
)
@click.argument("file", type=click.File("rb"))
@click.option("--org", "slug", required=True, help="Slug of the organisation.")
@click.option("--encoding", help="Of a CSV file, such as windows-1252; else found by looking.")
@click.option("--sheet", help="The sheet of a workbook; else the first.")
@click.option(
    "--allow-customer-changes",
    is_flag=True,
    help="Let an order that comes again name another customer.",
)
@click.option(
    "--allow-undone-mends",
    is_flag=True,
    help="Let an order bring back the old value of what a person has mended.",
)
@click.option("--mapping", help="A saved mapping of columns, or a preset such as shopify.")
@click.option(
    "--decimal",
    type=click.Choice(["point", "comma"]),
    help="The mark before decimals, where the file can be read in two ways.",
)
@click.option(
    "--dates",
    type=click.Choice(["d.m.y", "d/m/y", "d-m-y", "m/d/y", "m-d-y", "y-m-d"]),
    help="The order in dates, where the file can be read in two ways.",
)
@click.option(
    "--set",
    "constants",
    multiple=True,
    metavar="COLUMN=VALUE",
    callback=lambda _context, _option, given: _constants(given),
    help=f"A value for all rows that have none, such as currency=CHF: {', '.join(FILLED)}.",
)
@click.option(
    "--zero-rate",
    type=click.Choice(ZERO_RATES, case_sensitive=False),
    help="The tax category of rows with 0 % that have none, or S.",
)
@click.option("--explain", is_flag=True, help="Show how the file would be read; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_orders(
    file: BinaryIO,
    slug: str,
    encoding: str | None,
    sheet: str | None,
    allow_customer_changes: bool,
    allow_undone_mends: bool,
    mapping: str | None,
    decimal: DecimalMark | None,
    dates: str | None,
    constants: dict[str, str],
    zero_rate: str | None,
    explain: bool,
    as_json: bool,
) -> None:
    """Import a FILE of orders (CSV, XLSX or ODS); "-" reads the input.

    A bad row is reported and rejects its own order only; exit code 1 then. Importing a file
    twice changes nothing the second time. Nothing is stored of a file that cannot be read to its
    end. Before a pipe, use set -o pipefail: a broken pipe looks like the end of the file.

    A file with other columns than an orders file's needs a mapping; the exports of some shops are
    known. --explain shows the columns, what is unsure, and five rows.
    """
    organization_id = organization_id_of(slug)
    options = Options(
        encoding,
        sheet,
        allow_customer_changes=allow_customer_changes,
        allow_undone_mends=allow_undone_mends,
        mapping=mapping,
        decimal=decimal,
        dates=date_order(dates or ""),
        constants=constants,
        zero_rate=zero_rate or "",
    )
    with whole_file(file) as copy:
        if explain:
            _explain(organization_id, copy, options, as_json=as_json)
            return
        upload = Upload(copy, _name_of(file), options, worked_here=True)
        run_id = submit_file(organization_id, upload).run_id
        size = copy.tell()
    with rare_collections():
        report = _work(organization_id, run_id, size)
    if as_json:
        say_json({"id": str(run_id), **report.as_dict()})
    else:
        say_report(report)
        with org_transaction(organization_id) as session:
            say_same_file(find_run(session, run_id))
    if report.error_count:
        sys.exit(1)


def _explain(organization_id: int, file: BinaryIO, options: Options, *, as_json: bool) -> None:
    """Prints how the file would be read; exit code 1 if something must be settled first."""
    reading = reading_for(organization_id, *options.reading)
    try:
        table = open_table(file, encoding=options.encoding, sheet=options.sheet)
        proposal = propose_mapping(table, reading, defaults_of(organization_id))
    except Unreadable as error:
        raise click.ClickException(error.errors[0].message) from error
    if as_json:
        say_json(ProposalShape.of(proposal).model_dump(mode="json"))
    else:
        say_proposal(proposal)
    if proposal.kind == "unknown" or proposal.problems:
        sys.exit(1)


def _constants(given: Sequence[str]) -> dict[str, str]:
    """The values of --set by column."""
    constants = {}
    for each in given:
        name, equals, value = (part.strip() for part in each.partition("="))
        if name not in FILLED or not equals or not value:
            message = f"{each!r} is not one of {', '.join(FILLED)} with a value: currency=CHF."
            raise click.BadParameter(message)
        constants[name] = value
    return constants


def _name_of(file: BinaryIO) -> str:
    """The file's name without its folder; "" for the input."""
    name = getattr(file, "name", "")
    return Path(name).name if isinstance(name, str) and name != "<stdin>" else ""


def _work(organization_id: int, run_id: UUID, size: int) -> ImportReport:
    """Works the import off in this process; a terminal shows how far it has come.

    Raises `ClickException` if it was cancelled or taken over meanwhile.
    """
    from actors.import_progress import import_bus  # needs the settings, which --help does not have

    with click.progressbar(
        length=max(size, 1), label="Importing", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def show(state: RunState) -> None:
            bar.update(state.counts["bytes_read"] - bar.pos)
            import_bus.offer(state)

        try:
            worked = work_on(organization_id, run_id, 0, on_commit=show, holds_lease=True)
        except KeyboardInterrupt:
            cancel_run(organization_id, run_id, OPERATOR)
            message = f"Cancelled; what was stored stays: billmill imports show {run_id}"
            raise click.ClickException(message) from None
        finally:
            import_bus.flush(FLUSH_SECONDS)
    if worked.reader is None:
        message = f"The import was stopped from elsewhere: billmill imports show {run_id}"
        raise click.ClickException(message)
    return worked.reader.tally.report(worked.reader.file)
