"""Threads that arrive at the same time share one commit; a single one does not wait."""

import ctypes
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import pytest

from actors import group_commit
from actors.group_commit import GroupCommit
from tests.jobs.concurrency import at_once
from tests.waiting import wait_for


class Work:
    """Work that can be held, and remembers its groups."""

    def __init__(self) -> None:
        self.groups: list[tuple[str, list[int]]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.at_work = 0
        self.most_at_work = 0
        self.guard = threading.Lock()

    def __call__(self, key: str, items: Sequence[int]) -> tuple[Mapping[int, str], int]:
        with self.guard:
            self.groups.append((key, list(items)))
            self.at_work += 1
            self.most_at_work = max(self.most_at_work, self.at_work)
        assert self.gate.wait(30)
        with self.guard:
            self.at_work -= 1
        if -1 in items:
            raise RuntimeError("the group failed")
        return {item: f"{key}{item}" for item in items}, len(items)


@pytest.fixture
def work() -> Work:
    return Work()


def keep_quiet(_size: int) -> None:
    """Replaces the function that sends the report of a group."""


def new_groups(
    work: Work,
    *,
    send: Callable[[int], None] = keep_quiet,
    max_size: int = 100,
    max_commits: int = 4,
) -> GroupCommit:
    return GroupCommit(work, send, max_size=max_size, max_commits=max_commits)


class Threads:
    """Threads that each hand one item in."""

    def __init__(self, groups: GroupCommit) -> None:
        self.groups = groups
        self.outcomes: list[object] = []
        self.threads: list[threading.Thread] = []

    def hand_in(self, key: str, *items: int) -> None:
        for item in items:
            thread = threading.Thread(target=self._run, args=(key, item))
            self.threads.append(thread)
            thread.start()

    def _run(self, key: str, item: int) -> None:
        try:
            self.outcomes.append(self.groups.commit(key, item))
        except (RuntimeError, ConnectionError) as error:
            self.outcomes.append(error)

    def hold_a_group(self, key: str, work: Work) -> None:
        """Keeps a group with only item 0 running until the gate is opened."""
        work.gate.clear()
        self.hand_in(key, 0)
        wait_for(lambda: work.at_work == 1)

    def in_line(self, key: str) -> int:
        return len(self.groups._queues.get(key, ()))

    def join(self) -> list[object]:
        for thread in self.threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in self.threads)
        return self.outcomes


def test_a_single_item_is_processed_at_once_by_its_own_thread(work: Work) -> None:
    groups = new_groups(work)
    seconds = []
    for item in range(20):
        began = time.perf_counter()
        assert groups.commit("a", item) == f"a{item}"
        seconds.append(time.perf_counter() - began)
    assert work.groups == [("a", [item]) for item in range(20)]
    # The quickest of several, because the machine may be busy.
    assert min(seconds) < 0.005


def test_items_that_arrive_while_a_group_runs_share_the_next_group(work: Work) -> None:
    groups = new_groups(work)
    threads = Threads(groups)
    threads.hold_a_group("a", work)
    threads.hand_in("a", *range(1, 20))
    wait_for(lambda: threads.in_line("a") == 20)
    work.gate.set()

    assert sorted(map(str, threads.join())) == sorted(f"a{n}" for n in range(20))
    assert [len(items) for _, items in work.groups] == [1, 19]


def test_a_group_has_a_largest_size_and_no_item_is_left_behind(work: Work) -> None:
    groups = new_groups(work, max_size=8)
    threads = Threads(groups)
    threads.hold_a_group("a", work)
    threads.hand_in("a", *range(1, 21))
    wait_for(lambda: threads.in_line("a") == 21)
    work.gate.set()

    assert len(threads.join()) == 21
    assert [len(items) for _, items in work.groups] == [1, 8, 8, 4]


def test_keys_do_not_wait_for_each_other(work: Work) -> None:
    groups = new_groups(work)
    threads = Threads(groups)
    work.gate.clear()
    threads.hand_in("a", 1)
    threads.hand_in("b", 1)
    wait_for(lambda: work.at_work == 2)
    work.gate.set()
    assert sorted(map(str, threads.join())) == ["a1", "b1"]


def test_the_number_of_running_groups_is_bounded(work: Work) -> None:
    threads = Threads(new_groups(work, max_commits=2))
    work.gate.clear()
    for key in "abcdefgh":
        threads.hand_in(key, 1)
    wait_for(lambda: work.at_work == 2 and all(threads.in_line(key) == 1 for key in "abcdefgh"))
    work.gate.set()
    assert len(threads.join()) == 8
    assert work.most_at_work == 2


def test_keys_that_contend_for_the_same_rows_leave_half_of_the_groups_to_others(
    work: Work,
) -> None:
    groups = GroupCommit(work, keep_quiet, max_size=100, max_commits=4, contend=lambda key: key[0])
    threads = Threads(groups)
    work.gate.clear()
    for key in ("a1", "a2", "a3", "a4"):
        threads.hand_in(key, 1)
    wait_for(lambda: work.at_work == 2 and all(threads.in_line(f"a{n}") == 1 for n in range(1, 5)))
    threads.hand_in("b1", 1)
    wait_for(lambda: work.at_work == 3)
    work.gate.set()
    assert len(threads.join()) == 5
    assert [key[0] for key, _ in work.groups[:3]] == ["a", "a", "b"]


class Struck(BaseException):
    """Raised in a thread from outside, like Dramatiq's time limit."""


def strike(thread: threading.Thread) -> None:
    identity = ctypes.c_ulong(thread.ident or 0)
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, ctypes.py_object(Struck)) == 1


@pytest.mark.parametrize("struck", [0, 1, 2, 5])
def test_a_time_limit_in_a_waiting_thread_leaves_no_other_thread_waiting(
    work: Work, struck: int
) -> None:
    """Thread 0 leads the first group, thread 1 is to lead the second."""
    groups = new_groups(work)
    ended: list[int] = []

    def run(item: int) -> None:
        with suppress(Struck):
            groups.commit("a", item)
            ended.append(item)

    threads = [threading.Thread(target=run, args=(item,)) for item in range(8)]
    work.gate.clear()
    for place, thread in enumerate(threads, 1):
        thread.start()
        wait_for(lambda place=place: len(groups._queues.get("a", ())) == place)
    wait_for(lambda: work.at_work == 1)
    strike(threads[struck])
    work.gate.set()
    for thread in threads:
        thread.join(30)

    assert not any(thread.is_alive() for thread in threads)
    assert set(range(8)) - {struck} <= set(ended)
    assert groups._queues == {}
    assert groups.commit("a", 99) == "a99"


def test_the_same_item_twice_is_processed_in_two_groups(work: Work) -> None:
    groups = new_groups(work)
    threads = Threads(groups)
    threads.hold_a_group("a", work)
    threads.hand_in("a", 7, 7, 7)
    wait_for(lambda: threads.in_line("a") == 4)
    work.gate.set()
    assert sorted(map(str, threads.join())) == ["a0", "a7", "a7", "a7"]
    assert work.groups == [("a", [0]), ("a", [7]), ("a", [7]), ("a", [7])]


def test_an_error_in_the_work_reaches_every_thread_of_the_group_and_the_next_group_goes_on(
    work: Work,
) -> None:
    groups = new_groups(work)
    threads = Threads(groups)
    threads.hold_a_group("a", work)
    threads.hand_in("a", -1, 1)
    wait_for(lambda: threads.in_line("a") == 3)
    work.gate.set()
    assert sorted(map(str, threads.join())) == ["a0", "the group failed", "the group failed"]
    assert groups.commit("a", 2) == "a2"


def test_a_report_is_sent_once_the_slot_is_free_and_before_the_group_goes_on(work: Work) -> None:
    sending, may_end = threading.Event(), threading.Event()
    reports: list[int] = []

    def send(size: int) -> None:
        reports.append(size)
        if size == 2:
            sending.set()
            assert may_end.wait(30)

    threads = Threads(new_groups(work, send=send, max_commits=1))
    threads.hold_a_group("a", work)
    threads.hand_in("a", 1, 2)
    wait_for(lambda: threads.in_line("a") == 3)
    work.gate.set()
    assert sending.wait(30)
    assert threads.groups.commit("b", 3) == "b3"  # it has the only slot meanwhile
    assert threads.outcomes == ["a0"]
    may_end.set()

    assert sorted(map(str, threads.join())) == ["a0", "a1", "a2"]
    assert reports == [1, 2, 1]


def test_a_group_whose_work_fails_sends_no_report(work: Work) -> None:
    reports: list[int] = []
    groups = new_groups(work, send=reports.append)
    with pytest.raises(RuntimeError):
        groups.commit("a", -1)
    assert groups.commit("a", 1) == "a1"
    assert reports == [1]


def test_an_error_in_sending_is_raised_only_in_the_leading_thread(
    work: Work,
) -> None:
    def send(_size: int) -> None:
        raise ConnectionError

    groups = new_groups(work, send=send)
    with pytest.raises(ConnectionError):
        groups.commit("a", 0)
    threads = Threads(groups)
    work.gate.clear()
    threads.hand_in("a", 1)
    wait_for(lambda: work.at_work == 1)
    threads.hand_in("a", 2, 3)
    wait_for(lambda: threads.in_line("a") == 3)
    work.gate.set()
    outcomes = sorted(map(str, threads.join()))
    # Thread 1 led a group of its own, and 2 or 3 led the next.
    assert outcomes in (["", "", "a2"], ["", "", "a3"])
    assert groups._queues == {}


def test_finished_keys_leave_no_state_behind(work: Work) -> None:
    groups = new_groups(work)
    for key in "abc":
        groups.commit(key, 1)
    assert groups._queues == {}


def test_the_leader_waits_for_threads_that_can_bring_ready_items(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "GATHER_SECONDS", 30)
    groups = new_groups(work)
    groups.backlog = lambda: 1
    groups.threads = lambda: 4
    threads = Threads(groups)
    for item in range(4):
        threads.hand_in("a", item)
        wait_for(lambda item=item: groups._queued == item + 1 or work.groups)  # type: ignore[misc]
    threads.join()
    assert work.groups == [("a", [0, 1, 2, 3])]


def test_the_leader_does_not_wait_long_for_threads_that_do_not_come(work: Work) -> None:
    groups = new_groups(work)
    groups.backlog = lambda: 1
    groups.threads = lambda: 4
    assert groups.commit("a", 1) == "a1"
    assert groups._queued == 0


def test_the_threads_of_a_group_form_the_next_group_while_items_are_ready(work: Work) -> None:
    rounds, count = 20, 16
    groups = new_groups(work)
    groups.backlog = lambda: 1
    groups.threads = lambda: count
    work.gate.clear()

    def run(place: int) -> None:
        for turn in range(rounds):
            groups.commit("a", turn * count + place)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(groups._queues.get("a", ())) == count)
    work.gate.set()
    for thread in threads:
        thread.join(30)

    sizes = [len(items) for _, items in work.groups]
    assert sum(sizes) == rounds * count
    assert sizes.count(count) >= rounds // 2


def test_every_item_is_processed_once_under_load(work: Work) -> None:
    groups = new_groups(work, max_size=16)

    def run(place: int) -> None:
        for turn in range(30):
            key, item = "abc"[(place + turn) % 3], 100 * place + turn
            assert groups.commit(key, item) == f"{key}{item}"

    raised = at_once([lambda place=place: run(place) for place in range(32)])  # type: ignore[misc]
    assert raised == [None] * 32
    done = [(key, item) for key, items in work.groups for item in items]
    assert len(done) == len(set(done)) == 32 * 30
