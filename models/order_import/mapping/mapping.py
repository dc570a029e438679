"""A mapping: which column of a file feeds which column of the orders file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from models.invoicing.finding import Finding
from models.order_import.csv_file.columns import COLUMNS
from models.order_import.mapping.conventions import AS_FOUND, Conventions

# Without these no order can be stored; for the price, either will do.
NEEDED: Final = ("order_number", "order_date", "customer_number", "quantity")
PRICES: Final = ("unit_price", "unit_price_gross")
_REMEDY: Final = "Choose one of the file's columns, or type a value that holds for all rows."


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a file with other headers is read.

    `columns` names, for each of our columns, the file's columns (by their labels) whose values it
    takes, joined with a space; `constants` are values that hold for every row. The lines of an
    order are counted if nothing feeds `line_number`. With `fill_down` an order's further rows may
    leave its columns empty.
    """

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    conventions: Conventions = AS_FOUND
    fill_down: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The mapping as it is stored, and as it is written in JSON."""
        return {
            "columns": {name: list(sources) for name, sources in self.columns.items()},
            "constants": dict(self.constants),
            "decimal": self.conventions.decimal,
            "dates": self.conventions.dates,
            "fill_down": self.fill_down,
        }


def mapping_of(stored: dict[str, Any]) -> Mapping:
    """The mapping that `as_dict` wrote."""
    return Mapping(
        {name: tuple(sources) for name, sources in stored["columns"].items()},
        dict(stored["constants"]),
        Conventions(stored["decimal"], stored["dates"]),
        stored["fill_down"],
    )


def problems_of(mapping: Mapping, labels: tuple[str, ...] | None = None) -> list[Finding]:
    """What is missing from a mapping, or wrong with it for a file with these columns."""
    return [
        Finding(code, message, name, _REMEDY) for name, code, message in _problems(mapping, labels)
    ]


def _problems(mapping: Mapping, labels: tuple[str, ...] | None) -> Iterator[tuple[str, str, str]]:
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
    if labels is not None:
        for name, sources in mapping.columns.items():
            for source in sources:
                if source not in labels:
                    yield name, "unknown_column", f"The file has no column “{source}”."
