"""A group costs the same number of statements whatever its size."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest

from actors import create_invoice as actor
from actors.create_invoice import create_invoice
from tests.jobs.statements import statements
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]


# docs/design.md states these counts.
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
            faults, _report = actor._invoice_group(actor.Job(seller.organization_id, job_id), group)

        assert set(faults.values()) == {None}

    assert sent[2] == sent[20] == sent[actor.MAX_GROUP]
    assert len(sent[2]) == count
