"""The names by which a mapping refers to the columns of a file."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from models.order_import.table_file.rejected_rows_file import PROBLEM

_LONGEST: Final = 200


def labels(header: Sequence[str]) -> tuple[str, ...]:
    """A name for each column: as in the file, numbered where it is empty or there already."""
    times: dict[str, int] = {}
    given: set[str] = set()
    result = []
    for position, name in enumerate(header, start=1):
        plain = label = " ".join(_printable(name).split())[:_LONGEST] or f"Column {position}"
        while label in given:
            times[plain] = times.get(plain, 1) + 1
            label = f"{plain} ({times[plain]})"
        given.add(label)
        result.append(label)
    return tuple(result)


def fingerprint(names: Iterable[str]) -> str:
    """The SHA-256 of a header's columns, in any order, in hexadecimal digits.

    The column that we add to rejected rows does not count: the mended file is read like the first.
    """
    plain = sorted({plain_name(name) for name in names} - {plain_name(PROBLEM)})
    return hashlib.sha256("\n".join(plain).encode()).hexdigest()


def plain_name(name: str) -> str:
    """The letters and digits of a name, small and without accents: “Straße / Nr.” is strassenr."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(filter(str.isalnum, letters))


def _printable(name: str) -> str:
    """The name without what cannot be shown or stored: the header may be in any encoding."""
    name = name.encode(errors="replace").decode()
    return "".join(" " if unicodedata.category(each).startswith("C") else each for each in name)
