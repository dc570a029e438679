"""What to show of a file before it is imported: its columns, how they are read, and five rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from models.invoicing.finding import Finding
from models.order_import.csv_file.columns import COLUMNS
from models.order_import.csv_file.order import Defaults
from models.order_import.errors import Unreadable
from models.order_import.mapping.choosing import (
    Choice,
    Filling,
    Kind,
    Reading,
    choose,
    chosen_records,
    our_names,
)
from models.order_import.mapping.elsewhere import find_elsewhere
from models.order_import.mapping.filled_records import is_untaxed
from models.order_import.mapping.findings import notes_of, problems_of
from models.order_import.mapping.guessing import guess_mapping
from models.order_import.mapping.labels import labels
from models.order_import.mapping.mapping import ZERO_RATES, Mapping
from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.records import Damage
from models.order_import.table_file.table import Record, Table

# The guess reads this much of a file, however long it is.
SAMPLED_ROWS: Final = 200
MAX_COLUMNS: Final = 500
SHOWN_ROWS: Final = 5
_SHOWN_VALUES: Final = 3
# With these problems no row of ours can be made.
_UNREADABLE: Final = {"unknown_column", "unknown_preset", "another_export"}
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of the file by its label, with its first different values."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row in our columns, and the line of the file that it stands for."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a file would be read.

    `kind` says whether its header is ours, fits a saved mapping or a preset called `name`, or is
    `unknown`: then `mapping` is a guess. `problems` prevent the import, `notes` do not; `rows` are
    the first five in our columns, as far as they can be read.
    """

    kind: Kind
    name: str
    dialect: Dialect
    columns: tuple[SourceColumn, ...]
    mapping: Mapping | None
    problems: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    rows: tuple[PreviewRow, ...]


def propose_mapping(
    table: Table, reading: Reading, defaults: Defaults, draft: Mapping | None = None
) -> Proposal:
    """How the table would be read; with a `draft`, by that mapping.

    Reads a bounded sample. Raises `Unreadable` where the file has no header.
    """
    sample = _sample(table)
    header = sample[0][1] if sample else []
    names = () if isinstance(header, Damage) else labels(header[:MAX_COLUMNS])
    values = {
        name: [_value(row, position) for _, row, _ in sample[1:]]
        for position, name in enumerate(names)
    }
    choice = Choice.of_draft(draft) if draft else choose(table, reading)
    if choice.kind == "own":
        choice = replace(choice, mapping=_identity(header))
    if choice.kind == "unknown" and choice.mapping is None:
        guess = _filled(guess_mapping(values), reading.filling)
        choice = Choice("unknown", mapping=guess)
    problems = [] if choice.mapping is None else problems_of(choice.mapping, names)
    notes = []
    if choice.kind == "unknown":
        notes += find_elsewhere(table, reading, header_known=False)
    notes += [] if choice.mapping is None else notes_of(choice.mapping)
    sampled = Table(table.dialect, lambda: iter(sample))
    rows: list[PreviewRow] = []
    try:
        if not any(problem.code in _UNREADABLE for problem in problems):
            records = chosen_records(sampled, choice, reading, defaults.currency)
            rows.extend(islice(map(_preview, records), 1, None))  # keeps what came before an error
    except Unreadable as error:
        problems += [row.finding for row in error.errors]
    unclear = next((row.line for row in rows if _is_unclear(row, defaults)), None)
    if unclear is not None:
        notes.append(_unclear_zero_rate(unclear))
    columns = tuple(SourceColumn(name, _first(values[name])) for name in names)
    return Proposal(
        choice.kind, choice.name, table.dialect, columns, choice.mapping, tuple(problems),
        tuple(notes), tuple(rows[:SHOWN_ROWS]),
    )  # fmt: skip


def _filled(guess: Mapping, filling: Filling) -> Mapping:
    """The guess with what the user says of the whole file."""
    free = {name: value for name, value in filling.constants.items() if name not in guess.columns}
    return replace(guess, constants=free, zero_rate=filling.zero_rate)


def _is_unclear(row: PreviewRow, defaults: Defaults) -> bool:
    """Whether an invoice of the row would be refused, as S takes no 0 %."""
    if not row.values:
        return False
    category = row.values["tax_category"].strip() or defaults.tax_category
    return is_untaxed(row.values["tax_percent"], category)


def _unclear_zero_rate(line: int) -> Finding:
    message = (
        f"The row on line {line:,} has 0 % tax, and nothing says why. With the tax category S such "
        "rows get no invoice."
    )
    remedy = f"Say which tax category 0 % means here: {', '.join(ZERO_RATES)}."
    return Finding("zero_rate_unclear", message, "zero_rate", remedy)


def _identity(header: list[str] | Damage) -> Mapping | None:
    """The mapping of a header that is ours already."""
    if isinstance(header, Damage):
        return None
    ours = zip(our_names(header), labels(header), strict=False)
    return Mapping({name: (label,) for name, label in ours if name in COLUMNS})


def _sample(table: Table) -> list[Record]:
    sample: list[Record] = []
    try:
        sample.extend(islice(table.records(), SAMPLED_ROWS + 1))
    except Unreadable:
        if not sample:
            raise
    return [
        (at, row if isinstance(row, Damage) else [*row], odd_bytes) for at, row, odd_bytes in sample
    ]


def _value(row: list[str] | Damage, position: int) -> str:
    if isinstance(row, Damage) or position >= len(row):
        return ""
    return row[position]


def _first(values: Sequence[str]) -> tuple[str, ...]:
    different = dict.fromkeys(value.strip()[:_LONGEST] for value in values if value.strip())
    return tuple(islice(different, _SHOWN_VALUES))


def _preview(record: Record) -> PreviewRow:
    line, row, _ = record
    if isinstance(row, Damage):
        return PreviewRow(line, {})
    shown = (value[:_LONGEST] for value in row)
    return PreviewRow(line, dict(zip(COLUMNS, shown, strict=False)))
