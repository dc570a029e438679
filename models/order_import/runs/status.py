"""The statuses of an import run."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ImportStatus(StrEnum):
    """Where an import run stands.

    `refused` means that the file could not be read, or not to its end; `failed` that the program
    could not go on.
    """

    PENDING = "pending"
    PROCESSING = "processing"
    NEEDS_MAPPING = "needs_mapping"
    COMPLETED = "completed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"


RUNNABLE: Final = frozenset({ImportStatus.PENDING, ImportStatus.PROCESSING})
OPEN: Final = RUNNABLE | {ImportStatus.NEEDS_MAPPING}
"""What a person can still cancel."""
ENDED: Final = frozenset(ImportStatus) - OPEN
