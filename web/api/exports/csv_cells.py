"""Cells of CSV files that are opened with spreadsheets (RFC 4180, UTF-8)."""

from __future__ import annotations

from decimal import Decimal

from models.spreadsheet_text import harmless

Cell = str | int | Decimal | None


def plain(cell: Cell) -> str:
    """The cell's text, changed if a spreadsheet would take it for a formula; empty for None."""
    if isinstance(cell, str):
        return harmless(cell)
    return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
