"""Which decimal mark and which order of day and month a file uses; refused where that is unsure.

A column is read in another way than the standard one (point, ISO 8601) only if all its values agree
and no second reading is possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.invoicing.finding import Finding
from models.order_import.csv_file.cell_text import shown
from models.order_import.errors import RowError, Unreadable
from models.order_import.mapping.column_evidence import Evidence, Example, proven
from models.order_import.mapping.dates import DateOrder, DateWay
from models.order_import.mapping.numbers import DecimalMark

NUMBERS: Final[dict[str, str]] = {
    "quantity": "",
    "unit_price": "money",
    "unit_price_gross": "money",
    "amount": "money",
    "expected_gross": "money",
    "discount_percent": "percent",
    "tax_percent": "percent",
}
"""The columns of numbers, and what may stand beside their numbers."""
DATES: Final = ("order_date",)

_HOW_DECIMAL: Final = (
    "Choose the decimal mark in the mapping step, or with --decimal comma or --decimal point."
)
_HOW_DATES: Final = (
    "Choose the order in the mapping step, or with --dates d/m/y, --dates m/d/y or --dates y-m-d."
)
_MARK_WORDS: Final = {"point": "with a decimal point", "comma": "with a decimal comma"}
_ORDER_WORDS: Final = {
    "y-m-d": "with the year first",
    "d.m.y": "with the day first",
    "m/d/y": "with the month first",
}


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a file writes numbers and dates; None means that its values must show it."""

    decimal: DecimalMark | None = None
    dates: DateOrder | None = None


AS_FOUND: Final = Conventions()


class UnsureReading(Unreadable):
    """Numbers or dates of the file can be read in two ways, so someone must choose."""


def decided_marks(
    columns: Sequence[Evidence[DecimalMark]], *, apart: bool = False
) -> dict[str, DecimalMark]:
    """The decimal mark of each column; raises `UnsureReading` with one finding.

    A column whose values all look like 1,250 has decimals only if another column of the file proves
    a decimal comma. One whose values all look like 1.250 is standard unless a decimal comma is
    proven elsewhere. Of rows that stand `apart` from their file, which may have shown a decimal
    comma, it is standard only if a decimal point is proven elsewhere.
    """
    everywhere = proven(columns)
    marks: dict[str, DecimalMark] = {}
    for column in columns:
        if "point" in column.proofs and "comma" in column.proofs:
            # A few values that differ from a standard column are flaws of their own rows.
            if column.counts["comma"] > column.counts["point"]:
                raise _mixed(column, "mixed_numbers", _MARK_WORDS, _HOW_DECIMAL)
            marks[column.name] = "point"
        elif column.proofs:
            marks[column.name] = next(iter(column.proofs))
        elif column.unsure is None:
            marks[column.name] = "point"
        elif everywhere == {"comma"} and not _has_point(column.unsure):
            marks[column.name] = "comma"
        elif (
            "comma" not in everywhere
            and _has_point(column.unsure)
            and (not apart or "point" in everywhere)
        ):
            marks[column.name] = "point"
        else:
            raise _unsure(column, "ambiguous_numbers", _MARK_WORDS, _HOW_DECIMAL)
    return marks


def decided_ways(columns: Sequence[Evidence[DateWay]]) -> dict[str, DateWay]:
    """How the dates of each column are written; raises `UnsureReading`.

    Numbers are dates only in a column that has nothing else.
    """
    return {column.name: _decided_way(column) for column in columns}


def _decided_way(column: Evidence[DateWay]) -> DateWay:
    if column.ways == {"serial"} and not column.unread:
        return "serial"
    proofs = {way: example for way, example in column.proofs.items() if way != "serial"}
    counted = sum(column.counts[way] for way in proofs)
    if "y-m-d" in proofs and column.counts["y-m-d"] * 2 >= counted:
        return "y-m-d"
    if len(proofs) > 1:
        raise _mixed(column, "mixed_dates", _ORDER_WORDS, _HOW_DATES)
    if proofs:
        return next(iter(proofs))
    if column.unsure is not None:
        raise _unsure(column, "ambiguous_dates", _ORDER_WORDS, _HOW_DATES)
    # Every day equals its month, as in 05/05/2026, or every month has its name.
    return "d.m.y"


def _has_point(example: Example) -> bool:
    return "." in example.value


def _unsure(
    column: Evidence[DecimalMark] | Evidence[DateWay],
    code: str,
    words: dict[str, str],
    remedy: str,
) -> UnsureReading:
    assert column.unsure is not None  # noqa: S101 - the callers have looked
    value, line, readings = column.unsure
    ways = " or ".join(f"{reading} ({words[way]})" for way, reading in readings)
    message = f"The values of {column.name} can be read in two ways: {shown(value)} is {ways}."
    return UnsureReading(RowError(line, Finding(code, message, column.name, remedy)))


def _mixed(
    column: Evidence[DecimalMark] | Evidence[DateWay],
    code: str,
    words: dict[str, str],
    remedy: str,
) -> UnsureReading:
    known = (proof for proof in column.proofs.items() if proof[0] in words)
    proofs = sorted(known, key=lambda proof: proof[1].line)[:2]
    ways = " and ".join(
        f"{words[way]} ({shown(example.value)} on line {example.line:,})" for way, example in proofs
    )
    message = f"The values of {column.name} are written {ways}."
    remedy = f"Write the column in one way. {remedy}"
    return UnsureReading(RowError(proofs[1][1].line, Finding(code, message, column.name, remedy)))
