"""A group costs the same number of statements whatever its size."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

import models.database
from actors import create_invoice as actor
from actors.create_invoice import create_invoice
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]

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


# As docs/design.md says.
@pytest.mark.parametrize(
    ("flawed", "count"), [([], 18), ([1], 19)], ids=["all sound", "one flawed"]
)
def test_a_group_of_any_size_sends_the_same_statements(
    seller: Account, submit: Submit, flawed: list[int], count: int
) -> None:
    sent: dict[int, list[str]] = {}
    for size in (2, 20, actor.MAX_GROUP):
        first, *group = new_orders(seller, size + 1, prefix=f"S{size}-", flawed=flawed, lines=2)
        job_id = submit([first, *group])
        create_invoice(str(job_id), first)

        with statements() as sent[size]:
            faults = actor._work((seller.organization_id, job_id), group)

        assert set(faults.values()) == {None}

    assert sent[2] == sent[20] == sent[actor.MAX_GROUP]
    assert len(sent[2]) == count
