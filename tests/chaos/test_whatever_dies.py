"""Every order ends exactly once, whatever process dies."""

import os
import time
from collections import Counter, deque

import pytest

from tests.chaos.books import examine
from tests.chaos.clerk import Clerk, Progress
from tests.chaos.extent import IN_MAKE_CHAOS
from tests.chaos.faults import ALL_KINDS, KINDS, LONG_OUTAGE, Fault, inject, schedule
from tests.chaos.machine import Machine

ORDERS = 2_000
FAULTS_PER_JOB = 7  # at most: even in a short run, jobs begin after faults
FIRST_ORDERS_SECONDS = 30.0  # until the processes killed during the previous job are back
FAULTS = int(os.environ["CHAOS_FAULTS"]) if IN_MAKE_CHAOS else len(KINDS)  # one of each kind
SEED = int(os.environ.get("CHAOS_SEED") or time.time())
GOES_ON_SECONDS = 90.0
JOBS_TO_KILL = 5  # until one is caught before its end


@pytest.mark.only_in_make_chaos
def test_a_job_whose_worker_was_killed_goes_on_automatically(
    machine: Machine, clerk: Clerk
) -> None:
    for _ in range(JOBS_TO_KILL):
        job_id = clerk.submit(ORDERS, SEED)
        clerk.watch(job_id, 1, GOES_ON_SECONDS)
        machine.kill_all("worker")
        killed = time.monotonic()
        at_the_kill = clerk.progress(job_id)
        if not at_the_kill.ended:
            break

    clerk.watch(job_id, at_the_kill.ended_items + 1, GOES_ON_SECONDS)
    resumed = time.monotonic() - killed
    progress = clerk.watch(job_id, ORDERS + 1, GOES_ON_SECONDS)
    ended = time.monotonic() - killed

    print(  # noqa: T201
        f"\nWorker killed at {at_the_kill.ended_items}: went on after {resumed:.1f} s, ended "
        f"after {ended:.1f} s, without help"
    )
    assert not at_the_kill.ended
    assert progress.ended
    assert resumed < GOES_ON_SECONDS
    examine(machine)


def test_every_order_ends_exactly_once_whatever_dies(machine: Machine, clerk: Clerk) -> None:
    """A failure names its seed; `make chaos SEED=...` repeats the faults."""
    story = Story()
    try:
        work_through(schedule(SEED, FAULTS), machine, clerk, story)
    except BaseException as error:
        error.add_note(f"{story}\nReplay: make chaos FAULTS={FAULTS} SEED={SEED}")
        error.add_note(machine.output[-6_000:])
        raise
    finally:
        print(story)  # noqa: T201
    assert sum(story.struck.values()) == FAULTS
    assert story.in_the_middle >= 0.75 * FAULTS


class Story:
    """Records and prints what happened."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.jobs = 0
        self.struck: Counter[str] = Counter()
        self.in_the_middle = 0
        self._lines: list[str] = []

    def tell(self, line: str) -> None:
        self._lines.append(f"{time.monotonic() - self.began:7.1f} s  {line}")
        print(self._lines[-1], flush=True)  # noqa: T201

    def strike(self, fault: Fault, at: Progress) -> None:
        """Records a fault, and the progress of the job at that moment."""
        self.struck[fault.kind] += 1
        self.in_the_middle += 0 < at.ended_items < at.total_items
        self.tell(f"{fault.kind} at {at.ended_items} of {at.total_items}")

    def __str__(self) -> str:
        seconds = time.monotonic() - self.began
        return (
            f"Seed {SEED}: {sum(self.struck.values())} faults, {self.in_the_middle} of them in the "
            f"middle of a job, {self.jobs} jobs, {seconds:.0f} s"
            + "".join(f"\n  {count:3}  {kind}" for kind, count in sorted(self.struck.items()))
        )


def work_through(faults: list[Fault], machine: Machine, clerk: Clerk, story: Story) -> None:
    """Runs one job after another until every fault has occurred; examines the books after each.

    If a job ends before a fault is due, the fault occurs during the next job.
    """
    left = deque(faults)
    while left:
        story.jobs += 1
        job_id = clerk.submit(ORDERS, SEED)
        story.tell(f"job {story.jobs} submitted: {job_id}")
        strikes = 0
        while left and strikes < FAULTS_PER_JOB:
            at = await_moment(left[0], job_id, machine, clerk)
            if at.ended:
                left[0] = left[0] if strikes else left[0].sooner()
                break
            story.strike(left[0], at)
            inject(machine, left.popleft())
            strikes += 1
        clerk.see_it_through(job_id)
        examine(machine)
        story.tell(f"job {story.jobs} ended, and the books are in order")


def await_moment(fault: Fault, job_id: str, machine: Machine, clerk: Clerk) -> Progress:
    """Waits until the fault is due; returns the job's progress."""
    before = clerk.progress(job_id).ended_items
    patience = fault.patience if before else FIRST_ORDERS_SECONDS
    clerk.watch(job_id, before + round(fault.share * ORDERS), patience)
    time.sleep(fault.delay)
    if target := ALL_KINDS[fault.kind].target:
        machine.await_living(target)
    return clerk.progress(job_id)


@pytest.mark.parametrize("count", [1, len(KINDS), 200])
def test_a_seed_gives_the_same_faults(count: int) -> None:
    faults = schedule(7, count)
    assert faults == schedule(7, count) != schedule(8, count)
    assert len(faults) == count
    often = [fault.kind for fault in faults if fault.kind != LONG_OUTAGE]
    assert len(set(often)) == min(count, len(KINDS))
    assert count - len(often) == count // 100
