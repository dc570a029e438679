"""`billmill up` runs everything, says how to reach it, and restarts what dies. However it ends, it
leaves nothing running, and it finds its data at the next start.

The tests share one installation and depend on their order: it starts without the demo, is hurt and
stopped, starts again with the demo, and is killed.
"""

import os
import re
import shlex
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.ports import port_of_our_own
from tests.services.conftest import temporary_data_dir
from tests.services.processes import descendants, is_alive, mentioning
from tests.services.processes import status_of as process_status
from tests.services.running import Up, running
from tests.waiting import wait_for

CAPABILITIES = ["Inh", "Prm", "Eff", "Bnd", "Amb"]
# A container may forbid what it takes to let others read files of root's.
RUNS_AS_ROOT = "run as root, if without its capabilities"
KINDS = ["web", "worker", "importer", "sweeper", "scheduler", "postgres", "redis"]


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """The data directory of the installation."""
    with temporary_data_dir() as made:
        yield made


@pytest.fixture(scope="module")
def up(directory: Path) -> Iterator[Up]:
    """The installation in its first life, without the demo."""
    with running(directory, "--no-demo") as started:
        yield started


@pytest.fixture(scope="module")
def up_again(directory: Path) -> Iterator[Up]:
    """The installation in its second life."""
    with running(directory) as started:
        yield started


def test_up_serves_at_the_address_it_prints(up: Up) -> None:
    assert f"Billmill is ready at {up.run['url']}\n" in up.output
    with urllib.request.urlopen(f"{up.run['url']}/readyz", timeout=30) as answer:
        assert answer.status == 200


def test_run_json_has_the_addresses_and_the_living_processes_of_each_kind(up: Up) -> None:
    run = up.run
    assert list(run) == ["url", "database_url", "migration_database_url", "redis_url", "pids"]
    assert list(run["pids"]) == KINDS
    assert all(run["pids"].values())
    assert all(is_alive(pid) for pid in up.pids)
    with psycopg.connect(run["database_url"]) as connection:
        assert connection.execute("SELECT current_user::text").fetchone() == ("billmill_app",)
    with psycopg.connect(run["migration_database_url"]) as connection:
        assert connection.execute("SELECT current_user::text").fetchone() == ("billmill_owner",)
    with redis.Redis.from_url(run["redis_url"]) as client:
        assert client.ping() is True


def test_run_json_lists_the_worker_processes_beside_their_first(up: Up) -> None:
    wait_for(lambda: len(up.run["pids"]["worker"]) == 3)  # the first, and two that work


def test_only_their_owner_can_read_the_secrets(up: Up) -> None:
    for name in ("run.json", "keys.json"):
        assert (up.data_dir / name).stat().st_mode & 0o077 == 0


def test_the_lines_for_redis_and_the_database_work_as_printed(up: Up) -> None:
    pinged = subprocess.check_output(f"{up.printed('Redis')} PING", shell=True, text=True)
    assert pinged == "PONG\n"
    query = "-AtX -c 'SELECT count(*) FROM batch_job_queue'"
    counted = subprocess.check_output(f"{up.printed('Database')} {query}", shell=True, text=True)
    assert counted == "0\n"


def test_without_the_demo_up_says_how_to_add_an_account(up: Up) -> None:
    assert "billmill org add" in up.printed("Log in")


def test_only_the_first_process_has_privileges(up: Up) -> None:
    """The first process starts the others as other users, and signals them."""
    started = descendants(up.process.pid)
    assert set(up.pids) < set(started)
    users = set()
    for pid in started:
        status = process_status(pid)
        if not status:
            continue
        uids, gids = (set(map(int, status[name].split())) for name in ("Uid", "Gid"))
        assert len(uids) == len(gids) == 1
        users |= uids
        if os.geteuid() == 0:
            assert 0 not in uids | gids or RUNS_AS_ROOT in up.output
            assert status["Groups"] == ""
            assert {int(status[f"Cap{kind}"], 16) for kind in CAPABILITIES} == {0}
            assert status["NoNewPrivs"] == "1"
    # PostgreSQL's files are out of reach for the web.
    assert len(users) == 2 if os.geteuid() == 0 else users == {os.geteuid()}


def test_the_owners_role_is_out_of_reach_for_the_processes(up: Up) -> None:
    owner_url = up.run["migration_database_url"].encode()
    for kind in ("web", "worker", "importer", "sweeper", "scheduler"):
        for pid in up.run["pids"][kind]:
            with open(f"/proc/{pid}/environ", "rb") as environment:
                assert owner_url not in environment.read()


def test_a_second_up_on_the_same_data_is_refused_in_one_line(up: Up) -> None:
    second = up.billmill("up")
    assert second.returncode == 1
    assert second.stderr.startswith(f"Error: Billmill already runs on {up.data_dir}")
    assert len(second.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_refused_in_one_line(up: Up, data_dir: Any) -> None:
    port = up.run["url"].rpartition(":")[2]
    second = up.billmill("up", "--port", port, "--data-dir", str(data_dir))
    assert second.returncode == 1
    assert second.stderr.startswith(f"Error: Port {port} is taken")
    assert len(second.stderr.splitlines()) == 1


@pytest.mark.parametrize("which", [0, -1], ids=["the first", "one that works"])
def test_a_killed_process_of_each_kind_is_restarted_and_run_json_updated(
    up: Up, which: int
) -> None:
    kinds = ("worker", "web")
    wait_for(lambda: all(len(up.run["pids"][kind]) == 3 for kind in kinds))
    before = up.run["pids"]
    killed = [before[kind][which] for kind in kinds]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)

    def is_back(kind: str) -> bool:
        now = up.run["pids"][kind]
        return before[kind][which] not in now and len(now) == 3 and all(map(is_alive, now))

    wait_for(lambda: all(map(is_back, kinds)), 60)
    wait_for(lambda: not any(map(is_alive, killed)))
    assert up.process.poll() is None


@pytest.mark.parametrize("service", ["redis", "postgres"])
def test_a_killed_service_is_back_at_its_old_address(up: Up, service: str) -> None:
    before = up.run
    os.kill(before["pids"][service][0], signal.SIGKILL)
    wait_for(lambda: up.run["pids"][service] not in ([], before["pids"][service]), 60)
    assert {**up.run, "pids": None} == {**before, "pids": None}

    wait_for(lambda: status_of(f"{before['url']}/readyz") == 200, 60)


def test_up_waits_for_a_postgresql_that_cannot_start_for_a_while(up: Up) -> None:
    """Its directory accepts no new file, as on a full disk."""
    url = up.run["url"]
    data = up.data_dir / "postgres"
    data.chmod(0o500)
    try:
        os.kill(up.run["pids"]["postgres"][0], signal.SIGKILL)
        tries: set[int] = set()

        def has_tried_thrice() -> bool:
            with suppress(FileNotFoundError):  # a new one with each try
                tries.add((up.data_dir / "postgres.log").stat().st_ctime_ns)
            return len(tries) > 3

        wait_for(has_tried_thrice, 60)
        assert status_of(f"{url}/readyz") == 503
        assert status_of(f"{url}/login", b"email=a%40b.example&password=c") == 503
        assert up.output.count("could not create lock file") == 1
    finally:
        data.chmod(0o700)
    wait_for(lambda: status_of(f"{url}/readyz") == 200, 60)
    wait_for(lambda: "PostgreSQL runs again.\n" in up.output.partition("lock file")[2])
    assert up.process.poll() is None


def status_of(url: str, form: bytes | None = None) -> int:
    """The status of the response to a GET, or to a POST of the form; 0 without a response."""
    try:
        with urllib.request.urlopen(url, form, timeout=35) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def processes_of(up: Up) -> list[int]:
    """The processes in run.json, and those with the data directory in command or environment."""
    return sorted({*up.pids, *mentioning(str(up.data_dir))})


def keep_postgres_from_starting(up: Up) -> None:
    """Ends it and makes its restart fail: its directory accepts no new file."""
    said = up.output.count("could not create lock file")
    (running_one,) = wait_for(lambda: up.run["pids"]["postgres"])
    (up.data_dir / "postgres").chmod(0o500)
    os.kill(running_one, signal.SIGKILL)
    wait_for(lambda: up.output.count("could not create lock file") > said, 60)


def test_ctrl_c_during_the_wait_for_postgresql_leaves_nothing_running(up: Up) -> None:
    with psycopg.connect(up.run["migration_database_url"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    started = processes_of(up)
    assert len(started) > 9
    keep_postgres_from_starting(up)
    try:
        assert up.stop(signal.SIGINT) == 0
    finally:
        (up.data_dir / "postgres").chmod(0o700)
    assert [pid for pid in started if is_alive(pid)] == []
    assert mentioning(str(up.data_dir)) == []
    assert not (up.data_dir / "run.json").exists()


def test_if_one_process_cannot_start_none_is_left_and_the_reason_is_printed(
    directory: Path,
) -> None:
    up = Up(directory, "--no-demo", "--port", str(port_of_our_own()), SECRET_KEY="too short")
    try:
        assert up.process.wait(120) == 1
        reason = up.output.splitlines()[-1]
        assert re.match(r"Error: web ended with code \d while starting: ", reason)
        assert "SECRET_KEY is missing or shorter than 32 characters" in reason
        assert mentioning(str(directory)) == []
        assert not (directory / "run.json").exists()
    finally:
        up.close()


def test_a_second_start_finds_its_data(up_again: Up) -> None:
    with psycopg.connect(up_again.run["migration_database_url"]) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_the_printed_login_opens_the_page_of_a_thousand_demo_orders(up_again: Up) -> None:
    email, _, password = up_again.printed("Log in").split()
    form = urllib.parse.urlencode({"email": email, "password": password}).encode()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    browser.open(f"{up_again.run['url']}/login", form, timeout=30)
    with browser.open(f"{up_again.run['url']}/orders", timeout=30) as page:
        assert page.url.endswith("/orders")
    with psycopg.connect(up_again.run["migration_database_url"]) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (1000,)


def test_another_command_works_on_the_running_installation(up_again: Up) -> None:
    seller = "--name Acme --street S --city C --postal-code 1 --country DE"
    added = up_again.billmill("org", "add", "acme", *shlex.split(seller))
    assert added.returncode == 0, added.stderr
    with psycopg.connect(up_again.run["migration_database_url"]) as connection:
        found = connection.execute("SELECT slug FROM organizations").fetchall()
    assert ("acme",) in found


def test_kill_9_leaves_nothing_running(up_again: Up) -> None:
    started = processes_of(up_again)
    assert len(started) > 9
    up_again.process.kill()
    up_again.process.wait()
    wait_for(lambda: not any(map(is_alive, started)), 60)
    assert mentioning(str(up_again.data_dir)) == []
