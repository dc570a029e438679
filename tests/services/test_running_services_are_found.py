"""A command without DATABASE_URL talks to the services of a running `billmill up`."""

from pathlib import Path

import pytest

from web.cli.local.connection import use_running_services
from web.embedded.errors import ServiceError
from web.embedded.keys import load_keys
from web.embedded.run_file import RunFile, Running, find_running

RUNNING = Running(
    url="http://127.0.0.1:8000",
    database_url="postgresql://app@127.0.0.1:1/billmill",
    migration_database_url="postgresql://owner@127.0.0.1:1/billmill",
    redis_url="redis://127.0.0.1:2/0",
    pids={"web": [4711]},
)


@pytest.fixture
def run_file(tmp_path: Path) -> RunFile:
    """The run.json of an `up` that runs on tmp_path."""
    file = RunFile(tmp_path)
    file.claim()
    file.write(RUNNING)
    return file


def completed(tmp_path: Path, **environ: str) -> dict[str, str]:
    environ["BILLMILL_DATA_DIR"] = str(tmp_path)
    use_running_services(environ)
    return environ


def test_an_empty_environment_is_completed(run_file: RunFile, tmp_path: Path) -> None:
    assert run_file
    environ = completed(tmp_path)
    assert environ["DATABASE_URL"] == RUNNING.database_url
    assert environ["MIGRATION_DATABASE_URL"] == RUNNING.migration_database_url
    assert environ["REDIS_URL"] == RUNNING.redis_url
    assert environ["SECRET_KEY"] == load_keys(tmp_path).secret_key


def test_a_given_database_leaves_the_environment_unchanged(
    run_file: RunFile, tmp_path: Path
) -> None:
    assert run_file
    before = {"DATABASE_URL": "postgresql://elsewhere/billmill"}
    assert completed(tmp_path, **before).keys() == {"DATABASE_URL", "BILLMILL_DATA_DIR"}


def test_the_run_json_of_a_killed_up_is_ignored(run_file: RunFile, tmp_path: Path) -> None:
    content = (tmp_path / "run.json").read_text()
    run_file.release()
    (tmp_path / "run.json").write_text(content)
    assert find_running(tmp_path) is None
    assert "DATABASE_URL" not in completed(tmp_path)


def test_a_stopped_up_leaves_no_run_json(run_file: RunFile, tmp_path: Path) -> None:
    assert find_running(tmp_path) == RUNNING
    run_file.release()
    assert not (tmp_path / "run.json").exists()


def test_changed_pids_are_published(run_file: RunFile, tmp_path: Path) -> None:
    run_file.update_pids({"web": [4712]})
    found = find_running(tmp_path)
    assert found is not None
    assert found.pids == {"web": [4712]}
    assert found.url == RUNNING.url


def test_a_data_directory_is_claimed_once(run_file: RunFile, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="already runs on"):
        RunFile(tmp_path).claim()
    run_file.release()
    RunFile(tmp_path).claim()


def test_looking_for_a_running_up_does_not_keep_it_from_starting(tmp_path: Path) -> None:
    (tmp_path / "up.lock").touch()
    assert find_running(tmp_path) is None
    RunFile(tmp_path).claim()


def test_damaged_keys_are_reported_not_replaced(tmp_path: Path) -> None:
    load_keys(tmp_path)
    (tmp_path / "keys.json").write_text("{}")
    with pytest.raises(ServiceError, match="is damaged"):
        load_keys(tmp_path)


def test_keys_stay_the_same(tmp_path: Path) -> None:
    assert load_keys(tmp_path) == load_keys(tmp_path)
    assert len(load_keys(tmp_path).secret_key) == 64
