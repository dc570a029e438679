"""At most one event per interval and job, and never a state older than a published one."""

from dataclasses import replace
from uuid import UUID, uuid4

from actors.throttle import Event, Throttle
from models.invoicing.finding import Finding
from models.jobs.published_state import ItemError, JobState

JOB = UUID("0192e5a0-0000-7000-8000-000000000001")


class Clock:
    """Stands still until a test sets it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def event(
    revision: int, *, done: bool = False, job_id: UUID = JOB, errors: int = 0, succeeded: int = 1
) -> Event:
    state = JobState(
        organization_id=1,
        job_id=job_id,
        revision=revision,
        status="completed" if done else "processing",
        total_items=10,
        successful_items=10 if done else succeeded,
        failed_items=0,
        cancelled_items=0,
        started_at=None,
        completed_at=None,
        sent_position=10,
        window_size=0,
        priority="normal",
    )
    why = Finding("code", "m", "f", "r")
    found = [ItemError(n, f"A{revision}-{n}", why) for n in range(errors)]
    return Event(state, tuple(found))


def test_the_first_event_is_published_at_once() -> None:
    throttle = Throttle(0.1, Clock())
    throttle.offer(event(1))

    assert [told.state.revision for told in throttle.take_due()] == [1]
    assert not throttle.is_waiting


def test_the_first_invoice_does_not_wait_for_the_interval_after_the_start() -> None:
    throttle = Throttle(0.1, Clock())
    throttle.offer(event(1, succeeded=0))
    throttle.take_due()
    throttle.offer(event(2, succeeded=5))

    assert [told.state.revision for told in throttle.take_due()] == [2]

    throttle.offer(event(3, succeeded=6))
    assert throttle.take_due() == []


def test_events_within_the_interval_are_merged_into_one() -> None:
    clock = Clock()
    throttle = Throttle(0.1, clock)
    throttle.offer(event(1))
    throttle.take_due()
    for revision in (2, 3, 4):
        throttle.offer(event(revision, errors=1))
        clock.now += 0.02
        assert throttle.take_due() == []
    clock.now += 0.1

    (told,) = throttle.take_due()
    assert told.state.revision == 4
    assert [error.order_number for error in told.errors] == ["A2-0", "A3-0", "A4-0"]


def test_the_higher_revision_wins_whichever_is_offered_first() -> None:
    throttle = Throttle(0.1, Clock())
    throttle.offer(event(7))
    throttle.offer(event(6))

    assert [told.state.revision for told in throttle.take_due()] == [7]


def test_the_end_of_a_job_is_published_at_once() -> None:
    throttle = Throttle(0.1, Clock())
    throttle.offer(event(1))
    throttle.take_due()
    throttle.offer(event(2, done=True))

    assert [told.state.status for told in throttle.take_due()] == ["completed"]


def test_jobs_do_not_wait_for_each_other() -> None:
    throttle = Throttle(0.1, Clock())
    throttle.offer(event(1))
    throttle.take_due()
    throttle.offer(event(1, job_id=uuid4()))

    assert len(throttle.take_due()) == 1


def test_errors_of_a_merged_event_are_bounded() -> None:
    merged = event(1, errors=40).merged_with(event(2, errors=40))

    assert len(merged.errors) == 50
    assert merged.errors[-1].order_number == "A2-39"


def test_a_cancelled_job_with_open_items_has_not_ended() -> None:
    state = replace(event(1).state, status="cancelled")

    assert not state.ended
    assert replace(state, cancelled_items=9).ended
