"""Records in our columns, made from those of a file with other columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Final

from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.columns import COLUMNS, HEAD, ORDER_NUMBER
from models.order_import.errors import Unreadable, row_error, values_for_columns
from models.order_import.mapping.codes import CODES, code_of
from models.order_import.mapping.labels import labels
from models.order_import.mapping.mapping import Mapping
from models.order_import.mapping.standard_values import Records
from models.order_import.table_file.records import Damage

_BETWEEN: Final = "\x1f"
_LINE_NUMBER: Final = COLUMNS.index("line_number")
_OF_THE_ORDER: Final = tuple(COLUMNS.index(name) for name in (ORDER_NUMBER, *HEAD))
_EMPTY: Final = [""] * len(COLUMNS)


def mapped_records(records: Records, mapping: Mapping) -> Records:
    """The records in our columns, each with the line of its own; the first is our header.

    A row of the wrong width becomes `Damage`, as its values cannot be attributed. Rows without any
    value stay so. Raises `Unreadable` if the file lacks a column that the mapping names.
    """
    header = next(records, None)
    if header is None:
        return
    at, names, _ = header
    yield at, names if isinstance(names, Damage) else list(COLUMNS), False
    if isinstance(names, Damage):
        return
    _require_columns(names, mapping, at)
    row_of = _RowMaker(names, mapping)
    for at, fields, odd_bytes in records:
        yield at, row_of.make(fields), odd_bytes


def _require_columns(header: Sequence[str], mapping: Mapping, at: int) -> None:
    """Raises `Unreadable` if a column that the mapping names is not there."""
    missing = [
        row_error(at, name, "missing_column", f"The file has no column {shown(source)}.")
        for name, sources in mapping.columns.items()
        for source in sources
        if source not in labels(header)
    ]
    if missing:
        raise Unreadable(*missing)


class _RowMaker:
    """Makes our rows from those under one header, one after the other."""

    def __init__(self, header: Sequence[str], mapping: Mapping) -> None:
        position = {label: at for at, label in enumerate(labels(header))}
        self._width = len(header)
        self._values = [
            _value_of(name, [position[label] for label in mapping.columns.get(name, ())], mapping)
            for name in COLUMNS
        ]
        self._fills_down = mapping.fill_down
        self._counts_lines = not (
            mapping.columns.get("line_number") or mapping.constants.get("line_number")
        )
        self._above: list[str] | None = None
        self._lines = 0

    def make(self, fields: list[str] | Damage) -> list[str] | Damage:
        if isinstance(fields, Damage) or misfits(fields, self._width):
            # The next row may belong to this one, so nothing is filled down to it.
            self._above = None
            return damage_of(fields, self._width)
        if not any(map(str.strip, fields)):
            return _EMPTY.copy()
        row = [value(fields) for value in self._values]
        above = self._above
        if above is not None and self._fills_down and row[0] in ("", above[0]):
            for position in _OF_THE_ORDER:
                row[position] = row[position] or above[position]
        same_order = above is not None and above[0] == row[0]
        self._lines = self._lines + 1 if same_order else 1
        if self._counts_lines:
            row[_LINE_NUMBER] = str(self._lines)
        self._above = row
        return row


def _value_of(
    name: str, positions: Sequence[int], mapping: Mapping
) -> Callable[[Sequence[str]], str]:
    """How our column `name` gets its value from the fields of a row."""
    constant = code_of(name, mapping.constants.get(name, ""))
    if not positions:
        return lambda _fields: constant
    if len(positions) > 1:
        return lambda fields: " ".join(filter(None, (fields[at].strip() for at in positions)))
    pick: Callable[[Sequence[str]], str] = itemgetter(positions[0])
    if name in CODES:
        return lambda fields: code_of(name, pick(fields))
    return pick


def misfits(fields: Sequence[str], width: int) -> bool:
    """Whether the values of a row cannot be attributed: they are too few or too many.

    An empty value too many counts: empty columns behind the last are gone before (`filled_rows`).
    """
    return len(fields) != width and any(fields)


def damage_of(fields: Sequence[str] | Damage, width: int) -> Damage:
    """The damage of such a row. Its values are kept, but none of them is certain to be its number:
    they may be moved, and name the order anywhere.
    """
    if isinstance(fields, Damage):
        code, message = fields.code, fields.message
        values: Sequence[str] = fields.text.replace('"', "").split(fields.separator)
    else:
        code, values = "wrong_field_count", [value.replace('"', "") for value in fields]
        message = values_for_columns(len(fields), width)
    # The quote is never closed, so no value is read from its place.
    return Damage(code, message, '"' + _BETWEEN.join(values), _BETWEEN)
