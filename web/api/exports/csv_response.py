"""The answer that makes a browser save a CSV file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import Response

CSV: Final = "text/csv"


def csv_response(text: str | Iterable[str], name: str) -> Response:
    """The text, whole or in parts, as a file to be saved under `name`."""
    response = Response(text, mimetype=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
