"""`billmill up` leaves nothing running, however it ends, and finds its data when it comes back."""

import os
import re
import shlex
import signal
from pathlib import Path

import psycopg

from tests.ports import port_of_our_own
from tests.services.processes import is_alive, mentioning
from tests.services.running import Up, running
from tests.waiting import wait_for


def processes_of(up: Up) -> list[int]:
    """Those run.json names, and those that carry the data directory in command or environment."""
    return sorted({*up.pids, *mentioning(str(up.data_dir))})


def keep_postgres_from_starting(up: Up) -> None:
    """End it, and let its restart fail: its directory takes no new file."""
    (up.data_dir / "postgres").chmod(0o500)
    os.kill(up.run["pids"]["postgres"][0], signal.SIGKILL)
    wait_for(lambda: "could not create lock file" in up.output, 60)


def test_it_leaves_nothing_running_and_finds_its_data_again(data_dir: Path) -> None:
    """Two starts serve four checks, since each takes seconds: Ctrl-C while PostgreSQL is waited
    for, start again, kill -9."""
    with running(data_dir, "--no-demo") as first:
        assert "billmill org add" in first.printed("Log in")
        seller = "--name Acme --street S --city C --postal-code 1 --country DE"
        added = first.billmill("org", "add", "acme", *shlex.split(seller))
        assert added.returncode == 0, added.stderr
        started = processes_of(first)
        assert len(started) > 9
        keep_postgres_from_starting(first)
        assert first.stop(signal.SIGINT) == 0
        assert [pid for pid in started if is_alive(pid)] == []
        assert mentioning(str(data_dir)) == []
        assert not (data_dir / "run.json").exists()

    (data_dir / "postgres").chmod(0o700)
    with running(data_dir, "--no-demo") as second:
        with psycopg.connect(second.run["migration_database_url"]) as connection:
            slugs = connection.execute("SELECT slug FROM organizations").fetchall()
        assert slugs == [("acme",)]
        started = processes_of(second)
        second.process.kill()
        second.process.wait()
        wait_for(lambda: not any(map(is_alive, started)), 60)
        assert mentioning(str(data_dir)) == []


def test_when_one_process_cannot_start_none_is_left_and_the_reason_is_said(data_dir: Path) -> None:
    up = Up(data_dir, "--no-demo", "--port", str(port_of_our_own()), SECRET_KEY="too short")
    try:
        assert up.process.wait(120) == 1
        reason = up.output.splitlines()[-1]
        assert re.match(r"Error: web ended with code \d while starting: ", reason)
        assert "SECRET_KEY is missing or shorter than 32 characters" in reason
        assert mentioning(str(data_dir)) == []
        assert not (data_dir / "run.json").exists()
    finally:
        up.close()
