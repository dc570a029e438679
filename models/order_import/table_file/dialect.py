"""How a file of rows is written: its format, and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "xlsx", "ods"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written, so that another can be written like it.

    `separator`, `encoding` (`utf-8`, `utf-16-le`, `utf-16-be` or `windows-1252`),
    `byte_order_mark`, `newline` and `separator_line` (Excel's `sep=;`) describe CSV, `sheet` names
    the sheet of a workbook.
    """

    format: Format = "csv"
    separator: str = ","
    encoding: str = "utf-8"
    byte_order_mark: bool = False
    newline: str = "\n"
    separator_line: bool = False
    sheet: str | None = None
