"""Real orders, which are beside the checkout and not part of it."""

import os
from pathlib import Path

import pytest

# A program with an API token, and a worker: as in the tests of the API.
from tests.http.conftest import api, app, clerk, worker

__all__ = ["api", "app", "clerk", "worker"]

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def northwind() -> Path:
    """The folder with `orders.csv` and `expected.csv`; the test is skipped if it is absent."""
    folder = SHARED / "northwind"
    if not folder.is_dir() and os.environ.get("CI") != "true":
        pytest.skip("the Northwind orders (../shared/data/northwind) are not beside this checkout")
    return folder
