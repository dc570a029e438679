"""Test doubles of PostgreSQL and the clock for the hub."""

import threading
from typing import Any
from uuid import UUID

from sqlalchemy.exc import OperationalError


def event(kind: str, revision: int, **more: Any) -> dict[str, Any]:
    told = {"type": kind, "revision": revision, "status": "processing", "pending_items": 5}
    return {**told, "errors": [], **more}


class Snapshots:
    """Replaces PostgreSQL: returns the revision that a test sets, and counts the reads."""

    def __init__(self) -> None:
        self.revision = 1
        self.asked = 0
        self.away = False
        self.state: dict[str, Any] = {}
        self.gate = threading.Event()  # while it is cleared, reads wait
        self.gate.set()

    def read(self, _organization_id: int, _job_id: UUID) -> dict[str, Any]:
        revision = self.revision
        self.asked += 1
        assert self.gate.wait(10)
        if self.away:
            raise OperationalError("SELECT", {}, Exception("away"))
        return event("snapshot", revision, **self.state)


class Clock:
    """A clock that a test advances."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
