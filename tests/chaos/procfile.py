"""Runs some of the Procfile's processes, supervised as in `billmill up`."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from honcho.environ import parse_procfile

from models.settings import Settings
from tests.waiting import wait_for
from web.embedded.processes.supervisor import Supervisor

ROOT = Path(__file__).parents[2]

T = TypeVar("T")


def command_of(name: str) -> str:
    """The Procfile's command of that name."""
    command: str = parse_procfile((ROOT / "Procfile").read_text()).processes[name]
    return command


class Processes:
    """Runs named commands. `wait_for` restarts those that die."""

    def __init__(self, directory: Path, settings: Settings, **commands: str) -> None:
        procfile = directory / "Procfile"
        procfile.write_text("".join(f"{name}: {line}\n" for name, line in commands.items()))
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
        }
        self._supervisor = Supervisor(procfile, environment)
        self._supervisor.start()

    def pids(self, name: str) -> list[int]:
        """The living processes of that name."""
        return list(self._supervisor.pids()[name])

    def wait_for(self, condition: Callable[[], T], seconds: float) -> float:
        """Supervises the processes until the condition holds; returns the seconds it took."""
        began = time.monotonic()

        def holds() -> T:
            self._supervisor.tick()
            return condition()

        wait_for(holds, seconds)
        return time.monotonic() - began

    def close(self) -> None:
        self._supervisor.stop()
