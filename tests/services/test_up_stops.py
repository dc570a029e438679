"""`billmill up` leaves nothing running, however it ends, and finds its data when it comes back."""

import shlex
import signal
from pathlib import Path

import psycopg

from tests.services.processes import is_alive, mentioning
from tests.services.running import Up, running
from tests.waiting import wait_for


def processes_of(up: Up) -> list[int]:
    """Those run.json names, and those that carry the data directory in command or environment."""
    return sorted({*up.pids, *mentioning(str(up.data_dir))})


def test_ctrl_c_stops_every_process_and_a_second_start_finds_its_data(data_dir: Path) -> None:
    with running(data_dir, "--no-demo") as first:
        assert "billmill org add" in first.printed("Log in")
        seller = "--name Acme --street S --city C --postal-code 1 --country DE"
        added = first.billmill("org", "add", "acme", *shlex.split(seller))
        assert added.returncode == 0, added.stderr
        started = processes_of(first)
        assert len(started) > 9
        assert first.stop(signal.SIGINT) == 0
        assert [pid for pid in started if is_alive(pid)] == []
        assert mentioning(str(data_dir)) == []
        assert not (data_dir / "run.json").exists()
    with running(data_dir, "--no-demo") as second:
        with psycopg.connect(second.run["migration_database_url"]) as connection:
            slugs = connection.execute("SELECT slug FROM organizations").fetchall()
        assert slugs == [("acme",)]


def test_a_killed_up_takes_every_process_with_it_and_can_be_started_again(data_dir: Path) -> None:
    with running(data_dir, "--no-demo") as killed:
        started = processes_of(killed)
        killed.process.kill()
        killed.process.wait()
        wait_for(lambda: not any(map(is_alive, started)), 15)
    with running(data_dir, "--no-demo") as second:
        assert second.stop(signal.SIGTERM) == 0


def test_what_cannot_start_ends_it_all_with_the_log_line_that_says_why(data_dir: Path) -> None:
    up = Up(data_dir, "--no-demo")
    try:
        wait_for(lambda: (data_dir / "postgres" / "postgresql.conf").exists() or None, 30)
    finally:
        up.stop()
        up.close()
    (data_dir / "postgres" / "postgresql.conf").write_text("no_such_setting = on\n")
    broken = Up(data_dir, "--no-demo")
    try:
        assert broken.process.wait(30) == 1
        assert "Error: PostgreSQL did not start:" in broken.output
        assert "postgresql.conf" in broken.output
        assert mentioning(str(data_dir)) == []
    finally:
        broken.close()
