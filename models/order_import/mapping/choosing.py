"""How a file is read: as an orders file, by a saved mapping, by a preset, or not without help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal, Self

from models.order_import.csv_file.header import read_header
from models.order_import.errors import Unreadable
from models.order_import.mapping.conventions import AS_FOUND, Conventions
from models.order_import.mapping.filled_records import filled_records, with_zero_rate
from models.order_import.mapping.labels import fingerprint, labels, plain_name
from models.order_import.mapping.mapped_records import mapped_records
from models.order_import.mapping.mapping import Mapping
from models.order_import.mapping.presets import PRESETS, find_preset
from models.order_import.mapping.presets.preset import Preset
from models.order_import.mapping.standard_values import (
    OnLook,
    Records,
    do_nothing,
    standard_records,
)
from models.order_import.table_file.records import Damage
from models.order_import.table_file.rejected_rows_file import PROBLEM
from models.order_import.table_file.table import Table

Kind = Literal["own", "saved", "preset", "unknown"]


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """A mapping under its name, for files whose header has this fingerprint."""

    name: str
    fingerprint: str
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class Filling:
    """What the user says of a whole file beside its mapping: values for the columns that it leaves
    empty, and the tax category of its rows with 0 %."""

    constants: dict[str, str] = field(default_factory=dict)
    zero_rate: str = ""


NOTHING_FILLED: Final = Filling()


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known beforehand of how a file is to be read.

    `saved` are the organisation's mappings. `chosen` is the one that the user names, a preset or a
    mapping without a name; it is used whatever the header is. `conventions` and `filling` take
    precedence over the mapping's.
    """

    saved: tuple[SavedMapping, ...] = ()
    chosen: SavedMapping | Preset | None = None
    conventions: Conventions = AS_FOUND
    filling: Filling = NOTHING_FILLED


NOTHING_KNOWN: Final = Reading()


@dataclass(frozen=True, slots=True)
class Choice:
    """How a file is read; `unknown` if its header fits nothing: it needs a mapping.

    With a preset that makes the rows; a mapping beside it fills what they leave empty.
    """

    kind: Kind
    name: str = ""
    mapping: Mapping | None = None
    preset: Preset | None = None

    @classmethod
    def of_draft(cls, mapping: Mapping) -> Self:
        """By a mapping that is not saved."""
        return cls("unknown", "", mapping, find_preset(mapping.preset) if mapping.preset else None)


def choose(table: Table, reading: Reading) -> Choice:
    """How the table is read, by its header; what has no columns is none of the others."""
    if isinstance(reading.chosen, Preset):
        return Choice("preset", reading.chosen.name, preset=reading.chosen)
    if reading.chosen is not None:
        return _by(reading.chosen)
    _, header, _ = next(table.records(), (1, [], False))
    if isinstance(header, Damage) or len(header) < 2 or our_names(header):
        return Choice("own")
    names = labels(header)
    here = fingerprint(names)
    for saved in reading.saved:
        if saved.fingerprint == here:
            return _by(saved)
    for preset in PRESETS:
        if preset.fits(names):
            # An export has the columns of a preset in more than one header.
            own = (saved for saved in reading.saved if saved.mapping.preset == preset.name)
            found = next(own, None)
            return _by(found) if found else Choice("preset", preset.name, preset=preset)
    return Choice("unknown")


def _by(saved: SavedMapping) -> Choice:
    preset = find_preset(saved.mapping.preset) if saved.mapping.preset else None
    return Choice("saved", saved.name, saved.mapping, preset)


def chosen_records(
    table: Table,
    choice: Choice,
    reading: Reading,
    default_currency: str,
    on_look: OnLook = do_nothing,
) -> Records:
    """The table's records in our columns, with standard numbers and dates.

    `default_currency` is that of orders which name none; for `on_look` see `standard_records`.
    Raises `UnsureReading` and `Unreadable`.
    """
    mapping, preset = choice.mapping or Mapping(), choice.preset
    given = _first_of(
        reading.conventions, mapping.conventions, preset.conventions if preset else AS_FOUND
    )
    open_records = partial(_our_records, table, choice, reading.filling.constants)
    apart = _are_rejected_rows(table)
    records = standard_records(
        open_records, our_names, given, default_currency, on_look, apart=apart
    )
    zero_rate = reading.filling.zero_rate or mapping.zero_rate
    return with_zero_rate(records, our_names, zero_rate) if zero_rate else records


def _are_rejected_rows(table: Table) -> bool:
    """Whether the rows come from a file of rejected rows, by the column that we add to it."""
    _, header, _ = next(table.records(), (1, [], False))
    return not isinstance(header, Damage) and PROBLEM in map(plain_name, header)


def _our_records(table: Table, choice: Choice, constants: dict[str, str]) -> Records:
    """The table's records in our columns, with their numbers and dates as in the file."""
    records = table.records()
    if choice.preset is not None:
        records = choice.preset.records(table)
        constants = {**(choice.mapping.constants if choice.mapping else {}), **constants}
    elif choice.mapping is not None:
        records = mapped_records(records, choice.mapping)
    return filled_records(records, our_names, constants) if constants else records


def _first_of(*stated: Conventions) -> Conventions:
    """The first decimal mark and the first order of dates that is stated."""
    decimals = (each.decimal for each in stated if each.decimal)
    dates = (each.dates for each in stated if each.dates)
    return Conventions(next(decimals, None), next(dates, None))


def our_names(header: Sequence[str]) -> Sequence[str]:
    """The columns of an orders file under that header; none if it is no such file."""
    try:
        return read_header(header, 1).names
    except Unreadable:
        return ()
