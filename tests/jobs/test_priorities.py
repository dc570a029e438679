"""Jobs share the workers by priority, whichever began first."""

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest

from actors import dispatch, window_size
from models.jobs.published_state import JobState
from models.jobs.status import Priority
from models.jobs.submission import Submission, submit_orders
from tests.records import Account, new_orders
from tests.waiting import wait_for

Submit = Callable[[Sequence[int], Priority], UUID]
StateOf = Callable[[UUID], JobState]

LARGE, SMALL = 1_200, 600


@pytest.fixture
def submit_as(seller: Account) -> Submit:
    """Stores a job of this priority and sends its first window."""

    def submit(order_ids: Sequence[int], priority: Priority) -> UUID:
        submission = Submission(seller.user_id, priority=priority)
        job_id = submit_orders(seller.organization_id, order_ids, submission).job_id
        dispatch.start(seller.organization_id, job_id)
        return job_id

    return submit


@pytest.fixture
def short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of the usual window, so smaller jobs suffice to show the effect of priority."""
    for name, value in (
        ("SECONDS_OF_WORK", window_size.SECONDS_OF_WORK / 3),
        ("SMALLEST_WINDOW", 2),
        ("FIRST_WINDOW", 32),
    ):
        monkeypatch.setattr(window_size, name, value)


@pytest.mark.usefixtures("short_windows", "worker")
def test_an_urgent_job_overtakes_a_low_one_that_is_twice_as_large_and_began_before(
    seller: Account, submit_as: Submit, state_of: StateOf
) -> None:
    large = new_orders(seller, LARGE, prefix="LOW", lines=1)
    small = new_orders(seller, SMALL, prefix="URGENT", lines=1)

    low = submit_as(large, Priority.LOW)
    wait_for(lambda: state_of(low).processed_items >= 100, 30)
    urgent = submit_as(small, Priority.URGENT)
    wait_for(lambda: state_of(urgent).processed_items >= SMALL / 4, 30)
    low_before = state_of(low).processed_items
    wait_for(lambda: state_of(urgent).ended, 60)
    low_meanwhile = state_of(low).processed_items - low_before

    # With equal priority, the low job would have ended three quarters of SMALL meanwhile.
    assert low_meanwhile < SMALL * 3 / 8
    wait_for(lambda: state_of(low).ended, 60)
    assert state_of(low).successful_items == LARGE
