"""The text of a cell, without what spreadsheets put around it."""

from __future__ import annotations

import re
from typing import Final

from models.clean_text import UnfitText, clean_key, clean_text
from models.order_import.table_file.cells import is_error

# A spreadsheet keeps leading zeros of ="01069"; an apostrophe keeps it from computing. Exports
# write the apostrophe too. Before a letter it belongs to a name: 's-Hertogenbosch.
_FORMULA: Final = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL).fullmatch
_APOSTROPHE: Final = re.compile(r"'(?=[=+\-@\t\r\n\d])").match
# 1.12345E+14 is what a spreadsheet makes of 112345000000017.
_DESTROYED: Final = re.compile(
    r"-?\d(?:[.,]\d+)?E[+-]\d{1,3}|-?\d[.,]\d+E\d{1,3}",
    re.ASCII | re.IGNORECASE,
).fullmatch


class BadValue(Exception):
    """A value that its column cannot hold; the message is a sentence for the user."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def about(self, column: str) -> str:
        """The sentence, with the name of the column where it speaks of a character."""
        if self.code != "control_character":
            return self.message
        return self.message.replace("The value", f"The {column.replace('_', ' ')}", 1)


class UnusableKey(BadValue):
    """A key that is whole, but cannot be stored: it identifies nothing else."""


def shown(value: str) -> str:
    """`value` in quotation marks, shortened so that a message fits on one line."""
    line = " ".join(value.split())
    return f"“{line[:40]}…”" if len(line) > 40 else f"“{line}”"


def plain(value: str) -> str:
    """The cell as clean text (`clean_text`), unwrapped; empty if nothing is visible.

    Raises `BadValue` for characters that no invoice can carry.
    """
    # Most values are printable ASCII: this is `clean_text` without its calls.
    value = value.strip() if value.isascii() and value.isprintable() else _cleaned(value)
    return _unwrapped(value) if value[:1] in _SPECIAL_STARTS else value


def code(value: str) -> str:
    """Like `plain`, without an apostrophe at its beginning, whatever follows."""
    value = plain(value)
    return value[1:].strip() if value[:1] == "'" else value


def key(value: str) -> str:
    """The cell as a clean key (`clean_key`), unwrapped; empty if nothing is visible.

    Raises `UnusableKey` for a number that a spreadsheet destroyed: two numbers that were different
    may be the same now.
    """
    value = clean_key(code(value))
    if value[-1:].isdigit() and "E" in value.upper() and _DESTROYED(value):
        message = (
            f"{shown(value)} is what a spreadsheet made of another number: format the column as "
            "text in the program that the number comes from, and export it again."
        )
        raise UnusableKey("number_in_scientific_notation", message)
    return value


_SPECIAL_STARTS: Final = ("=", "'", "#", "E")


def _unwrapped(value: str) -> str:
    if found := _FORMULA(value):
        value = found[1].replace('""', '"')
    elif _APOSTROPHE(value):
        value = value[1:]
    elif is_error(value):
        message = f"The cell holds the error {value} instead of a value."
        raise BadValue("spreadsheet_error", message)
    else:
        return value
    return _cleaned(value)


def _cleaned(value: str) -> str:
    try:
        return clean_text(value)
    except UnfitText as unfit:
        raise BadValue(unfit.code, f"The value {unfit.says}") from unfit
