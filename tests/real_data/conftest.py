"""Real orders, which are beside the checkout and not part of it."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

# A program with an API token, and a worker: as in the tests of the API.
from tests.http.conftest import api, app, clerk, worker

__all__ = ["api", "app", "clerk", "worker"]

SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.fixture(scope="session")
def northwind() -> Path:
    """The folder with `orders.csv` and `expected.csv`; the test is skipped if it is absent."""
    folder = SHARED / "data" / "northwind"
    if not folder.is_dir() and os.environ.get("CI") != "true":
        pytest.skip("the Northwind orders (../shared/data/northwind) are not beside this checkout")
    return folder


@dataclass(frozen=True)
class Cases:
    """Small orders files that went wrong, by name."""

    folder: Path

    @property
    def names(self) -> set[str]:
        return {path.stem for path in self.folder.glob("*.txt")}

    def read(self, name: str) -> bytes:
        (path,) = (path for path in self.folder.glob(f"{name}.*") if path.suffix != ".txt")
        return path.read_bytes()


@pytest.fixture(scope="session")
def cases() -> Cases:
    """The files of `cases/import`; the test is skipped if they are absent."""
    folder = SHARED / "cases" / "import"
    if not folder.is_dir() and os.environ.get("CI") != "true":
        pytest.skip(
            "the files that went wrong (../shared/cases/import) are not beside this checkout"
        )
    return Cases(folder)
