"""Changes of orders and customers as CSV, one value per row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from models.accounts.change_log import Change
from web.api.exports.csv_cells import Cell, csv_parts

COLUMNS: Final = (
    "at",
    "user",
    "token",
    "action",
    "reason",
    "order_number",
    "customer_number",
    "field",
    "old",
    "new",
)


def changes_csv(changes: Iterable[Change]) -> Iterator[str]:
    """The file in parts; a spreadsheet takes none of its text for a formula."""
    return csv_parts(COLUMNS, (row for change in changes for row in _of(change)))


def _of(change: Change) -> Iterator[list[Cell]]:
    act = [
        change.at.isoformat(),
        change.user,
        change.token,
        change.action,
        change.reason,
        change.order_number,
        change.customer_number,
    ]
    for each in change.changes:
        yield [*act, each["field"], each["old"], each["new"]]
