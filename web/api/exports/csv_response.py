"""The answers that make a browser save a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from flask import Response

CSV: Final = "text/csv"


def csv_response(text: str | Iterable[str], name: str) -> Response:
    """The text, whole or in parts, as a file to be saved under `name`."""
    response = Response(text, mimetype=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def attachment(parts: Iterable[bytes], name: str, content_type: str) -> Response:
    """The parts as a file to be saved under a `name` of any script; RFC 6266 section 4.3."""
    response = Response(parts, content_type=content_type)
    plain = name.encode("ascii", "ignore").decode().replace('"', "").replace("\\", "")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Disposition"] = disposition
    return response
