"""What a thread sends to the database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

import models.database

# Sent ever more rarely, by the count of groups on a connection and not by their size.
PLANS_MADE_ANEW = "DISCARD PLANS"


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collects what this thread sends to the database meanwhile."""
    sent: list[str] = []
    ours = threading.get_ident()  # another one tells of jobs that have ended

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if threading.get_ident() == ours and statement != PLANS_MADE_ANEW:
            sent.append(statement)

    engine = models.database.engine()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
