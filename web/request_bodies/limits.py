"""How much may be sent to an address, before anybody looks at who sends it."""

from __future__ import annotations

from typing import Final

# Room for 200,000 ids.
MAX_BODY_BYTES: Final = 8 * 1024 * 1024
MAX_IMPORT_BYTES: Final = 1024 * 1024 * 1024
IMPORT_PATH: Final = "/api/orders/import"


def limit_of(path: str) -> int:
    """Bytes of the largest body that is read for a path."""
    return MAX_IMPORT_BYTES if path == IMPORT_PATH else MAX_BODY_BYTES


def needs_admission(path: str, length: int | None) -> bool:
    """Whether a body is read only for somebody who may send it; its length may be unknown."""
    return path == IMPORT_PATH and (length is None or length > MAX_BODY_BYTES)
