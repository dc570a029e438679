"""Why a file is refused as a whole: one sentence, which says what to do."""

from __future__ import annotations

from typing import Final

from models.invoicing.finding import Finding
from models.order_import.errors import RowError, Unreadable

_REMEDY: Final = "Import the orders as CSV, XLSX or ODS."


def refusal(code: str, message: str, remedy: str = _REMEDY) -> Unreadable:
    """The error of a file that cannot be read at all."""
    return Unreadable(RowError(1, Finding(code, message, "", remedy)))
