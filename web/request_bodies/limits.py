"""The largest body that each address accepts; it does not depend on the sender."""

from __future__ import annotations

from typing import Final

# Enough for 200,000 ids.
MAX_BODY_BYTES: Final = 8 * 1024 * 1024
MAX_IMPORT_BYTES: Final = 1024 * 1024 * 1024
IMPORT_PATH: Final = "/api/orders/import"


def limit_of(path: str) -> int:
    """The largest body, in bytes, that is read for a path."""
    return MAX_IMPORT_BYTES if path == IMPORT_PATH else MAX_BODY_BYTES


def needs_admission(path: str, length: int | None) -> bool:
    """Whether the sender is authorised before the body is read; `length` is None if unknown."""
    return path == IMPORT_PATH and (length is None or length > MAX_BODY_BYTES)
