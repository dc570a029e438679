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
        line, fields, odd_bytes = record
        if isinstance(fields, list):
            if not (fields and fields[0].strip()) and _is_blank(fields):
                continue
            if not width:
                width = _width(fields)
            if len(fields) > width and _is_blank(fields[width:]):
                yield line, fields[:width], odd_bytes
                continue
        yield record


def _is_blank(values: list[str]) -> bool:
    return not any(map(str.strip, values))


def _width(names: list[str]) -> int:
    """The number of columns up to the last that has a name."""
    return max(at for at, name in enumerate(names, start=1) if name.strip())
