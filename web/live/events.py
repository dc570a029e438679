"""The progress events of a job or import: what an event must contain, and how two are merged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from models.jobs.status import ENDED
from models.order_import.runs.status import ENDED as ENDED_IMPORTS

# An event carries at most this many errors; the items hold all of them.
MAX_ERRORS: Final = 50

# The fields that this package reads. Any client of Redis can publish anything.
_FIELDS: Final = {
    "type": str,
    "revision": int,
    "status": str,
    "errors": list,
}
_ENDED: Final = frozenset((*ENDED, *ENDED_IMPORTS))

Event = Mapping[str, Any]


def parse_event(body: str) -> Event:
    """The published event; raises `ValueError` or `RecursionError` if `body` is not one."""
    event: Any = json.loads(body)
    is_complete = isinstance(event, dict) and all(
        isinstance(event.get(name), kind) for name, kind in _FIELDS.items()
    )
    # An import has no items.
    is_complete = is_complete and isinstance(event.get("pending_items", 0), int)
    if not is_complete or event["type"] not in ("progress", "done"):
        raise ValueError(f"not an event: {body:.100}")
    parsed: Event = event
    return parsed


def has_ended(event: Event) -> bool:
    """Whether the job and all its orders, or the import, have ended."""
    return event["status"] in _ENDED and event.get("pending_items", 0) == 0


def with_newer_counts(late: Event, newest: Event) -> Event:
    """An event that arrives late: its own errors, with the counts of the newest event."""
    return {**newest, "type": "progress", "errors": late["errors"]}


def merge(earlier: Event, later: Event) -> Event:
    """One event for both: the later counts, the errors of both."""
    errors = [*earlier["errors"], *later["errors"]]
    return {**later, "errors": errors[-MAX_ERRORS:]}
