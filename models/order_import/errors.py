"""The errors of an orders file: each is a finding with its line; a log keeps the first thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from models.invoicing.finding import Finding

MAX_KEPT: Final = 1_000
_REMEDY: Final = "Correct the file and import it again."


@dataclass(frozen=True, slots=True)
class RowError:
    """A finding about the row that begins on `line`.

    The finding's `field` is a column, empty where the whole row, or the file, is meant.
    """

    line: int
    finding: Finding

    @property
    def column(self) -> str | None:
        """The column, None where the whole row, or the file, is meant."""
        return self.finding.field or None

    @property
    def code(self) -> str:
        """The finding's code."""
        return self.finding.code

    @property
    def message(self) -> str:
        """The finding's sentence."""
        return self.finding.message

    def as_dict(self) -> dict[str, Any]:
        """The entry of `errors` in the JSON of an import."""
        return {
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "message": self.message,
        }


def row_error(line: int, column: str | None, code: str, message: str) -> RowError:
    """The error of a row; without a `column` the whole row, or the file, is meant."""
    return RowError(line, Finding(code, message, column or "", _REMEDY))


class Unreadable(Exception):
    """The file cannot be read, or not beyond this line; `errors` say why."""

    def __init__(self, *errors: RowError) -> None:
        super().__init__(*errors)
        self.errors = errors


@dataclass(slots=True)
class ErrorLog:
    """The first thousand errors in the order in which they were found, and the number of all.

    `take_new` hands over every error once, so that a caller can store all of them batch by batch.
    """

    kept: list[RowError] = field(default_factory=list)
    count: int = 0
    _new: list[RowError] = field(default_factory=list)

    def add(self, line: int, column: str | None, code: str, message: str) -> None:
        """Counts an error, and keeps it while there is room."""
        self.extend([row_error(line, column, code, message)])

    def extend(self, errors: Sequence[RowError]) -> None:
        """Counts errors that were found elsewhere, and keeps them while there is room."""
        self.count += len(errors)
        self.kept += errors[: max(MAX_KEPT - len(self.kept), 0)]
        self._new += errors

    def add_last(self, error: RowError) -> None:
        """Counts and keeps an error that ends the reading, even if the log is full."""
        self.count += 1
        self.kept.append(error)
        self._new.append(error)

    def take_new(self) -> list[RowError]:
        """The errors that were added since the last call."""
        new, self._new = self._new, []
        return new


def values_for_columns(values: int, columns: int) -> str:
    """What is wrong with a row that has too many values or too few."""
    return f"The row has {values} {'value' if values == 1 else 'values'} for {columns} columns."
