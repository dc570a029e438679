"""What spreadsheets leave in a file: rows without a value, and empty columns behind the last."""

from __future__ import annotations

from collections.abc import Iterator

from models.order_import.table_file.records import Record


def filled_rows(records: Iterator[Record]) -> Iterator[Record]:
    """The records with a value, the header first, without the columns behind its last name.

    A row that has text behind that column keeps all of its values: it may be shifted.
    """
    width = 0
    for record in records:
        fields = record[1]
        # Most rows pass this test: it costs a tenth of reading them.
        if isinstance(fields, list) and (
            len(fields) > width or not fields or not fields[0].strip()
        ):
            if _is_blank(fields):
                continue
            if not width:
                width = _width(fields)
            if _is_blank(fields[width:]):
                record = record[0], fields[:width], record[2]
        yield record


def _is_blank(values: list[str]) -> bool:
    return not any(map(str.strip, values))


def _width(names: list[str]) -> int:
    """The number of columns up to the last that has a name."""
    return max(at for at, name in enumerate(names, start=1) if name.strip())
