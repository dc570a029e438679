"""How a file is read: as an orders file, by a saved mapping, by a preset, or not without help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from models.order_import.csv_file.header import read_header
from models.order_import.errors import Unreadable
from models.order_import.mapping.conventions import AS_FOUND, Conventions
from models.order_import.mapping.labels import fingerprint, labels
from models.order_import.mapping.mapped_records import mapped_records
from models.order_import.mapping.mapping import Mapping
from models.order_import.mapping.presets import PRESETS
from models.order_import.mapping.presets.preset import Preset
from models.order_import.mapping.standard_values import Records, standard_records
from models.order_import.table_file.records import Damage
from models.order_import.table_file.table import Table

Kind = Literal["own", "saved", "preset", "unknown"]


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """A mapping under its name, for files whose header has this fingerprint."""

    name: str
    fingerprint: str
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known beforehand of how a file is to be read.

    `saved` are the organisation's mappings. `chosen` is the one that the user names, a preset or a
    mapping without a name; it is used whatever the header is. `conventions` take precedence over
    the mapping's.
    """

    saved: tuple[SavedMapping, ...] = ()
    chosen: SavedMapping | Preset | None = None
    conventions: Conventions = AS_FOUND


NOTHING_KNOWN: Final = Reading()


@dataclass(frozen=True, slots=True)
class Choice:
    """How a file is read; `unknown` if its header fits nothing: it needs a mapping."""

    kind: Kind
    name: str = ""
    mapping: Mapping | None = None
    preset: Preset | None = None


def choose(table: Table, reading: Reading) -> Choice:
    """How the table is read, by its header; what has no columns is none of the others."""
    if isinstance(reading.chosen, Preset):
        return Choice("preset", reading.chosen.name, preset=reading.chosen)
    if reading.chosen is not None:
        return Choice("saved", reading.chosen.name, reading.chosen.mapping)
    _, header, _ = next(table.records(), (1, [], False))
    if isinstance(header, Damage) or len(header) < 2 or our_names(header):
        return Choice("own")
    here = fingerprint(labels(header))
    for saved in reading.saved:
        if saved.fingerprint == here:
            return Choice("saved", saved.name, saved.mapping)
    for preset in PRESETS:
        if preset.fits(labels(header)):
            return Choice("preset", preset.name, preset=preset)
    return Choice("unknown")


def chosen_records(
    table: Table, choice: Choice, reading: Reading, default_currency: str
) -> Records:
    """The table's records in our columns, with standard numbers and dates.

    `default_currency` is that of orders which name none. Raises `UnsureReading` and `Unreadable`.
    """
    source = choice.mapping or choice.preset
    own = source.conventions if source else AS_FOUND
    given = Conventions(
        reading.conventions.decimal or own.decimal, reading.conventions.dates or own.dates
    )
    open_records: Callable[[], Records] = table.records
    if choice.mapping is not None:
        mapping = choice.mapping
        open_records = lambda: mapped_records(table.records(), mapping)  # noqa: E731
    elif choice.preset is not None:
        open_records = partial(choice.preset.records, table)
    return standard_records(open_records, our_names, given, default_currency)


def our_names(header: Sequence[str]) -> Sequence[str]:
    """The columns of an orders file under that header; none if it is no such file."""
    try:
        return read_header(header, 1).names
    except Unreadable:
        return ()
