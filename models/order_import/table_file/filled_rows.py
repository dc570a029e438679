"""What spreadsheets leave in a file: rows without a value, titles, and empty columns at the end."""

from __future__ import annotations

from collections.abc import Iterator

from models.order_import.errors import Unreadable
from models.order_import.table_file.records import Damage, Record
from models.order_import.table_file.title_rows import below_titles


def filled_rows(records: Iterator[Record]) -> Iterator[Record]:
    """The records with a value from the header on, without the columns behind its last name.

    A row that has text behind that column keeps all of its values: it may be shifted. So may one
    with one separator more or less than the rows beside it: it keeps one value too many or too few,
    even if that value is empty.
    """
    filled = below_titles(_with_values(records))
    width = whole_width = 0  # of the header: with a name, and with the columns behind
    for at, fields, odd_bytes in filled:
        if isinstance(fields, list):
            width, whole_width = _width(fields), len(fields)
            fields = fields[:width]
        yield at, fields, odd_bytes
        if width:
            break
    before = above = 0  # the lengths of the two rows above
    for record, below in with_next(filled):
        fields = record[1]
        if isinstance(fields, Damage):
            yield record
            continue
        size = len(fields)
        # Most rows pass this test: it costs a tenth of reading them.
        if (size > width or above > width) and _is_blank(fields[width:]):
            shift = _misfit(size, (before, above, _size(below)), whole_width)
            if shift < 0 and not _is_blank(fields[width - 1 : width]):
                shift = 0  # no value came from behind the last column
            record = record[0], fields[: width + shift], record[2]
        before, above = above, size
        yield record


def _with_values(records: Iterator[Record]) -> Iterator[Record]:
    for record in records:
        fields = record[1]
        if isinstance(fields, list) and (
            not any(fields) or (not fields[0].strip() and _is_blank(fields))
        ):
            continue
        yield record


def with_next(records: Iterator[Record]) -> Iterator[tuple[Record, Record | None]]:
    """Each record with the one below it, None if there is none that can be read."""
    record = next(records, None)
    while record is not None:
        try:
            below = next(records, None)
        except Unreadable:
            yield record, None
            raise
        yield record, below
        record = below


def _size(record: Record | None) -> int:
    return len(record[1]) if record and isinstance(record[1], list) else 0


def _misfit(size: int, others: tuple[int, int, int], header: int) -> int:
    """1 or -1 if a row has one value more, or one less, than each of the rows beside it; else 0.

    `others` are the lengths of the two rows above and the one below, 0 where there is none. The row
    below the header is also compared with the header before it is found short.
    """
    beside = [length for length in others if length]
    if size == max(beside, default=header) + 1:
        return 1
    if beside and size == min(beside) - 1 and (others[1] or size == header - 1):
        return -1
    return 0


def _is_blank(values: list[str]) -> bool:
    return not any(map(str.strip, values))


def _width(names: list[str]) -> int:
    """The number of columns up to the last that has a name."""
    return max(at for at, name in enumerate(names, start=1) if name.strip())
