"""What a run keeps from when it was submitted, so that each worker reads its file alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from models.invoicing.finding import Finding
from models.order_import.csv_file.order import Defaults
from models.order_import.errors import RowError
from models.order_import.mapping.choosing import Reading
from models.order_import.mapping.saved_mappings import reading_of, stored_reading

_READING: Final = "reading"
_QUESTIONS: Final = "questions"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The organisation's `defaults`, the `reading` of the file's columns, and the `questions` that
    someone must answer first."""

    defaults: Defaults
    reading: Reading
    questions: Sequence[Finding] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> RunSettings:
        """The settings as a run's column has them."""
        defaults = dict(stored)
        reading = reading_of(defaults.pop(_READING))
        questions = [Finding(**question) for question in defaults.pop(_QUESTIONS, [])]
        return cls(Defaults(**defaults), reading, questions)


def first_settings(defaults: Defaults, reading: Reading) -> dict[str, Any]:
    """The settings of a new run, in JSON."""
    return asdict(defaults) | with_reading(reading)


def with_reading(reading: Reading) -> dict[str, Any]:
    """The part of the settings, in JSON, that says how columns are read."""
    return {_READING: stored_reading(reading)}


def with_questions(questions: Sequence[RowError]) -> dict[str, Any]:
    """The part of the settings, in JSON, that says what must be answered."""
    return {_QUESTIONS: [asdict(question.finding) for question in questions]}
