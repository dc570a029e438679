"""Group commit: items that threads hand in at about the same time share one unit of work.

No thread belongs to the group commit. The first thread that hands in an item under a key leads: it
takes the items that have gathered and works on all of them, while later threads gather for the next
group. So groups grow with the load, and a single item waits for no other.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item", bound=Hashable)
Outcome = TypeVar("Outcome")
Report = TypeVar("Report")

# The threads of a group fetch their next items at almost the same time. A leader waits this long
# for the threads that are about to hand one in: otherwise the first thread would form a group of
# its own.
GATHER_SECONDS = 0.03
_LOOK_AGAIN_SECONDS = 0.002
_SHARES = 61


class _Waiter(Generic[Item, Outcome]):
    """A thread that waits for the outcome of its item, or to become the leader."""

    __slots__ = ("_woken", "error", "item", "leads", "outcome")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.leads = False
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        # A bare lock, which `wake` releases: an Event costs three times as much.
        self._woken = threading.Lock()
        self._woken.acquire()

    def wait(self) -> None:
        self._woken.acquire()

    def wake(self) -> None:
        with suppress(RuntimeError):  # it is awake already
            self._woken.release()


class GroupCommit(Generic[Key, Item, Outcome, Report]):
    """Calls `work(key, items)` for items that are handed in at about the same time under one key.

    `work` returns an outcome for each item, and a report, which goes to `send` when the group has
    released its slot. An error in `work` is raised in every thread of the group, an error in `send`
    in the leader only. The items of a group differ and are at most `max_size`.

    At most `max_commits` groups work at the same time, and at most half as many for keys that
    `contend` for the same rows: while another transaction holds these rows, the other keys
    continue. `backlog` returns how many items wait in this process for a thread, `threads` how many
    threads hand items in.
    """

    def __init__(
        self,
        work: Callable[[Key, Sequence[Item]], tuple[Mapping[Item, Outcome], Report]],
        send: Callable[[Report], None],
        *,
        max_size: int,
        max_commits: int,
        contend: Callable[[Key], Hashable] = lambda key: key,
    ) -> None:
        self._work = work
        self._send = send
        self._max_size = max_size
        self._commits = threading.BoundedSemaphore(max_commits)
        # Keys share these by their hash, so that no memory is kept for keys without items.
        self._shares = [threading.BoundedSemaphore(max_commits // 2 or 1) for _ in range(_SHARES)]
        self._contend = contend
        self._arrived = threading.Condition()
        self._queues: dict[Key, deque[_Waiter[Item, Outcome]]] = {}
        self._queued = 0
        self.backlog: Callable[[], int] = lambda: 0
        self.threads: Callable[[], int] = lambda: 0

    def commit(self, key: Key, item: Item) -> Outcome:
        """Hands an item in, and returns its outcome once the work of its group is done."""
        waiter: _Waiter[Item, Outcome] = _Waiter(item)
        try:
            self._enqueue(key, waiter)
            if not waiter.leads:
                waiter.wait()
            if waiter.leads:
                self._lead(key, waiter)
        except BaseException:
            # Dramatiq's time limit may raise in a waiting thread, even in the next leader.
            self._abandon(key, waiter)
            raise
        if waiter.error is not None:
            raise waiter.error
        return waiter.outcome  # type: ignore[return-value] # set by the leader

    def _enqueue(self, key: Key, waiter: _Waiter[Item, Outcome]) -> None:
        """Adds the thread to its key's queue; the first of a queue leads."""
        with self._arrived:
            self._queued += 1
            if self._queued >= self.threads():
                self._arrived.notify_all()
            queue = self._queues.setdefault(key, deque())
            waiter.leads = not queue
            queue.append(waiter)

    def _abandon(self, key: Key, waiter: _Waiter[Item, Outcome]) -> None:
        """Removes a thread that stops waiting from its queue, and passes its lead on."""
        with self._arrived:
            queue = self._queues.get(key)
            if queue is None or waiter not in queue:
                return
            queue.remove(waiter)
            self._queued -= 1
            if not queue:
                del self._queues[key]
            elif waiter.leads:
                queue[0].leads = True
                queue[0].wake()

    def _lead(self, key: Key, leader: _Waiter[Item, Outcome]) -> None:
        """Works for the queued threads, sends the report, and passes the lead on."""
        group = [leader]
        try:
            # The share is acquired first: a group that waits for it occupies no slot.
            with self._shares[hash(self._contend(key)) % _SHARES], self._commits:
                group = self._take(key)
                outcomes, report = self._work(key, [waiter.item for waiter in group])
                for waiter in group:
                    waiter.outcome = outcomes[waiter.item]
        except BaseException as error:  # including the time limit: no thread may wait forever
            for waiter in group:
                waiter.error = error
        else:
            # Before the group wakes: hundreds of threads would compete with this one for the
            # interpreter, and the next messages would come late.
            self._send(report)
        finally:
            try:
                self._release(key, group)
            except BaseException:
                self._release(key, group)  # the time limit raises only once
                raise

    def _take(self, key: Key) -> list[_Waiter[Item, Outcome]]:
        """The next group, its leader first; it stays in the queue until its work is done."""
        with self._arrived:
            until = time.monotonic() + GATHER_SECONDS
            while self._more_are_coming() and time.monotonic() < until:
                self._arrived.wait(_LOOK_AGAIN_SECONDS)
            chosen: dict[Item, _Waiter[Item, Outcome]] = {}
            for waiter in self._queues[key]:
                chosen.setdefault(waiter.item, waiter)
                if len(chosen) == self._max_size:
                    break
            return list(chosen.values())

    def _more_are_coming(self) -> bool:
        return self._queued < self.threads() and self.backlog() > 0

    def _release(self, key: Key, group: Sequence[_Waiter[Item, Outcome]]) -> None:
        """Passes the lead on and wakes the group, except its leader; may be called twice."""
        with self._arrived:
            done = set(group)
            queue = self._queues.get(key, deque())
            left = deque(waiter for waiter in queue if waiter not in done)
            self._queued -= len(queue) - len(left)
            if left:
                self._queues[key] = left
                left[0].leads = True
                left[0].wake()
            else:
                self._queues.pop(key, None)
            for waiter in group[1:]:
                waiter.wake()
