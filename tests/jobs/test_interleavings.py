"""Whatever happens to a job, in any order, it ends as a model in Python says.

The suite plays a few sequences of events, `make chaos` many.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from actors.postponing import Postponed
from actors.sweep import sweep
from models.errors import ForbiddenTransition
from models.jobs.cancel_and_retry import Selection
from models.jobs.claims import MAX_ATTEMPTS
from models.jobs.status import ENDED, RUNNABLE, JobStatus
from models.settings import Settings
from tests.chaos.extent import extent
from tests.jobs.books import wrong_in_books
from tests.jobs.driven_job import DrivenJob
from tests.jobs.job_model import JobModel
from tests.jobs.order_correction import correct_order

slugs = (f"org{n}" for n in itertools.count())
places = st.integers(min_value=0, max_value=5)


class LifeOfAJob(RuleBasedStateMachine):
    """A job of a few orders and its model: every event that may happen is applied to both."""

    def __init__(self, queues: redis.Redis, set_window: Callable[[int], None]) -> None:
        super().__init__()
        self.queues = queues
        self.set_window = set_window

    @initialize(
        count=st.integers(4, 6),
        flawed=st.sets(places, min_size=1, max_size=4),
        window=st.integers(1, 6),
    )
    def submit(self, count: int, flawed: set[int], window: int) -> None:
        self.queues.flushall()
        self.set_window(window)
        self.job = DrivenJob(next(slugs), count, sorted(flawed), self.queues)
        self.order_ids = self.job.order_ids
        self.model = JobModel(
            self.order_ids, {self.order_ids[place] for place in flawed if place < count}
        )
        self.revision = -1
        self.seen: tuple[Any, ...] = ()

    def at(self, place: int) -> int:
        return self.order_ids[place % len(self.order_ids)]

    # What messages do.

    @rule(place=places)
    def deliver(self, place: int) -> None:
        self.job.deliver(self.at(place))
        self.model.deliver(self.at(place))

    @rule(place=places)
    def deliver_twice(self, place: int) -> None:
        for _ in range(2):
            self.job.deliver(self.at(place))
        self.model.deliver(self.at(place))

    @rule(place=places)
    def deliver_in_two_threads(self, place: int) -> None:
        order_id = self.at(place)
        raised: list[BaseException] = []
        start = threading.Barrier(2)

        def run() -> None:
            start.wait()
            try:
                self.job.deliver(order_id)
            except BaseException as error:
                raised.append(error)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        # Only one thread retries an order that was begun before; the other is postponed.
        assert [error for error in raised if not isinstance(error, Postponed)] == []
        self.model.deliver(order_id)
        for _ in raised:
            self.job.deliver(order_id)

    @rule(count=st.integers(1, 6))
    def deliver_the_next_of_the_queue(self, count: int) -> None:
        for _ in range(count):
            order_id = self.job.next_of_queue()
            if order_id is not None:
                self.job.deliver(order_id)
                self.model.deliver(order_id)

    @rule(place=places)
    def crash_after_the_commit(self, place: int) -> None:
        order_id = self.at(place)
        if self.job.begin_work(order_id) and self.model.attempts[order_id] < MAX_ATTEMPTS:
            self.job.commit(order_id)
            self.model.deliver(order_id)
        else:
            self.model.claim(order_id)

    @rule(place=places)
    def crash_before_the_commit(self, place: int) -> None:
        self.job.begin_work(self.at(place))
        self.model.claim(self.at(place))

    # What people do.

    def press(self, act: Callable[[], object], *allowed: JobStatus) -> bool:
        """Returns whether the action was done; a refusal must name the status."""
        if self.model.status in allowed:
            act()
            return True
        with pytest.raises(ForbiddenTransition, match=str(self.model.status)):
            act()
        return False

    @rule()
    def pause(self) -> None:
        if self.press(self.job.pause, *RUNNABLE):
            self.model.status = JobStatus.PAUSED

    @rule()
    def resume(self) -> None:
        if self.press(self.job.resume, JobStatus.PAUSED):
            self.model.status = JobStatus.PROCESSING

    @rule()
    def reset(self) -> None:
        if self.press(self.job.reset, *RUNNABLE):
            self.model.status = JobStatus.PENDING

    @rule()
    def reset_by_the_operators_sql(self) -> None:
        if self.model.status in RUNNABLE:
            self.job.reset_by_sql()
            self.model.status = JobStatus.PENDING

    @rule(cut_short=st.booleans(), really=st.integers(0, 3))
    def cancel(self, cut_short: bool, really: int) -> None:
        if really:  # most sequences should be longer
            return
        act = self.job.cancel_cut_short if cut_short else self.job.cancel
        if self.press(act, JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.PAUSED):
            self.model.status = JobStatus.CANCELLED
            if not cut_short:
                self.model.cancel_rest()

    @rule(code=st.sampled_from([None, None, "quantity_not_positive", "gave_up_after_retries"]))
    def retry(self, code: str | None) -> None:
        self.retry_selected(Selection(error_code=code))

    @rule(place=places)
    @precondition(lambda self: self.model.failed())
    def retry_one(self, place: int) -> None:
        failed = self.model.failed()
        self.retry_selected(Selection(order_ids=[failed[place % len(failed)]]))

    @rule()
    @precondition(lambda self: self.model.failed())
    def retry_a_canary(self) -> None:
        self.retry_selected(Selection(limit=1))

    def retry_selected(self, selection: Selection) -> None:
        chosen = self.model.chosen_by(selection)
        open_to_retry = (JobStatus.PROCESSING, JobStatus.COMPLETED, JobStatus.FAILED)
        act = partial(self.job.retry, selection)
        if not self.press(act, *(open_to_retry if chosen else ())):
            return
        if selection.limit:
            items = self.job.items()
            chosen = {id_ for id_ in chosen if items[id_].status == "pending"}
            assert len(chosen) == selection.limit
        self.model.retry(chosen)

    @rule(place=places)
    def correct_order(self, place: int) -> None:
        correct_order(self.job.organization_id, self.at(place))
        self.model.flawed.discard(self.at(place))

    # What happens to the machines.

    @rule()
    def sweep(self) -> None:
        assert sweep().ran
        if self.model.status == JobStatus.CANCELLED:
            self.model.cancel_rest()

    @rule()
    def lose_redis(self) -> None:
        self.queues.flushall()

    # What must hold after every step.

    @invariant()
    def the_books_are_in_order(self) -> None:
        assert wrong_in_books(self.job.organization_id) == {}

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        state = self.job.state()
        assert state.status == self.model.status
        found = self.job.items()
        assert {id_: item.status for id_, item in found.items()} == self.model.items
        assert {
            id_: item.error_code for id_, item in found.items() if item.error_code
        } == self.model.codes
        counts = Counter(self.model.items.values())
        assert (state.successful_items, state.failed_items, state.cancelled_items) == (
            counts["succeeded"],
            counts["failed"],
            counts["cancelled"],
        )
        assert state.pending_items == counts["pending"]

    @invariant()
    def each_change_has_a_revision_of_its_own(self) -> None:
        state = self.job.state()
        scalars = tuple(value for key, value in state.as_dict().items() if key != "revision")
        counters = scalars[2:-2]
        assert state.revision >= max(self.revision, 0)
        if self.seen and counters != self.seen:
            assert state.revision > self.revision
        self.revision, self.seen = state.revision, counters

    def teardown(self) -> None:
        """Whatever happened, the job ends once it is resumed, swept and its messages delivered."""
        if not hasattr(self, "seen"):
            return
        if self.model.status == JobStatus.PAUSED:
            self.resume()
        for _ in range(2 * len(self.order_ids)):
            self.sweep()
            while (order_id := self.job.next_of_queue()) is not None:
                self.job.deliver(order_id)
                self.model.deliver(order_id)
        note(f"{self.job.state()}")
        self.the_books_are_in_order()
        self.it_is_as_the_model_says()
        assert self.model.status in ENDED
        assert "pending" not in self.model.items.values()


def test_a_job_behaves_as_the_model_says(
    settings: Settings, redis_client: redis.Redis, set_window: Callable[[int], None]
) -> None:
    run_state_machine_as_test(lambda: LifeOfAJob(redis_client, set_window), settings=BOUNDS)


BOUNDS = settings(
    max_examples=extent(suite=12, chaos=200),
    stateful_step_count=15,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
