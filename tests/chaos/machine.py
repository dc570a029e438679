"""A machine on which Billmill runs (`billmill up`), and the faults it can suffer."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import redis

from tests.ports import port_of_our_own
from tests.services.processes import is_alive, mentioning
from tests.services.running import Up
from tests.waiting import wait_for

UP_AGAIN_SECONDS = 90.0


class Machine:
    """PostgreSQL, Redis and the Procfile's processes, which `billmill up` restarts."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._port = str(port_of_our_own())
        self._up = self._switch_on()
        run = self._up.run
        self.owner_url: str = run["migration_database_url"]
        self.app_url: str = run["database_url"]
        self.redis_url: str = run["redis_url"]

    def sql(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Runs the statement as the tables' owner; waits while PostgreSQL is away."""
        return self.transaction((statement, parameters))

    def transaction(self, *statements: tuple[str, Any]) -> list[tuple[Any, ...]]:
        """Runs statements with their parameters in one transaction; returns the last one's rows."""

        def answer() -> tuple[list[tuple[Any, ...]]] | None:
            try:
                with psycopg.connect(self.owner_url, connect_timeout=5) as connection:
                    for statement, parameters in statements:
                        cursor = connection.execute(statement.encode(), parameters or None)
                    return (cursor.fetchall() if cursor.description else [],)
            except psycopg.OperationalError:
                return None

        return wait_for(answer, UP_AGAIN_SECONDS)[0]

    def post(self, path: str, token: str, body: object, **headers: str) -> tuple[int, Any]:
        """Status and JSON of the response; 0 and None when there was none."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}",
            data=json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
                **headers,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=35) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, None

    def kill_first(self, kind: str) -> None:
        """kill -9 of the parent process of its kind: the master or the server."""
        _signal(self.await_living(kind)[0], signal.SIGKILL)

    def kill_child(self, kind: str, random: Random) -> None:
        """kill -9 of one of the child processes of its kind."""
        living = self.await_living(kind)
        _signal(random.choice(living[1:] or living), signal.SIGKILL)

    def kill_all(self, kind: str) -> None:
        """kill -9 of every process of that kind."""
        for pid in self.await_living(kind):
            _signal(pid, signal.SIGKILL)

    def restart_postgres(self) -> None:
        """Cuts connections at once and loses open transactions (pg_ctl's mode `immediate`)."""
        _signal(self.await_living("postgres")[0], signal.SIGQUIT)

    def stop_redis(self, seconds: float) -> None:
        """Stops Redis for this long: it accepts connections, but answers nothing."""
        with stopped(self.await_living("redis")[0]):
            time.sleep(seconds)

    def switch_off_and_on(self) -> None:
        """kill -9 of every process at once; then `billmill up` starts on the same files."""
        self.switch_off()
        self._up = self._switch_on()
        self.redis_url = self._up.run["redis_url"]
        self.owner_url = self._up.run["migration_database_url"]

    def switch_off(self) -> None:
        self._up.process.kill()
        killed = {*self._up.pids, *mentioning(str(self.data_dir))}
        for pid in killed:
            _signal(pid, signal.SIGKILL)
        self._up.process.wait()
        # An ending process no longer names the directory, but may still hold its port.
        wait_for(lambda: not any(map(is_alive, killed)), 30)
        wait_for(lambda: not self._kill_the_rest(), 30)

    def _kill_the_rest(self) -> list[int]:
        """Kills processes that started after the last look; returns their pids."""
        left = mentioning(str(self.data_dir))
        for pid in left:
            _signal(pid, signal.SIGKILL)
        return left

    def redis(self) -> redis.Redis:
        """A client that returns `str`."""
        return redis.Redis.from_url(self.redis_url, decode_responses=True, socket_timeout=5)

    def living(self, kind: str) -> list[int]:
        """The living processes of a kind, from run.json."""
        with suppress(OSError, ValueError):
            return [pid for pid in self._up.run["pids"][kind] if is_alive(pid)]
        return []

    def await_living(self, kind: str) -> list[int]:
        """Waits until the kind has living processes; returns them."""
        return wait_for(lambda: self.living(kind), UP_AGAIN_SECONDS)

    @property
    def output(self) -> str:
        """What the processes printed since the last start."""
        return self._up.output

    def close(self) -> None:
        self._up.close()

    def _switch_on(self) -> Up:
        up = Up(self.data_dir, "--no-demo", "--port", self._port)
        try:
            return up.wait_until_ready()
        except BaseException:
            up.close()
            raise


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Stops the process inside the block: it accepts connections, but answers nothing."""
    _signal(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pid, signal.SIGCONT)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
