"""A preset reads the export of one program: it makes rows of the orders file, order by order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from models.order_import.csv_file.columns import COLUMNS, HEAD, ORDER_NUMBER
from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.country_names import country_code
from models.order_import.mapping.labels import labels
from models.order_import.mapping.mapped_records import damage_of, misfits
from models.order_import.mapping.standard_values import Records
from models.order_import.table_file.records import Damage
from models.order_import.table_file.table import Table

# No real order of a shop has more rows; the rest becomes an order with the same number, and is
# refused.
MAX_ROWS: Final = 10_000
_ODD: Final = "A value on this line is not text in the file's encoding, or holds a NUL character."


class SourceRow(dict[str, str]):
    """The values of a row by their columns' labels, without surrounding space; `line` is its line.

    A column that the file does not have is empty.
    """

    def __init__(self, line: int, names: Sequence[str], fields: Sequence[str], odd: bool) -> None:
        super().__init__(zip(names, map(str.strip, fields), strict=False))
        self.line = line
        self.odd_bytes = odd

    def __missing__(self, name: str) -> str:
        return ""


OurRow = dict[str, str]
"""A row in our columns; the columns of the order are those of its first row."""


@dataclass(frozen=True, slots=True)
class Preset:
    """How the export of a program is read.

    `fits` is decided by `needs`, columns that only this export has together. Rows that follow each
    other with the same value in `order_column`, or none, are an order; `rows_of` makes our rows of
    them, at least one, each with the line that it stands for.
    """

    name: str
    title: str
    order_column: str
    needs: frozenset[str]
    kind_column: str
    conventions: Conventions
    rows_of: Callable[[Sequence[SourceRow]], Iterator[tuple[int, OurRow]]]

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a file with these labels is such an export."""
        return self.needs <= set(header)

    def records(self, table: Table) -> Records:
        """The records of the export in our columns; the first is our header."""
        records = table.records()
        header = next(records, None)
        if header is None:
            return
        at, fields, _ = header
        if isinstance(fields, Damage):
            yield header
            return
        yield at, list(COLUMNS), False
        yield from self._rows(records, labels(fields))

    def _rows(self, records: Records, names: Sequence[str]) -> Records:
        order: list[SourceRow] = []
        for at, fields, odd_bytes in records:
            if odd_bytes and isinstance(fields, list) and any(map(_is_odd, fields)):
                # A preset computes with values, so a damaged one could change others unseen.
                fields = Damage("not_utf8", _ODD, "\x1f".join(fields), "\x1f")
            if isinstance(fields, Damage) or misfits(fields, len(names)):
                yield from self._finished(order)
                order = []
                yield at, damage_of(fields, len(names)), odd_bytes
                continue
            if not any(map(str.strip, fields)):
                continue
            row = SourceRow(at, names, fields, odd_bytes)
            if (order and not self._continues(order[0], row)) or len(order) == MAX_ROWS:
                yield from self._finished(order)
                order = []
            order.append(row)
        yield from self._finished(order)

    def _continues(self, first: SourceRow, row: SourceRow) -> bool:
        same_kind = row[self.kind_column] == first[self.kind_column]
        return same_kind and row[self.order_column] in ("", first[self.order_column])

    def _finished(self, order: Sequence[SourceRow]) -> Records:
        if not order:
            return
        odd_bytes = any(row.odd_bytes for row in order)
        head: OurRow | None = None
        number = order[0][self.order_column]
        for count, (line, row) in enumerate(self.rows_of(order) if number else _bare(order), 1):
            head = head or row
            values = {
                ORDER_NUMBER: head.get(ORDER_NUMBER, number),
                "line_number": str(count),
                **row,
            }
            for name in HEAD:
                values.setdefault(name, head.get(name, ""))
            values["country"] = country_code(values["country"])
            yield line, [values.get(name, "") for name in COLUMNS], odd_bytes


def _is_odd(value: str) -> bool:
    """Whether a value holds NUL, or what was no text in the file's encoding."""
    return "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)


def _bare(order: Sequence[SourceRow]) -> Iterator[tuple[int, OurRow]]:
    """Rows that belong to no order: they are reported as they are."""
    return ((row.line, {}) for row in order)
