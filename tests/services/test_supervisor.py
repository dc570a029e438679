"""The Procfile's processes are supervised and restarted, and none outlives the supervisor."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import pytest

from tests.services.processes import is_alive
from tests.waiting import wait_for
from web.embedded.errors import ServiceError
from web.embedded.processes import backoff, supervisor
from web.embedded.processes.supervised_process import SupervisedProcess
from web.embedded.processes.supervisor import Supervisor

Supervise = Callable[..., Supervisor]


@pytest.fixture
def supervise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervise]:
    """Starts a Procfile of these lines, with short timeouts; stops it at the end."""
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.5)
    monkeypatch.setattr(supervisor, "LEFTOVER_SECONDS", 0.5)
    monkeypatch.setattr(backoff, "FIRST_PAUSE", 0.05)
    started: list[Supervisor] = []

    def supervise(*lines: str, **environment: str) -> Supervisor:
        (tmp_path / "Procfile").write_text("\n".join(lines))
        made = Supervisor(tmp_path / "Procfile", {"PATH": os.defpath, **environment})
        started.append(made)
        made.start()
        return made

    yield supervise
    for one in started:
        one.stop()


def pid_in(file: Path) -> int:
    return int(wait_for(lambda: file.exists() and file.read_text().strip()))


def tick_until_failure(running: Supervisor) -> None:
    while True:
        running.tick(starting=True)


def test_each_process_except_the_release_runs(supervise: Supervise, tmp_path: Path) -> None:
    running = supervise(f"release: touch {tmp_path}/released", "web: sleep 60", "worker: sleep 60")
    wait_for(lambda: all(running.pids().values()))
    assert list(running.pids()) == ["web", "worker"]
    assert not (tmp_path / "released").exists()


def test_lines_are_printed_under_the_name_of_their_process(
    supervise: Supervise, capfd: pytest.CaptureFixture[str]
) -> None:
    running = supervise("web: echo at $PORT; exec sleep 60", PORT="8123")
    printed: list[str] = []

    def has_printed() -> bool:
        running.tick()
        printed.append(capfd.readouterr().out)
        return "web | at 8123" in "".join(printed)

    wait_for(has_printed)


def test_control_characters_in_the_output_of_a_process_are_escaped(
    supervise: Supervise, capfd: pytest.CaptureFixture[str]
) -> None:
    running = supervise(r"web: printf 'order A\033[2J\302\233 \342\200\256B\n'; exec sleep 60")
    printed: list[str] = []

    def has_printed() -> bool:
        running.tick()
        printed.append(capfd.readouterr().out)
        return r"web | order A\x1b[2J\x9b \u202eB" in "".join(printed)

    wait_for(has_printed)


@pytest.fixture
def full_disk() -> Iterator[TextIO]:
    """A file on a disk without room."""
    with suppress(OSError), open("/dev/full", "w") as full:
        yield full


def test_output_is_dropped_while_the_disk_is_full(
    full_disk: TextIO, supervise: Supervise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", full_disk)
    running = supervise(f"web: echo a; echo b; touch {tmp_path}/printed; exec sleep 60")
    wait_for((tmp_path / "printed").exists)
    pids = running.pids()["web"]
    for _ in range(5):
        running.tick()
    assert running.pids()["web"] == pids


def test_a_process_that_dies_is_restarted(supervise: Supervise) -> None:
    running = supervise("web: exec sleep 60")
    first = wait_for(lambda: running.pids()["web"])[0]
    os.kill(first, signal.SIGKILL)

    def is_back() -> bool:
        running.tick()
        return running.pids()["web"] not in ([], [first])

    wait_for(is_back)


def test_children_of_a_killed_process_are_gone_before_its_restart(
    supervise: Supervise, tmp_path: Path
) -> None:
    left = tmp_path / "left"
    running = supervise(f"worker: (trap '' TERM; sh -c 'echo $PPID' > {left}; sleep 60) & sleep 60")
    survivor = pid_in(left)
    os.kill(running.pids()["worker"][0], signal.SIGKILL)

    def is_gone() -> bool:
        running.tick()
        return not is_alive(survivor)

    wait_for(is_gone)


def test_a_process_that_keeps_dying_pauses_longer_each_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    process = SupervisedProcess("web", "exit 1", tmp_path, {}, lambda _name, _line: None)
    assert [process.plan_restart() for _ in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert not process.is_due
    now[0] += 15.0
    assert process.is_due
    now[0] += backoff.STEADY_SECONDS + 1
    assert process.plan_restart() == 0.5


def test_a_process_that_cannot_start_is_named_with_its_output(supervise: Supervise) -> None:
    running = supervise(
        "web: echo booting; echo 'worker failed to boot'; exit 3",
        "worker: exec sleep 60",
    )
    complaint = "web ended with code 3 while starting: worker failed to boot"
    with pytest.raises(ServiceError, match=complaint):
        tick_until_failure(running)


def test_the_exception_of_a_stack_trace_is_quoted(supervise: Supervise) -> None:
    running = supervise(
        "web: python3 -c 'import no_such_module'; echo 'Reason: worker failed to boot'; exit 3"
    )
    complaint = "while starting: ModuleNotFoundError: No module named 'no_such_module'"
    with pytest.raises(ServiceError, match=complaint):
        tick_until_failure(running)


def test_a_process_that_ignores_the_request_to_stop_is_killed(
    supervise: Supervise, tmp_path: Path
) -> None:
    deaf = tmp_path / "deaf"
    running = supervise(f"web: trap '' TERM; echo $$ > {deaf}; while :; do sleep 0.05; done")
    pid = pid_in(deaf)
    running.stop()
    assert not is_alive(pid)
    assert running.pids() == {"web": []}


def test_stopping_is_gentle_first(
    supervise: Supervise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 60.0)
    running = supervise(
        f"web: trap 'echo bye > {tmp_path}/bye; exit' TERM; echo on > {tmp_path}/on;"
        " while :; do sleep 0.05; done"
    )
    wait_for((tmp_path / "on").exists)
    running.stop()
    assert (tmp_path / "bye").read_text() == "bye\n"


def test_our_own_error_is_the_reason_whatever_error_gunicorn_adds(
    supervise: Supervise, tmp_path: Path
) -> None:
    """gunicorn may add an error of its own while its first process ends the second."""
    trace = "Traceback (most recent call last):\n  File x\n"
    (tmp_path / "said").write_text(
        f"{trace}models.errors.MissingSetting: SECRET_KEY is missing\n"
        f"{trace}gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>\nbye\n"
    )
    running = supervise(f"web: cat {tmp_path}/said; exit 1")
    with pytest.raises(ServiceError, match=r"code 1 .*: models.errors.*SECRET_KEY is missing$"):
        tick_until_failure(running)
