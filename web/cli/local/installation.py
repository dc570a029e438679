"""An installation on this machine: its data directory, services, schema and processes."""

import http.client
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from models import database
from models.migrations import bring_up_to_date
from models.settings import current_settings
from web.cli.local.welcome import demo_access, print_welcome
from web.cli.terminal import say_if_there_is_room
from web.embedded.errors import ServiceError
from web.embedded.free_port import LOOPBACK, free_port, is_free
from web.embedded.full_disk import ignore_full_disk
from web.embedded.keys import Keys, load_keys
from web.embedded.processes.supervisor import Supervisor
from web.embedded.processes.system_user import SystemUser
from web.embedded.run_file import RunFile, Running
from web.embedded.services import Addresses, Services

PROCFILE = Path(__file__).parents[3] / "Procfile"
PORTS = range(8000, 8100)
READY_SECONDS = 120.0
PIDS_SECONDS = 1.0  # how old the pids in run.json may be


class Installation:
    """What runs on one data directory: call `run()`, and `stop()` whenever that ends."""

    def __init__(self, data_dir: Path, check_interrupted: Callable[[], None]) -> None:
        """`check_interrupted` raises KeyboardInterrupt after a signal to stop."""
        self._data_dir = data_dir
        self._check_interrupted = check_interrupted
        self._stopping = ExitStack()

    def run(self, port: int | None, *, with_demo: bool) -> None:
        """Starts everything, prints the address, and keeps it running; never returns.

        Raises ServiceError if something does not start.
        """
        mode = 0o711 if os.geteuid() == 0 else 0o700  # PostgreSQL's user must reach its data
        self._data_dir.mkdir(mode=mode, parents=True, exist_ok=True)
        run_file = RunFile(self._data_dir)
        run_file.claim()
        self._stopping.callback(run_file.release)
        port = choose_port(port)
        keys = load_keys(self._data_dir)
        services = Services(self._data_dir, keys, os.environ)
        self._stopping.callback(services.stop)
        addresses = services.start(tell=say_if_there_is_room)
        environment = process_environment(addresses, keys, self._data_dir, port, services.user)
        _use(addresses, environment)
        bring_up_to_date(current_settings())
        supervisor = Supervisor(PROCFILE, environment, services.user)
        self._stopping.callback(supervisor.stop)
        supervisor.start()
        access = demo_access(with_demo=with_demo)  # while the processes load
        self._await_ready(supervisor, port)
        running = Running(
            url=f"http://{LOOPBACK}:{port}",
            database_url=addresses.database_url,
            migration_database_url=addresses.migration_database_url,
            redis_url=addresses.redis_url,
            pids={**supervisor.pids(), **services.pids()},
        )
        run_file.write(running)
        print_welcome(running, access)
        database.dispose()  # from here on this process only supervises
        self._keep_running(supervisor, services, run_file)

    def stop(self) -> None:
        """Stops all that was started, in reverse order; returns when the processes have ended."""
        self._stopping.close()

    def _await_ready(self, supervisor: Supervisor, port: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        status = "nothing"
        while time.monotonic() < deadline:
            supervisor.tick(starting=True)
            self._check_interrupted()
            status = _readiness(port)
            if status == "200":
                return
        raise ServiceError(
            f"/readyz answers {status} after {READY_SECONDS:g} s: see the lines above."
        )

    def _keep_running(self, supervisor: Supervisor, services: Services, run_file: RunFile) -> None:
        published = time.monotonic()
        while True:
            supervisor.tick()
            self._check_interrupted()
            services.restart_ended()
            if time.monotonic() - published >= PIDS_SECONDS:
                with ignore_full_disk():  # the next second tries again
                    run_file.update_pids({**supervisor.pids(), **services.pids()})
                published = time.monotonic()


def choose_port(given: int | None) -> int:
    """The given port, or the first free one from 8000; ServiceError if the given one is taken."""
    if given is None:
        return next((port for port in PORTS if is_free(port)), 0) or free_port()
    if not is_free(given):
        raise ServiceError(
            f"Port {given} is taken: give another --port, or none to get a free one."
        )
    return given


def process_environment(
    addresses: Addresses, keys: Keys, data_dir: Path, port: int, user: SystemUser | None = None
) -> dict[str, str]:
    """The environment of the Procfile's processes: ours without the database owner's password."""
    programs = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": addresses.database_url,
        "REDIS_URL": addresses.redis_url,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or keys.secret_key,
        "BILLMILL_DATA_DIR": str(data_dir),
        "HOST": LOOPBACK,
        "PORT": str(port),
    }
    environment.pop("MIGRATION_DATABASE_URL", None)
    if user is not None:  # libpq fails if it may not enter the home directory
        environment.update(HOME="/nonexistent", USER=user.name, LOGNAME=user.name)
    return environment


def _use(addresses: Addresses, environment: Mapping[str, str]) -> None:
    """Makes this process use these addresses, with the owner's role for migrations."""
    os.environ.update(environment)
    os.environ["MIGRATION_DATABASE_URL"] = addresses.migration_database_url
    current_settings.cache_clear()


def _readiness(port: int) -> str:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
