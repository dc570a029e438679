"""`billmill audit`: who did what in an organisation."""

import json
from dataclasses import asdict
from typing import Any, Final

import click

from models.accounts.audit_search import Act, list_acts
from models.accounts.organizations import organization_id_of
from models.database import org_transaction
from web.cli.table import json_option, print_table

HEADINGS: Final = {
    "at": "at, UTC", "action": "action", "user": "user", "token": "token",
    "source_address": "address", "job": "job", "details": "details",
}  # fmt: skip


@click.command(
    epilog="""\b
Examples:
  billmill audit --org acme
  billmill audit --org acme --limit 1000 --json"""
)
@click.option("--org", "slug", required=True, help="Slug of the organisation.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True)
@json_option
def audit(slug: str, limit: int, as_json: bool) -> None:
    """Show who did what, the last first; without a user an operator acted, or a login failed."""
    with org_transaction(organization_id_of(slug)) as session:
        acts = list_acts(session, limit=limit).items
    rows = [asdict(act) if as_json else _row(act) for act in acts]
    print_table(HEADINGS, rows, as_json=as_json)


def _row(act: Act) -> dict[str, Any]:
    # In ASCII: text from outside could contain control sequences for the terminal.
    details = json.dumps(act.details) if act.details else None
    return {**asdict(act), "job": act.batch_job_id, "details": details}
