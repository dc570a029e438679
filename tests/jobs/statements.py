"""Records the statements that a thread sends to the database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

import models.database

# Its frequency depends on how many groups a connection has run, not on their size.
DISCARD_PLANS = "DISCARD PLANS"


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collects the statements that this thread sends inside the block."""
    sent: list[str] = []
    ours = threading.get_ident()  # another thread publishes the ends of jobs

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if threading.get_ident() == ours and statement != DISCARD_PLANS:
            sent.append(statement)

    engine = models.database.engine()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
