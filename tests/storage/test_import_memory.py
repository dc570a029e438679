"""An import's memory does not grow with its file: 500,000 lines stay under 200 MB."""

import os
import subprocess
import sys

import pytest

from tests.records import Account

pytestmark = pytest.mark.slow(reason="starts four processes that import up to 60,000 lines")

SHORT_LINES = 6_000
LONG_LINES = 60_000
LINES = 500_000
MOST_MEGABYTES = 200


@pytest.mark.parametrize("quantity", ["1", "?"], ids=["sound", "faulty in every row"])
def test_memory_does_not_grow_with_the_file(seller: Account, quantity: str) -> None:
    short = peak_megabytes(seller, SHORT_LINES, quantity)
    long = peak_megabytes(seller, LONG_LINES, quantity)
    growth_per_line = max(0, long - short) / (LONG_LINES - SHORT_LINES)
    assert long - short < 12
    assert long + growth_per_line * (LINES - LONG_LINES) < MOST_MEGABYTES


def peak_megabytes(seller: Account, lines: int, quantity: str) -> int:
    """The peak memory of a process that imports this many lines."""
    command = [sys.executable, "-m", "tests.storage.generated_import"]
    arguments = [str(seller.organization_id), str(lines), quantity]
    done = subprocess.run(
        command + arguments, env=os.environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    accepted, rejected, megabytes = map(int, done.stdout.split())
    assert (rejected if quantity == "?" else accepted) == lines // 3
    return megabytes
