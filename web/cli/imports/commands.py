"""`billmill imports`: lists imports, shows one with what is wrong, and cancels one."""

from uuid import UUID

import click

from models.accounts.audit import OPERATOR
from models.accounts.organizations import organization_id_of
from models.database import org_transaction
from models.order_import.runs.search import (
    find_run,
    latest_runs,
    list_findings,
    organization_of_run,
)
from web.api.schemas.imports import ImportFinding, ImportRun
from web.cli.table import json_option, print_table
from web.cli.terminal import say, say_json

FINDINGS_SHOWN = 50

_HEADINGS = {
    "id": "ID",
    "created_at": "created, UTC",
    "status": "status",
    "file_name": "file",
    "rows": "rows",
    "orders_created": "created",
    "orders_updated": "updated",
    "orders_unchanged": "unchanged",
    "orders_rejected": "rejected",
    "error_count": "findings",
}
_FACTS = (
    "status",
    "error_message",
    "file_name",
    "size_bytes",
    "sha256",
    "rows",
    "orders_created",
    "orders_updated",
    "orders_unchanged",
    "orders_rejected",
    "customers_created",
    "customers_updated",
    "error_count",
    "change_count",
    "created_by",
    "created_at",
    "started_at",
    "completed_at",
)
_id_argument = click.argument("import_id", metavar="ID", type=click.UUID)


@click.group(
    epilog="""\b
Examples:
  billmill imports list --org acme
  billmill imports show 0198c0de-0000-7000-8000-000000000001"""
)
def imports() -> None:
    """Imports of files: see them, and cancel one."""


@imports.command(
    "list",
    epilog="""\b
Example:
  billmill imports list --org acme --limit 5""",
)
@click.option("--org", "slug", help="Slug of the organisation; all organisations if not given.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@json_option
def list_(slug: str | None, limit: int, as_json: bool) -> None:
    """List the latest imports, newest first."""
    organization_id = None if slug is None else organization_id_of(slug)
    rows = [
        ImportRun.of(found).model_dump(mode="json" if as_json else "python")
        | {"organization": name}
        for name, found in latest_runs(organization_id, limit=limit)
    ]
    headings = _HEADINGS if slug else _HEADINGS | {"organization": "organisation"}
    print_table(headings, rows, as_json=as_json)


@imports.command(
    epilog="""\b
Example:
  billmill imports show 0198c0de-0000-7000-8000-000000000001"""
)
@_id_argument
@json_option
def show(import_id: UUID, as_json: bool) -> None:
    """Show an import, and the first of its findings."""
    with org_transaction(organization_of_run(import_id)) as session:
        run = ImportRun.of(find_run(session, import_id))
        page = list_findings(session, import_id, after=None, limit=FINDINGS_SHOWN)
    findings = [ImportFinding.of(found) for found in page.items]
    if as_json:
        listed = [found.model_dump(mode="json") for found in findings]
        say_json(run.model_dump(mode="json") | {"errors": listed})
        return
    for name in _FACTS:
        value = getattr(run, name)
        if value is not None:
            say(f"{name.replace('_', ' ') + ':':<20}{value}")
    if run.same_file is not None:
        say(f"{'same file as:':<20}{run.same_file.id}")
    if findings:
        say("", f"{'line':>8}  {'column':<17} {'code':<21} message")
        say(*(f"{f.line:>8}  {f.column or '-':<17} {f.code:<21} {f.message}" for f in findings))


@imports.command(
    epilog="""\b
Example:
  billmill imports cancel 0198c0de-0000-7000-8000-000000000001"""
)
@_id_argument
def cancel(import_id: UUID) -> None:
    """Stop an import; what is stored stays."""
    from actors.import_control import cancel as cancel_import  # needs the settings

    run = cancel_import(organization_of_run(import_id), import_id, OPERATOR).run
    say(f"Import {import_id} is {run.status}.")
