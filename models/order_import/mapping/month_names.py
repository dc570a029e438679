"""The names of months in English and German, whole and shortened."""

from __future__ import annotations

from typing import Final

_NAMES: Final = (
    "january jan januar jänner jän jaenner",
    "february feb februar feber",
    "march mar märz mär mrz maerz",
    "april apr",
    "may mai",
    "june jun juni",
    "july jul juli",
    "august aug",
    "september sep sept",
    "october oct oktober okt",
    "november nov",
    "december dec dezember dez",
)
_NUMBERS: Final = {
    name: month for month, names in enumerate(_NAMES, start=1) for name in names.split()
}


def month_number(name: str) -> int | None:
    """The number of the month, 1 to 12; None for any other word."""
    return _NUMBERS.get(name.lower())
