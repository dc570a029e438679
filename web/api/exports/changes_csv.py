"""Changes of orders and customers as CSV, one value per row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from models.accounts.change_log import Change
from web.api.exports.csv_cells import Cell, plain

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
_CHANGES_AT_ONCE = 500


def changes_csv(changes: Iterable[Change]) -> Iterator[str]:
    """The file in parts; a spreadsheet takes none of its text for a formula."""
    rest = iter(changes)
    yield _rows([COLUMNS])
    while some := list(islice(rest, _CHANGES_AT_ONCE)):
        yield _rows(row for change in some for row in _of(change))


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


def _rows(rows: Iterable[Iterable[Cell]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([plain(cell) for cell in row] for row in rows)
    return file.getvalue()
