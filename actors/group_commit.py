"""Collects what threads want to have committed at the same moment, so that they share one commit.

There is no thread of its own. The first to come for a key leads: it takes what has gathered and
does the work for all, while those who come meanwhile gather for the next group. So the groups grow
with the load by themselves, and a lone item waits for nobody.
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

# The threads of a group come back nearly together with their next items, and items of one key often
# lie ready together. A leader waits a little for the threads that are about to hand one in: else
# the first of them would make a group of one.
GATHER_SECONDS = 0.03
_LOOK_AGAIN_SECONDS = 0.002
_SHARES = 61


class _Place(Generic[Item, Outcome]):
    """A thread that waits: for what became of its item, or to take over the lead."""

    __slots__ = ("_woken", "error", "item", "leads", "outcome")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.leads = False
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        # A bare lock, taken here and released by whoever wakes the thread: an Event costs thrice.
        self._woken = threading.Lock()
        self._woken.acquire()

    def wait(self) -> None:
        self._woken.acquire()

    def wake(self) -> None:
        with suppress(RuntimeError):  # it is awake already
            self._woken.release()


class GroupCommit(Generic[Key, Item, Outcome]):
    """Calls `work(key, items)` for items that are handed in at about the same time under one key.

    `work` returns an outcome for each item; what it raises, every thread of the group raises. The
    items of a group differ and are at most `max_size`; at most `max_commits` groups are at work.
    Of keys that `contend` for the same rows at most half as many are: if these rows are held by
    somebody else, the other keys go on.
    `lying_ready` tells how many items wait in this process for a thread to hand them in, `threads`
    how many threads there are for that.
    """

    def __init__(
        self,
        work: Callable[[Key, Sequence[Item]], Mapping[Item, Outcome]],
        *,
        max_size: int,
        max_commits: int,
        contend: Callable[[Key], Hashable] = lambda key: key,
    ) -> None:
        self._work = work
        self._max_size = max_size
        self._commits = threading.BoundedSemaphore(max_commits)
        # By a hash, so that nothing is kept of keys that are done.
        self._shares = [threading.BoundedSemaphore(max_commits // 2 or 1) for _ in range(_SHARES)]
        self._contend = contend
        self._arrived = threading.Condition()
        self._lines: dict[Key, deque[_Place[Item, Outcome]]] = {}
        self.lying_ready: Callable[[], int] = lambda: 0
        self.threads: Callable[[], int] = lambda: 0
        self._in_line = 0

    def commit(self, key: Key, item: Item) -> Outcome:
        """Hands an item in, and returns its outcome once the work of its group is done."""
        place: _Place[Item, Outcome] = _Place(item)
        try:
            self._line_up(key, place)
            if not place.leads:
                place.wait()
            if place.leads:
                self._lead(key, place)
        except BaseException:
            # A time limit strikes a waiting thread when it is woken, perhaps to lead.
            self._leave(key, place)
            raise
        if place.error is not None:
            raise place.error
        return place.outcome  # type: ignore[return-value] # set by whoever led

    def _line_up(self, key: Key, place: _Place[Item, Outcome]) -> None:
        """Puts the thread in line; the first in its line leads."""
        with self._arrived:
            self._in_line += 1
            if self._in_line >= self.threads():
                self._arrived.notify_all()
            line = self._lines.setdefault(key, deque())
            place.leads = not line
            line.append(place)

    def _leave(self, key: Key, place: _Place[Item, Outcome]) -> None:
        """Takes a thread out of line that will not come back, and the lead from it."""
        with self._arrived:
            line = self._lines.get(key)
            if line is None or place not in line:
                return
            line.remove(place)
            self._in_line -= 1
            if not line:
                del self._lines[key]
            elif place.leads:
                line[0].leads = True
                line[0].wake()

    def _lead(self, key: Key, leader: _Place[Item, Outcome]) -> None:
        """Works for everybody in line, then passes the lead on to whoever came meanwhile."""
        group = [leader]
        try:
            # Whoever waits for a share takes nobody else's place.
            with self._shares[hash(self._contend(key)) % _SHARES], self._commits:
                group = self._take(key)
                outcomes = self._work(key, [place.item for place in group])
                for place in group:
                    place.outcome = outcomes[place.item]
        except BaseException as error:  # the time limit's too: nobody may wait for ever
            for place in group:
                place.error = error
        finally:
            try:
                self._dismiss(key, group)
            except BaseException:
                self._dismiss(key, group)  # a time limit strikes once, and harms nothing here
                raise

    def _take(self, key: Key) -> list[_Place[Item, Outcome]]:
        """The next group, its leader first; it stays in line until its work is done."""
        with self._arrived:
            until = time.monotonic() + GATHER_SECONDS
            while self._more_are_coming() and time.monotonic() < until:
                self._arrived.wait(_LOOK_AGAIN_SECONDS)
            chosen: dict[Item, _Place[Item, Outcome]] = {}
            for place in self._lines[key]:
                chosen.setdefault(place.item, place)
                if len(chosen) == self._max_size:
                    break
            return list(chosen.values())

    def _more_are_coming(self) -> bool:
        return self._in_line < self.threads() and self.lying_ready() > 0

    def _dismiss(self, key: Key, group: Sequence[_Place[Item, Outcome]]) -> None:
        """Passes the lead on and wakes the group, whose first has led; may be done again."""
        with self._arrived:
            done = set(group)
            line = self._lines.get(key, deque())
            left = deque(place for place in line if place not in done)
            self._in_line -= len(line) - len(left)
            if left:
                self._lines[key] = left
                left[0].leads = True
                left[0].wake()
            else:
                self._lines.pop(key, None)
            for place in group[1:]:
                place.wake()
