"""The faults found in an orders file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MAX_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong on one line; `column` is None where the whole line, or the file, is meant."""

    line: int
    column: str | None
    code: str
    message: str


class Unreadable(Exception):
    """The file cannot be read, or not beyond this line; `faults` say why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults


@dataclass(slots=True)
class FaultLog:
    """The first thousand faults in the order they were found, and how many there were."""

    kept: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, column: str | None, code: str, message: str) -> None:
        """Notes a fault."""
        self.append(Fault(line, column, code, message))

    def append(self, fault: Fault, *, always: bool = False) -> None:
        """Notes a fault; one that ends the reading is `always` kept."""
        self.count += 1
        if always or len(self.kept) < MAX_KEPT:
            self.kept.append(fault)
