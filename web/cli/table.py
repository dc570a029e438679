"""Rows on the terminal, or as JSON in the shape of the API's lists."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from models.visible_text import visible
from web.cli.terminal import say, say_json

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, as the API does.")


def print_table(
    headings: Mapping[str, str], rows: Sequence[Mapping[str, Any]], *, as_json: bool
) -> None:
    """Prints the columns that have a heading; JSON has all columns.

    Times are UTC: to the minute in a table, exact in JSON.
    """
    if as_json:
        document = {"items": list(rows), "next": None}
        say_json(document, default=_as_json)
        return
    lines = [list(headings.values())]
    lines += [[visible(_as_text(row[name])) for name in headings] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        say("  ".join(cells).rstrip())


def _as_json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _as_text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)
