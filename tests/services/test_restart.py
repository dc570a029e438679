"""A service that has ended is restarted until it runs; the reason is printed once."""

from pathlib import Path

import pytest

from web.embedded.errors import PortTaken, ServiceError
from web.embedded.processes import service_restart
from web.embedded.processes.child import last_line
from web.embedded.processes.service_restart import ServiceRestart


class Clock:
    """A clock that only the test advances."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Script:
    """A service with scripted starts: an error, or None for a successful start."""

    port = 4711

    def __init__(self, *starts: Exception | None) -> None:
        self._starts = list(starts)
        self._running = True
        self.tried_at: list[float] = []

    @property
    def pids(self) -> list[int]:
        return [1] if self._running else []

    def end(self) -> None:
        self._running = False

    def launch(self) -> None:
        self.tried_at.append(service_restart.time.monotonic())
        outcome = self._starts.pop(0) if self._starts else None
        if outcome is not None:
            raise outcome
        self._running = True

    def is_ready(self) -> bool:
        return self._running

    def last_line(self) -> str:
        return "what the log said"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(service_restart, "time", clock)
    return clock


def run(restarting: ServiceRestart, clock: Clock, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        restarting.tick()
        clock.now += 0.1


def test_pauses_grow_up_to_a_bound_and_the_reason_is_printed_once(clock: Clock) -> None:
    full = [OSError(28, f"No space left on device, said {n}") for n in range(8)]
    service, said = Script(*full), list[str]()
    restarting = ServiceRestart("Redis", service, said.append)
    service.end()
    run(restarting, clock, 75)
    pauses = [round(b - a, 1) for a, b in zip(service.tried_at, service.tried_at[1:], strict=False)]
    assert pauses == pytest.approx([0.5, 1, 2, 4, 8, 15, 15, 15], abs=0.2)
    assert len(said) == 3
    assert said[0] == "Redis has ended and starts again."
    assert "No space left on device, said 0" in said[1]
    assert said[2] == "Redis runs again."


def test_a_new_reason_is_printed_too(clock: Clock) -> None:
    service, said = Script(OSError(28, "disk"), OSError(12, "memory"), OSError(28, "disk")), []
    restarting = ServiceRestart("Redis", service, said.append)
    service.end()
    run(restarting, clock, 10)
    told = [("disk" in line, "memory" in line) for line in said[1:-1]]
    assert told == [(True, False), (False, True), (True, False)]


def test_a_service_that_ends_right_after_its_start_also_pauses(clock: Clock) -> None:
    service, said = Script(), list[str]()
    restarting = ServiceRestart("PostgreSQL", service, said.append)
    for _ in range(300):
        service.end()
        run(restarting, clock, 0.4)
    assert len(service.tried_at) < 15
    assert "PostgreSQL has ended again: what the log said" in said


def test_the_restart_waits_for_a_port_that_is_taken_for_a_moment(clock: Clock) -> None:
    service, said = Script(*[PortTaken("Port 4711 of Redis is taken.")] * 4), list[str]()
    restarting = ServiceRestart("Redis", service, said.append)
    service.end()
    run(restarting, clock, 30)
    assert said[1:] == [
        "Port 4711 of Redis is taken. It is tried again for 60 s.",
        "Redis runs again.",
    ]


def test_a_port_that_stays_taken_ends_the_restarts_with_the_reason(clock: Clock) -> None:
    service = Script(*[PortTaken("Port 4711 of Redis is taken.")] * 99)
    restarting = ServiceRestart("Redis", service, lambda _line: None)
    service.end()
    with pytest.raises(ServiceError, match=r"Port 4711 of Redis is taken\. .* within 60 s"):
        run(restarting, clock, 120)


def test_the_first_error_of_a_log_is_quoted_rather_than_its_consequences(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_text(
        'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device\n'
        "FATAL:  checkpoint request failed\nLOG:  database system is shut down\n"
    )
    assert last_line(log).endswith("No space left on device")
    log.write_text("FATAL:  role is missing\nLOG:  database system is shut down\n")
    assert last_line(log) == "FATAL:  role is missing"
