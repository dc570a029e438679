"""A value of a number's or date's column that is known to be wrong before the column reads it."""

from __future__ import annotations


class ValueProblem(str):
    """The text of a value, marked so that no number or date is read from it, with the code and
    sentence of what is wrong with it."""

    code: str
    message: str

    def __new__(cls, text: str, code: str, message: str) -> ValueProblem:
        """The value `text` with its problem."""
        value = super().__new__(cls, f"{text.strip()} (?)")
        value.code = code
        value.message = message
        return value
