"""`billmill import`."""

import json
import os
import threading
import tty
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.database import org_transaction
from models.tables.order import Order
from tests.cli.conftest import Type
from tests.records import Account
from tests.storage.orders_files import orders_file, row


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three orders, the second with a fault on line 3."""
    path = tmp_path / "orders.csv"
    rows = [row(), row(order_number="A-2", quantity="two"), row(order_number="A-3")]
    path.write_bytes(orders_file(rows))
    return path


def test_the_report_is_json_and_a_rejected_order_is_exit_code_1(
    billmill: Type, seller: Account, file: Path
) -> None:
    result = billmill("import", file, "--org", "alpha", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (report["orders_created"], report["orders_rejected"]) == (2, 1)
    (error,) = report["errors"]
    assert (error["line"], error["column"], error["code"]) == (3, "quantity", "not_a_number")
    assert "“two”" in error["message"]


def test_a_file_without_fault_is_exit_code_0_and_a_second_import_changes_nothing(
    billmill: Type, seller: Account, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(orders_file([row()]))
    assert billmill("import", path, "--org", "alpha").exit_code == 0
    again = billmill("import", path, "--org", "alpha", "--json")
    report = json.loads(again.stdout)
    assert again.exit_code == 0
    assert (report["orders_created"], report["orders_unchanged"]) == (0, 1)
    assert report["errors"] == []


def test_faults_are_shown_as_a_table(billmill: Type, seller: Account, file: Path) -> None:
    result = billmill("import", file, "--org", "alpha")
    assert result.exit_code == 1
    assert "2 created" in result.output
    assert "1 rejected" in result.output
    table = result.output.splitlines()[-2:]
    assert table[0].split() == ["line", "column", "code", "message"]
    assert table[1].split()[:3] == ["3", "quantity", "not_a_number"]


def test_a_hyphen_reads_standard_input(billmill: Type, seller: Account) -> None:
    result = billmill("import", "-", "--org", "alpha", "--json", input=orders_file([row()]))
    assert result.exit_code == 0
    assert json.loads(result.stdout)["orders_created"] == 1


def test_a_file_that_is_no_orders_file_is_exit_code_1(billmill: Type, seller: Account) -> None:
    result = billmill("import", "-", "--org", "alpha", "--json", input=b"")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [error["code"] for error in report["errors"]] == ["empty_file"]


def test_a_refused_file_shows_no_counts(billmill: Type, seller: Account) -> None:
    result = billmill("import", "-", "--org", "alpha", input=b"sku,quantity\n1,2\n")
    assert result.exit_code == 1
    assert result.output.startswith("Nothing was imported")
    assert "created" not in result.output
    assert "missing_column" in result.output


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7", "This file is a PDF document, not a table of orders: "),
        (b"<html><table></table></html>", "This file is HTML "),
    ],
)
def test_a_file_that_is_something_else_gets_one_sentence(
    billmill: Type, seller: Account, data: bytes, sentence: str
) -> None:
    result = billmill("import", "-", "--org", "alpha", input=data)
    assert result.exit_code == 1
    (line,) = filter(None, result.output.splitlines())
    assert line.startswith(f"Nothing was imported. {sentence}")


def test_ignored_columns_are_a_note(billmill: Type, seller: Account) -> None:
    data = orders_file([row(shop="north")], columns=[*row(), "shop"])
    result = billmill("import", "-", "--org", "alpha", input=data)
    assert result.exit_code == 0
    assert "ignored: shop" in result.output
    again = billmill("import", "-", "--org", "alpha", "--json", input=data)
    assert json.loads(again.stdout)["ignored_columns"] == ["shop"]


def test_an_unknown_organization_is_named(billmill: Type, seller: Account) -> None:
    result = billmill("import", "-", "--org", "nobody", input=b"")
    assert result.exit_code == 1
    assert "nobody" in result.stderr


def test_a_file_whose_reading_fails_midway_stores_nothing(billmill: Type, seller: Account) -> None:
    # Reading from a terminal whose other side is closed gives an error, not the end of input.
    reading, writing = os.openpty()
    tty.setraw(writing)
    sent = orders_file([row(order_number=f"A-{number}") for number in range(1500)])

    def write_and_hang_up() -> None:
        with open(writing, "wb") as file:
            file.write(sent)

    hanging_up = threading.Thread(target=write_and_hang_up)
    hanging_up.start()
    with open(reading, "rb") as broken:
        result = billmill("import", "-", "--org", "alpha", input=broken)
    hanging_up.join()

    assert result.exit_code == 1
    assert "could not be read to its end" in result.output
    with org_transaction(seller.organization_id) as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 0


def test_an_import_is_recorded_and_its_history_is_shown(
    billmill: Type, seller: Account, file: Path
) -> None:
    report = json.loads(billmill("import", file, "--org", "alpha", "--json").stdout)
    (listed,) = json.loads(billmill("imports", "list", "--json").stdout)["items"]
    assert (listed["id"], listed["organization"]) == (report["id"], "alpha")
    assert (listed["status"], listed["file_name"]) == ("completed", "orders.csv")
    shown = json.loads(billmill("imports", "show", report["id"], "--json").stdout)
    assert (shown["rows"], shown["orders_created"], shown["orders_rejected"]) == (3, 2, 1)
    assert [(found["line"], found["column"]) for found in shown["errors"]] == [(3, "quantity")]
    assert report["id"] in billmill("imports", "list", "--org", "alpha").output
    assert "not_a_number" in billmill("imports", "show", report["id"]).output
    refused = billmill("imports", "cancel", report["id"])
    assert (refused.exit_code, "cannot be cancelled" in refused.output) == (1, True)


def test_the_same_file_again_is_told_so(billmill: Type, seller: Account, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(orders_file([row()]))
    assert "imported on" not in billmill("import", path, "--org", "alpha").output
    assert "This file was imported on" in billmill("import", path, "--org", "alpha").output


def test_another_customer_on_a_stored_order_has_to_be_allowed(
    billmill: Type, seller: Account, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(orders_file([row()]))
    assert billmill("import", path, "--org", "alpha").exit_code == 0
    path.write_bytes(orders_file([row(customer_number="K-2")]))
    assert billmill("import", path, "--org", "alpha").exit_code == 1
    allowed = billmill("import", path, "--org", "alpha", "--allow-customer-changes")
    assert (allowed.exit_code, "1 updated" in allowed.output) == (0, True)
