"""Every order ends exactly once, whatever dies."""

import os
import time
from collections import Counter

import pytest

from tests.chaos.books import examine
from tests.chaos.clerk import Clerk
from tests.chaos.faults import KINDS, Fault, inject, schedule
from tests.chaos.machine import Machine

pytestmark = pytest.mark.xdist_group("chaos")  # in one process: a machine is work enough

ORDERS = 2_000
FEWER_ORDERS = 600
FAULTS_PER_JOB = 13  # at most, so that even a short run sees a job begin after faults
FAULTS = int(os.environ.get("CHAOS_FAULTS") or 26)
SEED = int(os.environ.get("CHAOS_SEED") or time.time())


def test_every_order_ends_exactly_once_whatever_dies(machine: Machine, clerk: Clerk) -> None:
    """`make chaos SEED=...` repeats the sequence of faults that a failure names."""
    story = Story()
    try:
        work_through(schedule(SEED, FAULTS), machine, clerk, story)
    except BaseException as error:
        error.add_note(f"{story}\nReplay: make chaos FAULTS={FAULTS} SEED={SEED}")
        error.add_note(machine.output[-6_000:])
        raise
    finally:
        print(story)  # noqa: T201 - for whoever reads along
    assert sum(story.done.values()) == FAULTS


class Story:
    """What happened, for whoever reads the output."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.jobs = 0
        self.done: Counter[str] = Counter()
        self._lines: list[str] = []

    def tell(self, line: str) -> None:
        self._lines.append(f"{time.monotonic() - self.began:7.1f} s  {line}")
        print(self._lines[-1], flush=True)  # noqa: T201

    def __str__(self) -> str:
        total = sum(self.done.values())
        kinds = "".join(f"\n  {count:3}  {kind}" for kind, count in sorted(self.done.items()))
        seconds = time.monotonic() - self.began
        return f"Seed {SEED}: {total} faults, {self.jobs} jobs, {seconds:.0f} s{kinds}"


def work_through(faults: list[Fault], machine: Machine, clerk: Clerk, story: Story) -> None:
    """Jobs follow each other as long as faults are left; after each job the books are read."""
    left = list(faults)
    while left:
        story.jobs += 1
        job_id = clerk.submit(ORDERS, SEED)
        story.tell(f"job {story.jobs} submitted: {job_id}")
        strikes = 0
        while left and strikes < FAULTS_PER_JOB and not clerk.progress(job_id).ended:
            fault = left.pop(0)
            strikes += 1
            inject(machine, fault)
            story.done[fault.kind] += 1
            story.tell(f"{fault.kind} at {clerk.progress(job_id).ended_items} of {ORDERS}")
        clerk.see_it_through(job_id)
        examine(machine)
        story.tell(f"job {story.jobs} ended, and the books are in order")


def test_a_job_whose_worker_was_killed_goes_on_by_itself(machine: Machine, clerk: Clerk) -> None:
    job_id = clerk.submit(FEWER_ORDERS, SEED)
    wait_until_more_than(100, job_id, clerk)
    machine.kill_first("worker")
    killed = time.monotonic()
    for process in machine.living("worker"):
        os.kill(process, 9)
    at_the_kill = clerk.progress(job_id).ended_items
    assert at_the_kill < FEWER_ORDERS

    resumed = wait_until_more_than(at_the_kill + 20, job_id, clerk) - killed
    ended = wait_until_more_than(FEWER_ORDERS - 1, job_id, clerk) - killed

    print(  # noqa: T201
        f"\nWorker killed at {at_the_kill}: went on after {resumed:.1f} s, ended after "
        f"{ended:.1f} s, nobody acting"
    )
    assert resumed < 90
    examine(machine)


def wait_until_more_than(count: int, job_id: str, clerk: Clerk) -> float:
    """The moment when more than so many orders had ended."""
    deadline = time.monotonic() + 180
    while clerk.progress(job_id).ended_items <= count:
        assert time.monotonic() < deadline, clerk.progress(job_id)
        time.sleep(0.1)
    return time.monotonic()


@pytest.mark.parametrize("count", [1, len(KINDS), 200])
def test_a_seed_gives_the_same_faults(count: int) -> None:
    assert schedule(7, count) == schedule(7, count) != schedule(8, count)
    assert len({fault.kind for fault in schedule(7, count)}) == min(count, len(KINDS))
