"""What an import changed as CSV, one value per row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from models.tables.import_run import ImportChange
from web.api.exports.csv_cells import Cell, csv_parts

COLUMNS: Final = (
    "line",
    "record",
    "order_number",
    "customer_number",
    "field",
    "old",
    "new",
    "stored",
)


def import_changes_csv(changes: Iterable[ImportChange]) -> Iterator[str]:
    """The file in parts; a spreadsheet takes none of its text for a formula.

    `stored` says which of both values is stored now: `new`, or `old` where a person's mend stays.
    """
    return csv_parts(COLUMNS, (row for change in changes for row in _of(change)))


def _of(change: ImportChange) -> Iterator[list[Cell]]:
    details: Mapping[str, Any] = change.details
    act = [details["line"], change.kind, details["order_number"], details.get("customer_number")]
    if change.kind == "customer":
        yield [*act, details["what"], details["before"], details["after"], "new"]
        return
    for each in details["differences"]:
        yield [*act, each["what"], each["before"], each["after"], "new"]
    if details.get("mends_kept"):
        for each in details["mends"]:
            yield [*act, each["what"], each["before"], each["after"], "old"]
