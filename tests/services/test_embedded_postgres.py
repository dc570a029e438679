"""PostgreSQL as a child process starts whatever happened before, and ends with its parent."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from tests.services.conftest import temporary_data_dir
from tests.services.processes import is_alive
from tests.waiting import wait_for
from web.embedded.errors import PortTaken, ServiceError
from web.embedded.free_port import free_port
from web.embedded.postgres import cluster
from web.embedded.postgres import server as postgres
from web.embedded.postgres.locations import choose_locations
from web.embedded.postgres.server import OWNER, EmbeddedPostgres, Passwords
from web.embedded.processes.child import start_child

PASSWORDS = Passwords("administrator's", "owner:@/", "application")
ACTIVE = "SELECT count(*)::int FROM pg_stat_activity WHERE pid = {} AND state = 'active'"
ROOT = Path(__file__).parents[2]

Start = Callable[..., EmbeddedPostgres]


@pytest.fixture(scope="module")
def cluster_dir() -> Iterator[Path]:
    """One cluster for all tests in this file, because its creation takes longest."""
    with temporary_data_dir() as directory:
        yield directory


@pytest.fixture
def start(cluster_dir: Path) -> Iterator[Start]:
    """Starts a server on the shared cluster, or on another; stops all that were started."""
    started: list[EmbeddedPostgres] = []

    def start(passwords: Passwords = PASSWORDS, directory: Path = cluster_dir) -> EmbeddedPostgres:
        locations = choose_locations(directory, "test", print)
        started.append(EmbeddedPostgres(locations, passwords, fsync=False))
        started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.stop()


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_the_owner_owns_the_database_and_neither_role_has_a_privilege(start: Start) -> None:
    server = start()
    assert execute(
        server.url(OWNER),
        "SELECT rolname::text, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
        " FROM pg_roles WHERE rolname LIKE 'billmill%' ORDER BY 1",
    ) == [("billmill_app", False), ("billmill_owner", False)]
    assert execute(
        server.url(),
        "SELECT current_user::text, datdba::regrole::text FROM pg_database"
        " WHERE datname = current_database()",
    ) == [("billmill_app", "billmill_owner")]


def test_the_application_cannot_make_a_table(start: Start) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(start().url(), "CREATE TABLE mine (id int)")


def test_a_wrong_password_is_refused(start: Start) -> None:
    url = start().url().replace("application", "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        execute(url, "SELECT 1")


def test_postgresql_listens_only_on_the_loopback_interface(start: Start) -> None:
    server = start()
    addresses = execute(server.url(OWNER), "SHOW listen_addresses")
    assert addresses == [("127.0.0.1",)]


def test_data_survives_a_server_that_was_killed(start: Start) -> None:
    first = start()
    execute(first.url(OWNER), "DROP TABLE IF EXISTS kept")
    execute(first.url(OWNER), "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(first.pids[0], signal.SIGKILL)
    assert execute(start().url(OWNER), "SELECT answer FROM kept") == [(42,)]


def test_a_session_that_outlived_its_server_is_ended(start: Start) -> None:
    """It computes and notices nothing; while it lives, no server can use the shared memory."""
    first = start()
    with psycopg.connect(first.url()) as connection:
        session = connection.info.backend_pid
        computing = Thread(target=_compute, args=(connection,), daemon=True)
        computing.start()
        wait_for(lambda: execute(first.url(), ACTIVE.format(session)) == [(1,)])
        os.kill(first.pids[0], signal.SIGKILL)
        wait_for(lambda: not first.pids)
        assert is_alive(session)
        assert start().pids
        assert not is_alive(session)
        computing.join()


@pytest.mark.parametrize(
    ("on_quit", "ended_by"),
    [(signal.SIG_DFL, signal.SIGQUIT), (signal.SIG_IGN, signal.SIGKILL)],
    ids=["just ending", "deaf"],
)
def test_a_start_waits_for_a_session_without_a_server_and_finally_kills_it(
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    on_quit: signal.Handlers,
    ended_by: signal.Signals,
) -> None:
    """Its command line is already gone, but it still holds the shared memory."""
    monkeypatch.setattr(cluster, "QUIT_SECONDS", 60 if on_quit == signal.SIG_DFL else 0.5)
    monkeypatch.setattr(cluster, "ORPHAN_SECONDS", 60)
    server = start()
    server.stop()
    program = tmp_path / "postgres"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen(
        ["", "60"],
        executable=program,
        cwd=server.locations.data,
        # A shell that starts us in the background makes us and our children ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGQUIT, on_quit),
    ) as ending:
        try:
            start()
            assert ending.wait(60) == -ended_by
        finally:
            ending.kill()


def _compute(connection: psycopg.Connection) -> None:
    with suppress(psycopg.OperationalError):
        connection.execute("SELECT count(*) FROM generate_series(1, 1000000000) n WHERE n > 0")


def test_a_pid_file_with_the_pid_of_another_program_does_not_prevent_the_start(
    start: Start,
) -> None:
    server = start()
    other = start_child(
        ["/bin/sleep", "60"],
        log=subprocess.DEVNULL,
        death_signal=signal.SIGKILL,
        user=server.locations.user,
    )
    pid_file = server.locations.data / "postmaster.pid"
    left_behind = pid_file.read_text().replace(str(server.pids[0]), str(other.pid), 1)
    server.stop()
    pid_file.write_text(left_behind)
    try:
        assert start().pids
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_an_interrupted_first_start_is_repeated(start: Start, data_dir: Path) -> None:
    half_made = data_dir / "postgres.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    assert start(directory=data_dir).pids


def test_a_path_too_long_for_a_socket_leaves_the_loopback_interface(
    start: Start, data_dir: Path
) -> None:
    data_dir.chmod(0o711)
    server = start(directory=data_dir / ("long" * 30))
    assert server.socket_directory is None
    assert execute(server.url(), "SELECT 1") == [(1,)]


def test_passwords_that_do_not_match_the_data_are_named_as_the_reason(start: Start) -> None:
    start().stop()
    with pytest.raises(ServiceError, match="made with other passwords"):
        start(Passwords("other", "other", "other"))


@pytest.mark.parametrize("passwords", [PASSWORDS, Passwords("other", "other", "other")])
def test_another_server_on_the_port_is_not_mistaken_for_ours(
    start: Start, data_dir: Path, monkeypatch: pytest.MonkeyPatch, passwords: Passwords
) -> None:
    data_dir.chmod(0o711)
    other = start(passwords, data_dir)
    ports = iter([other.port, free_port()])
    monkeypatch.setattr("web.embedded.child_server.free_port", lambda _preferred: next(ports))
    server = start()
    assert server.port != other.port
    assert server.pids


def test_a_server_that_does_not_start_names_its_log_line(start: Start) -> None:
    server = start()
    server.stop()
    configuration = server.locations.data / "postgresql.conf"
    before = configuration.read_text()
    configuration.write_text("no_such_setting = on\n")
    with pytest.raises(ServiceError, match=r"FATAL: .*postgresql.conf.*contains errors"):
        start()
    configuration.write_text(before)


def test_the_start_waits_for_a_server_that_replays_its_log(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "SLOW_SECONDS", 0.2)
    server = start()
    server.stop()
    go = server.locations.data / "go"
    (server.locations.data / "recovery.signal").touch()
    with (server.locations.data / "postgresql.auto.conf").open("a") as configuration:
        configuration.write(
            f"restore_command = 'while [ ! -e {go} ]; do sleep 0.02; done; false'\n"
            "hot_standby = off\n"
        )
    said: list[str] = []

    def is_starting() -> bool:
        status = server.locations.data / "postmaster.pid"
        return status.exists() and "starting" in status.read_text()

    def tell(line: str) -> None:
        said.append(line)
        wait_for(is_starting)
        monkeypatch.setattr(EmbeddedPostgres, "start_seconds", 0.0)
        assert not server.is_ready()  # and no error
        monkeypatch.undo()
        go.touch()

    try:
        server.start(tell)
    finally:
        go.touch()  # or the server would wait for ever, and the next test for the server
    assert server.pids
    assert [line for line in said if line.startswith("PostgreSQL is still starting: ")] == said[:1]


def test_a_restart_waits_for_its_own_port(start: Start) -> None:
    server = start()
    server.stop()
    with socket.create_server(("127.0.0.1", server.port)), pytest.raises(PortTaken):
        server.launch()
    server.launch()
    wait_for(server.is_ready)


def test_a_restart_does_not_recreate_deleted_data(start: Start, data_dir: Path) -> None:
    server = start(directory=data_dir)
    server.stop()
    shutil.rmtree(server.locations.data)
    with pytest.raises(ServiceError, match="data is not there"):
        server.launch()
    assert not server.locations.data.exists()


def test_postgresql_ends_when_its_parent_is_killed(cluster_dir: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from tests.services.test_embedded_postgres import *\n"
        "server = EmbeddedPostgres(choose_locations(Path(sys.argv[1]), 'test', print), PASSWORDS)\n"
        "server.start(); print(server.pids[0], flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, cluster_dir], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        server_pid = int(parent.stdout.readline())
        assert is_alive(server_pid)
        parent.kill()
    wait_for(lambda: not is_alive(server_pid))
