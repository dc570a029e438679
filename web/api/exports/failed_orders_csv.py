"""The failed orders of a batch job as CSV, one order per row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from itertools import islice

from models.jobs.failed_orders import FailedOrder
from web.api.exports.csv_cells import plain

COLUMNS = tuple(field.name for field in fields(FailedOrder))
_ROWS_AT_ONCE = 500


def failed_orders_csv(failed: Iterable[FailedOrder]) -> Iterator[str]:
    """The file in parts; a spreadsheet takes none of its text for a formula."""
    rest = iter(failed)
    yield _rows([COLUMNS])
    while some := list(islice(rest, _ROWS_AT_ONCE)):
        yield _rows([plain(cell) for cell in astuple(order)] for order in some)


def _rows(rows: Iterable[Iterable[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()
