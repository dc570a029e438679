"""A mapping: which column of a file feeds which column of the orders file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from models.order_import.mapping.conventions import AS_FOUND, Conventions

ZeroRate = Literal["Z", "E", "AE", "K", "G", "O"]
"""The tax categories that charge no tax (UNCL 5305)."""
ZERO_RATES: Final[tuple[str, ...]] = get_args(ZeroRate)


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a file with other headers is read.

    `columns` names, for each of our columns, the file's columns (by their labels) whose values it
    takes, joined with a space; `constants` are values that hold for every row. The lines of an
    order are counted if nothing feeds `line_number`. With `fill_down` an order's further rows may
    leave its columns empty.

    With `preset`, the name of one, its rules make the rows, and `constants` fill what they leave
    empty. `zero_rate` is the tax category of rows with 0 % that have none, or S.
    """

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    conventions: Conventions = AS_FOUND
    fill_down: bool = False
    preset: str = ""
    zero_rate: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The mapping as it is stored, and as it is written in JSON."""
        return {
            "columns": {name: list(sources) for name, sources in self.columns.items()},
            "constants": dict(self.constants),
            "decimal": self.conventions.decimal,
            "dates": self.conventions.dates,
            "fill_down": self.fill_down,
            "preset": self.preset or None,
            "zero_rate": self.zero_rate or None,
        }


def mapping_of(stored: dict[str, Any]) -> Mapping:
    """The mapping that `as_dict` wrote, also before there were presets in mappings."""
    return Mapping(
        {name: tuple(sources) for name, sources in stored["columns"].items()},
        dict(stored["constants"]),
        Conventions(stored["decimal"], stored["dates"]),
        stored["fill_down"],
        stored.get("preset") or "",
        stored.get("zero_rate") or "",
    )
