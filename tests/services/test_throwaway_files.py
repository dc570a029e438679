"""Temporary files of a test run are in memory only if nothing prevents it."""

import tempfile
from pathlib import Path

import pytest

from tests import throwaway
from tests.throwaway import keep_files_in_memory


@pytest.fixture(autouse=True)
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes any folder acceptable; restores the process's temp folder."""
    monkeypatch.setattr(throwaway, "NEEDED_BYTES", 1)
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())


def test_a_folder_in_memory_becomes_the_temp_folder(tmp_path: Path) -> None:
    before = tempfile.gettempdir()
    environment: dict[str, str] = {}
    assert keep_files_in_memory(environment, tmp_path)
    assert environment == {"TMPDIR": str(tmp_path), "PYTEST_DEBUG_TEMPROOT": before}


def test_a_given_temp_folder_is_kept(tmp_path: Path) -> None:
    environment = {"TMPDIR": "/elsewhere"}
    assert not keep_files_in_memory(environment, tmp_path)
    assert environment == {"TMPDIR": "/elsewhere"}


@pytest.mark.parametrize("lacking", ["folder", "room"])
def test_without_folder_or_room_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    if lacking == "room":
        monkeypatch.setattr(throwaway, "NEEDED_BYTES", 2**80)
    environment: dict[str, str] = {}
    folder = tmp_path / "absent" if lacking == "folder" else tmp_path
    assert not keep_files_in_memory(environment, folder)
    assert environment == {}
