"""The largest body that each address accepts, whoever sends it, and the types of files."""

from __future__ import annotations

from typing import Final

# Enough for 200,000 ids.
MAX_BODY_BYTES: Final = 8 * 1024 * 1024
MAX_IMPORT_BYTES: Final = 1024 * 1024 * 1024
IMPORT_PATHS: Final = ("/api/orders/import", "/api/imports")

# Programs that do not know the type of a file say octet-stream; what it is, its bytes tell.
FILE_TYPES: Final = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/octet-stream",
)


def limit_of(path: str) -> int:
    """The largest body, in bytes, that is read for a path."""
    return MAX_IMPORT_BYTES if path in IMPORT_PATHS else MAX_BODY_BYTES


def needs_admission(path: str, length: int | None) -> bool:
    """Whether the sender is authorised before the body is read; `length` is None if unknown."""
    return path in IMPORT_PATHS and (length is None or length > MAX_BODY_BYTES)
