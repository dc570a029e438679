"""The window of a job follows the pace of the workers, and jobs share by priority."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.window_size import (
    FIRST_WINDOW,
    LARGEST_WINDOW,
    SECONDS_OF_WORK,
    SMALLEST_WINDOW,
    WEIGHTS,
    Pace,
)
from models.jobs.published_state import JobState
from models.jobs.refill import BATCH, Window
from models.jobs.status import Priority

RATE = 1_000  # orders per second in these stories
WINDOW = round(SECONDS_OF_WORK * RATE)


def job(job_id: UUID | None = None, *, priority: str = "normal", window: int = 256) -> JobState:
    return JobState(
        organization_id=1,
        job_id=job_id or uuid4(),
        revision=0,
        status="processing",
        total_items=100_000,
        successful_items=0,
        failed_items=0,
        cancelled_items=0,
        started_at=None,
        completed_at=None,
        sent_position=0,
        window_size=window,
        priority=priority,
    )


class Story:
    """Jobs that end orders at given rates, seen by one process."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pace = Pace(lambda: self.now)

    def tell(self, seconds: float, rates: dict[JobState, int]) -> None:
        for step in range(1, int(seconds * 20) + 1):
            self.now += 0.05
            for state, rate in rates.items():
                ended = round(rate * step * 0.05)
                self.pace.note(replace(state, revision=step, successful_items=ended))


@pytest.fixture
def story() -> Story:
    return Story()


@given(
    target=st.integers(0, LARGEST_WINDOW),
    size=st.integers(0, 20_000),
    ended=st.integers(1, 256),
)
def test_a_commit_sends_what_the_target_lacks_within_its_limit(
    target: int, size: int, ended: int
) -> None:
    missing = target - (size - ended)
    to_send = Window(target).to_send(size, ended)
    assert 0 <= to_send <= max(missing, 0)
    assert to_send <= max(2 * ended, BATCH)
    assert to_send > 0 or missing < BATCH


def test_the_first_window_is_kept_while_the_pace_is_unknown(story: Story) -> None:
    one = job(window=FIRST_WINDOW)
    assert story.pace.window(one.job_id).to_send(one.window_size, BATCH) == BATCH
    story.tell(0.2, {one: RATE})
    assert story.pace.window(one.job_id).to_send(one.window_size, BATCH) == BATCH


def test_messages_are_sent_by_the_batch(story: Story) -> None:
    """The messages of a small group wait for those of the next group."""
    one = job(window=FIRST_WINDOW)
    assert story.pace.window(one.job_id).to_send(FIRST_WINDOW, BATCH - 1) == 0
    assert story.pace.window(one.job_id).to_send(FIRST_WINDOW - (BATCH - 1), 1) == BATCH


def test_a_window_aims_at_the_seconds_of_work(story: Story) -> None:
    one = job()
    story.tell(1, {one: RATE})
    assert story.pace.target(one.job_id) == pytest.approx(WINDOW, rel=0.05)


def test_a_window_at_its_target_stays_the_same(story: Story) -> None:
    one = job(window=WINDOW)
    story.tell(1, {one: RATE})
    assert story.pace.window(one.job_id).to_send(one.window_size, 256) == pytest.approx(
        256, abs=WINDOW * 0.02
    )


def test_a_window_takes_at_least_its_own_time_to_double(story: Story) -> None:
    one = job(window=256)
    story.tell(1, {one: RATE})
    assert story.pace.window(one.job_id).to_send(one.window_size, 64) == 128


def test_a_window_that_is_too_large_sends_nothing_until_it_fits(story: Story) -> None:
    one = job(window=9_000)
    story.tell(1, {one: RATE})
    assert story.pace.window(one.job_id).to_send(one.window_size, 64) == 0


@pytest.mark.parametrize(("rate", "bound"), [(3, SMALLEST_WINDOW), (50_000, LARGEST_WINDOW)])
def test_a_window_has_bounds(story: Story, rate: int, bound: int) -> None:
    one = job()
    story.tell(1, {one: rate})
    assert story.pace.target(one.job_id) == bound


def test_a_new_job_gets_its_share_however_slow_it_still_is(story: Story) -> None:
    large, small = job(window=WINDOW), job()
    story.tell(1, {large: 1_960, small: 40})
    assert story.pace.target(large.job_id) == story.pace.target(small.job_id)
    assert story.pace.target(small.job_id) == pytest.approx(WINDOW, rel=0.05)


def test_an_urgent_job_gets_more_of_the_workers_than_a_low_one(story: Story) -> None:
    urgent, low = job(priority="urgent"), job(priority="low")
    story.tell(1, {urgent: 2 * RATE, low: 2 * RATE})
    windows = [story.pace.target(one.job_id) for one in (urgent, low)]
    assert all(windows)
    assert windows[0] / windows[1] == pytest.approx(  # type: ignore[operator]
        WEIGHTS[Priority.URGENT] / WEIGHTS[Priority.LOW], rel=0.05
    )


def test_a_low_job_without_competitors_gets_all_workers(story: Story) -> None:
    low = job(priority="low")
    story.tell(1, {low: RATE})
    assert story.pace.target(low.job_id) == pytest.approx(WINDOW, rel=0.05)


def test_a_job_that_ended_frees_its_share_at_once(story: Story) -> None:
    one, other = job(), job()
    story.tell(1, {one: RATE, other: RATE})
    story.pace.note(replace(other, revision=99, status="cancelled", successful_items=1_000))
    assert story.pace.target(one.job_id) == pytest.approx(WINDOW, rel=0.05)


def test_a_retry_that_reopens_failed_orders_does_not_make_the_pace_negative(story: Story) -> None:
    one = job()
    story.tell(1, {one: RATE})
    story.pace.note(replace(one, revision=50, successful_items=10))
    assert story.pace.target(one.job_id) is None
    story.now += 0.5
    story.pace.note(replace(one, revision=51, successful_items=510))
    assert story.pace.target(one.job_id) == pytest.approx(WINDOW, rel=0.05)


def test_a_job_that_has_not_moved_for_long_is_forgotten(story: Story) -> None:
    one, other = job(), job()
    story.tell(1, {one: RATE, other: RATE})
    story.now += 1.5
    story.pace.note(replace(other, revision=21, successful_items=2_500))
    story.now += 1
    story.pace.note(replace(other, revision=22, successful_items=3_500))
    assert story.pace.target(one.job_id) is None
    assert story.pace.target(other.job_id) == pytest.approx(WINDOW, rel=0.2)


@given(
    rate=st.integers(0, 30_000),
    window=st.integers(0, 20_000),
    ended=st.integers(1, 256),
)
def test_a_window_never_runs_dry_and_never_jumps(rate: int, window: int, ended: int) -> None:
    story, one = Story(), job(window=window)
    story.tell(0.5, {one: rate})
    to_send = story.pace.window(one.job_id).to_send(one.window_size, ended)
    assert 0 <= to_send <= max(2 * ended, BATCH)
    left = window - ended + to_send
    assert left > 0 or to_send > 0
    assert left <= max(window, LARGEST_WINDOW)


@given(
    rate=st.integers(1, 30_000),
    window=st.integers(1, 12_000),
    groups=st.lists(st.integers(1, 256), max_size=40),
)
def test_messages_stay_in_flight_whatever_groups_end(
    rate: int, window: int, groups: list[int]
) -> None:
    story, one = Story(), job(window=window)
    story.tell(0.5, {one: rate})
    for size in groups:
        ended = min(size, window)  # only orders in flight can end
        window += story.pace.window(one.job_id).to_send(window, ended) - ended
        assert window > 0
