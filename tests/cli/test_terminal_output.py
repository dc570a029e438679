"""Stored text and arguments cannot control the terminal of the user of a command."""

import json
import logging
from pathlib import Path

import pytest

from models.visible_text import VisibleRecord
from tests.cli.conftest import Type
from tests.records import Account
from tests.storage.orders_files import orders_file, row

# Clear the screen, set the title, a control sequence in one byte, text turned round.
EVIL = "A\x9b2J\u202e1"
SHOWN = r"A\x9b2J\u202e1"


def steers_nothing(text: str) -> bool:
    return not any(
        c in text for c in map(chr, [*range(10), *range(11, 32), *range(127, 160)])
    ) and (not any("\u2028" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" for c in text))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with an order that is refused, and one that is stored but cannot be invoiced."""
    path = tmp_path / "orders.csv"
    rows = [
        row(order_number="\x1b[31mB", quantity="two\x1b]0;pwned\x07"),
        row(order_number=EVIL, customer_name=f"{EVIL} GmbH", unit_price="-1"),
    ]
    path.write_bytes(orders_file(rows))
    return path


def test_orders_and_their_faults_are_escaped(
    billmill: Type, seller: Account, file: Path, worker: object
) -> None:
    imported = billmill("import", file, "--org", "alpha")
    assert r"\x1b" in imported.output
    watched = billmill("invoice", "--org", "alpha", "--all", "--watch")
    assert SHOWN in watched.output
    job_id = json.loads(billmill("jobs", "list", "--org", "alpha", "--json").output)["items"][0][
        "id"
    ]
    shown = billmill("jobs", "show", job_id)
    failures = billmill("jobs", "failures", job_id)
    assert SHOWN in shown.output
    assert SHOWN in failures.output
    exact = billmill("jobs", "failures", job_id, "--json")
    assert json.loads(exact.output)["items"][0]["order_number"] == EVIL
    for result in (imported, watched, shown, failures, exact):
        assert steers_nothing(result.output)


def test_names_and_errors_are_escaped(billmill: Type, seller: Account) -> None:
    billmill("org", "edit", "alpha", "--name", EVIL)
    listed = billmill("org", "list")
    assert SHOWN in listed.output
    exact = billmill("org", "list", "--json")
    assert EVIL in [item["name"] for item in json.loads(exact.output)["items"]]
    unknown = billmill("invoice", "--org", "alpha", f"B{EVIL}")
    assert unknown.exit_code == 1
    assert SHOWN in unknown.output
    missing = billmill("jobs", "list", "--org", EVIL)
    assert SHOWN in missing.output
    for result in (listed, exact, unknown, missing):
        assert steers_nothing(result.output)


def test_log_lines_are_escaped(billmill: Type, seller: Account) -> None:
    billmill("org", "list")
    assert logging.getLogRecordFactory() is VisibleRecord
