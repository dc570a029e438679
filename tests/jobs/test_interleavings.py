"""Whatever happens to a job, and in whichever order, it ends as a model in Python says."""

import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

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
from sqlalchemy import text

from actors import job_control
from actors.create_invoice import MAX_ATTEMPTS, create_invoice
from actors.sweep import sweep
from models import job_run, job_transitions
from models.audit import Author
from models.cancel_and_retry import Selection
from models.database import org_transaction, owner_transaction
from models.errors import ForbiddenTransition
from models.job_progress import JobState, job_state
from models.job_status import ENDED, RUNNABLE, JobStatus
from models.job_submission import Submission, submit_orders
from models.settings import Settings
from tests.jobs.books import wrong_in_books
from tests.jobs.items import items_of
from tests.jobs.job_model import JobModel
from tests.jobs.mending import mend
from tests.records import new_account, new_orders

QUEUE = "dramatiq:invoices"
slugs = (f"org{n}" for n in itertools.count())
places = st.integers(min_value=0, max_value=5)


class LifeOfAJob(RuleBasedStateMachine):
    """One job of a few orders, driven by everything that may happen to it, beside its model."""

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
        self.account = account = new_account(next(slugs))
        self.organization_id = account.organization_id
        self.author = Author(account.user_id)
        self.order_ids = new_orders(account, count, flawed=sorted(flawed), lines=1)
        submission = Submission(account.user_id)
        self.job_id = submit_orders(self.organization_id, self.order_ids, submission).job_id
        self.model = JobModel(
            self.order_ids, {self.order_ids[place] for place in flawed if place < count}
        )
        self.revision = -1
        self.seen: tuple[Any, ...] = ()

    def at(self, place: int) -> int:
        return self.order_ids[place % len(self.order_ids)]

    # What a message does.

    @rule(place=places)
    def deliver(self, place: int) -> None:
        create_invoice(str(self.job_id), self.at(place))
        self.model.deliver(self.at(place))

    @rule(place=places)
    def deliver_twice(self, place: int) -> None:
        for _ in range(2):
            create_invoice(str(self.job_id), self.at(place))
        self.model.deliver(self.at(place))

    @rule(place=places)
    def deliver_in_two_threads(self, place: int) -> None:
        order_id, raised = self.at(place), []
        start = threading.Barrier(2)

        def run() -> None:
            start.wait()
            try:
                create_invoice(str(self.job_id), order_id)
            except BaseException as error:
                raised.append(error)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert not raised
        self.model.deliver(order_id)

    @rule(count=st.integers(1, 6))
    def deliver_the_next_of_the_queue(self, count: int) -> None:
        for _ in range(count):
            order_id = self.next_of_queue()
            if order_id is not None:
                create_invoice(str(self.job_id), order_id)
                self.model.deliver(order_id)

    @rule(place=places)
    def crash_after_the_commit(self, place: int) -> None:
        order_id = self.at(place)
        if self.begin_work(order_id) and self.model.attempts[order_id] < MAX_ATTEMPTS:
            job_run.run_items(self.organization_id, self.job_id, [order_id])
            self.model.deliver(order_id)
        else:
            self.model.take_up(order_id)

    @rule(place=places)
    def crash_before_the_commit(self, place: int) -> None:
        self.begin_work(self.at(place))
        self.model.take_up(self.at(place))

    def begin_work(self, order_id: int) -> bool:
        taken = job_run.take_up(self.organization_id, self.job_id, [order_id])
        if taken.repeated:
            job_run.count_attempt(self.organization_id, self.job_id, order_id)
        return bool(taken.fresh or taken.repeated)

    # What people do.

    def press(self, act: Callable[[], object], *allowed: JobStatus) -> bool:
        """Whether the act was done; where it is forbidden, that the refusal names the status."""
        if self.model.status in allowed:
            act()
            return True
        with pytest.raises(ForbiddenTransition, match=str(self.model.status)):
            act()
        return False

    @rule()
    def pause(self) -> None:
        act = lambda: job_control.pause(self.organization_id, self.job_id, self.author)  # noqa: E731
        if self.press(act, *RUNNABLE):
            self.model.status = JobStatus.PAUSED

    @rule()
    def resume(self) -> None:
        act = lambda: job_control.resume(self.organization_id, self.job_id, self.author)  # noqa: E731
        if self.press(act, JobStatus.PAUSED):
            self.model.status = JobStatus.PROCESSING

    @rule()
    def reset(self) -> None:
        act = lambda: job_control.reset(self.organization_id, self.job_id, self.author)  # noqa: E731
        if self.press(act, *RUNNABLE):
            self.model.status = JobStatus.PENDING

    @rule()
    def reset_by_the_operators_sql(self) -> None:
        if self.model.status in RUNNABLE:
            with owner_transaction() as session:
                session.execute(
                    text(
                        "UPDATE batch_job_queue SET status = 'pending', started_at = NULL "
                        "WHERE id = :id"
                    ),
                    {"id": self.job_id},
                )
            self.model.status = JobStatus.PENDING

    @rule(cut_short=st.booleans(), really=st.integers(0, 3))
    def cancel(self, cut_short: bool, really: int) -> None:
        if really:  # most lives should be longer
            return

        def act() -> None:
            if not cut_short:
                job_control.cancel(self.organization_id, self.job_id, self.author)
                return
            with org_transaction(self.organization_id) as session:
                job_transitions.cancel(session, self.job_id)

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
        act = lambda: job_control.retry_failed(  # noqa: E731
            self.organization_id, self.job_id, self.author, selection
        )
        open_to_retry = (JobStatus.PROCESSING, JobStatus.COMPLETED, JobStatus.FAILED)
        if not self.press(act, *(open_to_retry if chosen else ())):
            return
        if selection.limit:
            chosen = {
                id_
                for id_ in chosen
                if items_of(self.account, self.job_id)[id_].status == "pending"
            }
            assert len(chosen) == selection.limit
        self.model.retry(chosen)

    @rule(place=places)
    def mend(self, place: int) -> None:
        mend(self.organization_id, self.at(place))
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
        assert wrong_in_books(self.organization_id) == {}

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        state = self.state()
        assert state.status == self.model.status
        found = items_of(self.account, self.job_id)
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
        state = self.state()
        scalars = tuple(value for key, value in state.as_dict().items() if key != "revision")
        counters = scalars[2:-2]
        assert state.revision >= max(self.revision, 0)
        if self.seen and counters != self.seen:
            assert state.revision > self.revision
        self.revision, self.seen = state.revision, counters

    def teardown(self) -> None:
        """Whatever happened: resumed, swept and delivered, the job ends."""
        if not hasattr(self, "seen"):
            return
        if self.model.status == JobStatus.PAUSED:
            self.resume()
        for _ in range(2 * len(self.order_ids)):
            self.sweep()
            while (order_id := self.next_of_queue()) is not None:
                create_invoice(str(self.job_id), order_id)
                self.model.deliver(order_id)
        note(f"{self.state()}")
        self.the_books_are_in_order()
        self.it_is_as_the_model_says()
        assert self.model.status in ENDED
        assert "pending" not in self.model.items.values()

    def next_of_queue(self) -> int | None:
        """Takes the next message of this job out of Redis, as a worker would; its order."""
        while (id_ := self.queues.lpop(QUEUE)) is not None:
            message = self.queues.hget(f"{QUEUE}.msgs", id_)
            self.queues.hdel(f"{QUEUE}.msgs", id_)
            job_id, order_id = json.loads(message)["args"]
            if UUID(job_id) == self.job_id:
                return int(order_id)
        return None

    def state(self) -> JobState:
        with org_transaction(self.organization_id) as session:
            return job_state(session, self.job_id)


def test_a_job_lives_as_the_model_says(
    settings: Settings, redis_client: redis.Redis, set_window: Callable[[int], None]
) -> None:
    run_state_machine_as_test(lambda: LifeOfAJob(redis_client, set_window), settings=BOUNDS)


BOUNDS = settings(
    max_examples=25,
    stateful_step_count=15,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
