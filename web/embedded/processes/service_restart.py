"""Starting a service again that has ended by itself, as often as it takes."""

import math
import time
from collections.abc import Callable
from itertools import chain, repeat
from typing import Protocol

from web.embedded.errors import PortTaken, ServiceError

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between failed starts, then
LONGEST_PAUSE = 15.0
STEADY_SECONDS = 30.0  # having run for so long, a service counts as healthy again
SLOW_SECONDS = 10.0  # then we say what we wait for
PORT_PATIENCE = 60.0  # an outgoing connection of another program has had our port for less


class Service(Protocol):
    """A server of ours. `port` stays what it is: the processes know only this address."""

    port: int

    @property
    def pids(self) -> list[int]:
        """Its first process, or none when it has ended."""

    def launch(self) -> None:
        """Start it at its port; PortTaken, ServiceError or OSError where that is not possible."""

    def is_ready(self) -> bool:
        """Whether it answers; ServiceError once it is clear that it will not."""

    def last_line(self) -> str:
        """What its log said last that tells something."""


class Restart:
    """`tick()` it again and again: each call does the next step, and none waits for long.

    What can pass (a full disk, no memory, a port that is busy for a moment) is tried again with
    growing pauses; `tell` receives a line whenever what we wait for changes, not at each try.
    """

    def __init__(self, name: str, service: Service, tell: Callable[[str], None]) -> None:
        self._name = name
        self._service = service
        self._tell = tell
        self._pauses = _pauses()
        self._next_step: Callable[[], None] = self._watch
        self._ready_at = self._launched_at = self._due_at = -math.inf
        self._taken_since: float | None = None
        self._said = ""

    def tick(self) -> None:
        """Raises ServiceError when the service's port stays with another program."""
        try:
            self._next_step()
        except PortTaken as taken:
            self._await_port(taken)
        except (ServiceError, OSError) as error:
            self._taken_since = None
            self._try_again(
                f"{error} It is tried again at least every {LONGEST_PAUSE:g} s until it starts."
            )

    def _watch(self) -> None:
        if self._service.pids:
            return
        if time.monotonic() - self._ready_at > STEADY_SECONDS:
            self._pauses = _pauses()
            self._say(f"{self._name} has ended and starts again.")
            self._launch()
        else:
            self._try_again(f"{self._name} has ended again: {self._service.last_line()}")

    def _await_due(self) -> None:
        if time.monotonic() >= self._due_at:
            self._launch()

    def _launch(self) -> None:
        self._service.launch()
        self._launched_at = time.monotonic()
        self._next_step = self._await_ready

    def _await_ready(self) -> None:
        if self._service.is_ready():
            self._taken_since = None
            self._ready_at = time.monotonic()
            self._next_step = self._watch
            self._say(f"{self._name} runs again.")
        elif time.monotonic() - self._launched_at > SLOW_SECONDS:
            self._say(f"{self._name} is still starting: {self._service.last_line()}")

    def _await_port(self, taken: PortTaken) -> None:
        now = time.monotonic()
        if self._taken_since is None:
            self._taken_since = now
        if now - self._taken_since > PORT_PATIENCE:
            raise ServiceError(
                f"{taken} It did not become free within {PORT_PATIENCE:g} s: start again."
            )
        self._try_again(f"{taken} It is tried again for {PORT_PATIENCE:g} s.")

    def _try_again(self, why: str) -> None:
        self._say(why)
        self._due_at = time.monotonic() + next(self._pauses)
        self._next_step = self._await_due

    def _say(self, line: str) -> None:
        """Only what differs by more than numbers, such as the time and pid of a line of a log."""
        told = "".join(c for c in line if not c.isdigit())
        if told != self._said:
            self._said = told
            self._tell(line)


def _pauses() -> "chain[float]":
    return chain(PAUSES, repeat(LONGEST_PAUSE))
