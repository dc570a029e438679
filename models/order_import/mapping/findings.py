"""What is wrong with a mapping, and what a person may not expect of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from models.invoicing.finding import Finding
from models.order_import.csv_file.cell_text import shown
from models.order_import.csv_file.columns import COLUMNS
from models.order_import.mapping.conventions import NUMBERS
from models.order_import.mapping.mapping import Mapping
from models.order_import.mapping.presets import find_preset

# Without these no order can be stored; for the price, either will do.
NEEDED: Final = ("order_number", "order_date", "customer_number", "quantity")
PRICES: Final = ("unit_price", "unit_price_gross")
FILLED: Final = (
    "currency", "country", "unit", "tax_category", "tax_percent", "customer_name"
)  # fmt: skip
"""The columns whose empty values may be filled with one that holds for all rows."""
_REMEDY: Final = "Choose one of the file's columns, or type a value that holds for all rows."
# What a number or a code is made of stands in one column of a file.
_OF_ONE_COLUMN: Final = frozenset(
    {*NUMBERS, "customer_email", "country", "currency", "status", "line_number", "unit",
     "tax_category", "row_type"}
)  # fmt: skip
_Problem = tuple[str, str, str]


def problems_of(mapping: Mapping, labels: Sequence[str] | None = None) -> list[Finding]:
    """What is missing from a mapping, or wrong with it for a file with these columns."""
    found = _of_a_preset(mapping, labels) if mapping.preset else _of_columns(mapping, labels)
    return [Finding(code, message, name, _REMEDY) for name, code, message in found]


def _of_a_preset(mapping: Mapping, labels: Sequence[str] | None) -> Iterator[_Problem]:
    preset = find_preset(mapping.preset)
    if preset is None:
        yield "preset", "unknown_preset", f"There is no preset {shown(mapping.preset)}."
        return
    for name in mapping.columns:
        message = f"The preset {preset.name} decides itself what feeds {name}."
        yield name, "column_of_a_preset", message
    for name in mapping.constants:
        if name not in FILLED:
            message = f"For all rows of a preset you can set {', '.join(FILLED)}, not {name}."
            yield name, "column_of_a_preset", message
    lacking = sorted(preset.needs.difference(labels)) if labels is not None else []
    if lacking:
        message = f"The file is no export of {preset.title}: it lacks the column {lacking[0]}."
        yield "preset", "another_export", message


def _of_columns(mapping: Mapping, labels: Sequence[str] | None) -> Iterator[_Problem]:
    fed = {name for name, sources in mapping.columns.items() if sources}
    fed |= {name for name, value in mapping.constants.items() if value}
    for name in sorted(fed):
        if name not in COLUMNS:
            yield name, "unknown_column", f"The orders file has no column {name}."
        elif mapping.columns.get(name) and mapping.constants.get(name):
            yield (
                name,
                "fed_twice",
                f"{name} has both a column and a value that holds for all rows.",
            )
    for name in NEEDED:
        if name not in fed:
            yield name, "missing_column", f"Nothing feeds the column {name}."
    if not fed.intersection(PRICES):
        yield PRICES[0], "missing_column", "Nothing feeds unit_price or unit_price_gross."
    elif fed.issuperset(PRICES):
        yield PRICES[1], "two_prices", "A row has a price without or with tax, not both."
    yield from _shared_numbers(mapping)
    for name, sources in mapping.columns.items():
        if len(sources) > 1 and name in _OF_ONE_COLUMN:
            yield name, "several_columns", f"{name} takes one column, not {_listed(sources)}."
        elif len(set(sources)) < len(sources):
            yield name, "several_columns", f"{name} takes a column twice: {_listed(sources)}."
        for source in () if labels is None else sources:
            if source not in (labels or ()):
                yield name, "unknown_column", f"The file has no column “{source}”."


def _shared_numbers(mapping: Mapping) -> Iterator[_Problem]:
    """No two columns of numbers, such as quantity and price, are the same column of a file."""
    first: dict[str, str] = {}
    for name in NUMBERS:
        for source in mapping.columns.get(name, ()):
            other = first.setdefault(source, name)
            if other != name:
                message = f"{name} and {other} take the same column {shown(source)}."
                yield name, "same_column", message


def notes_of(mapping: Mapping) -> list[Finding]:
    """What a person may not expect of a mapping, though nothing is wrong with it."""
    takers: dict[str, list[str]] = {}
    for name, sources in mapping.columns.items():
        for source in dict.fromkeys(sources):
            takers.setdefault(source, []).append(name)
    return [
        Finding(code, message, name, "Choose another column if that is not meant.")
        for name, sources in mapping.columns.items()
        for code, message in _notes(name, sources, takers)
    ]


def _notes(
    name: str, sources: Sequence[str], takers: dict[str, list[str]]
) -> Iterator[tuple[str, str]]:
    if len(set(sources)) > 1 and name not in _OF_ONE_COLUMN:
        yield "joined_columns", f"The values of {_listed(sources)} are joined with a space."
    for source in dict.fromkeys(sources):
        others = [other for other in takers[source] if other != name]
        if others:
            message = f"The column {shown(source)} feeds {' and '.join(others)}, too."
            yield "shared_column", message


def _listed(sources: Sequence[str]) -> str:
    return " and ".join(map(shown, sources))
