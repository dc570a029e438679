"""Fixtures of tests that start services."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from web.embedded.postgres import locations


@contextmanager
def temporary_data_dir() -> Iterator[Path]:
    """A new directory straight under the temp folder: as root, PostgreSQL's user must reach it,
    and pytest's own `tmp_path` is closed to others."""
    directory = Path(tempfile.mkdtemp(prefix="billmill-test-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


@pytest.fixture(autouse=True)
def state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps tests out of /var/lib/billmill."""
    monkeypatch.setattr(locations, "STATE_DIRECTORY", tmp_path / "closed-state")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A temporary data directory for one test."""
    with temporary_data_dir() as directory:
        yield directory
