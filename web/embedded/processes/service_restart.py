"""Restarts an embedded server that has ended, until it runs again."""

import math
import time
from collections.abc import Callable

from web.embedded.child_server import ChildServer
from web.embedded.errors import PortTaken, ServiceError
from web.embedded.processes.backoff import LONGEST_PAUSE, STEADY_SECONDS, Backoff

SLOW_SECONDS = 10.0  # then `tell` receives what the server is doing
PORT_WAIT_SECONDS = 60.0  # an outgoing connection of another program frees a port sooner


class ServiceRestart:
    """Call `tick()` repeatedly: each call does the next step, and none blocks for long.

    After errors that can pass (a full disk, no memory, a port in use) it tries again with growing
    pauses. `tell` receives a line whenever the reason changes, not at each attempt.
    """

    def __init__(self, name: str, service: ChildServer, tell: Callable[[str], None]) -> None:
        self._name = name
        self._service = service
        self._tell = tell
        self._backoff = Backoff()
        self._next_step: Callable[[], None] = self._watch
        self._ready_at = self._launched_at = self._due_at = -math.inf
        self._taken_since: float | None = None
        self._said = ""

    def tick(self) -> None:
        """Does the next step; raises ServiceError if another program keeps the server's port."""
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
            self._backoff.reset()
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
        if now - self._taken_since > PORT_WAIT_SECONDS:
            raise ServiceError(
                f"{taken} It did not become free within {PORT_WAIT_SECONDS:g} s: start again."
            )
        self._try_again(f"{taken} It is tried again for {PORT_WAIT_SECONDS:g} s.")

    def _try_again(self, why: str) -> None:
        self._say(why)
        self._due_at = time.monotonic() + self._backoff.next_pause()
        self._next_step = self._await_due

    def _say(self, line: str) -> None:
        """Passes a line to `tell`, unless only numbers (such as a pid) differ from the last one."""
        without_numbers = "".join(c for c in line if not c.isdigit())
        if without_numbers != self._said:
            self._said = without_numbers
            self._tell(line)
