"""Everything that is kept of what a run changed, for a download."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Final, Literal

from models.database import org_transaction
from models.order_import.runs.search import list_changes
from models.tables.import_run import ImportChange

_KINDS: Final[tuple[Literal["order", "customer"], ...]] = ("order", "customer")
_AT_ONCE: Final = 500


def all_changes(organization_id: int, run_id: uuid.UUID) -> Iterator[ImportChange]:
    """The changed orders, then the changed customers, each in the order of the file.

    They are read while they are taken, page by page.
    """
    for kind in _KINDS:
        after: str | None = None
        while True:
            with org_transaction(organization_id) as session:
                page = list_changes(session, run_id, kind, after=after, limit=_AT_ONCE)
            yield from page.items
            after = page.next_cursor
            if after is None:
                break
