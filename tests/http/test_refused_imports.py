"""The report on a refused orders file agrees with what is stored."""

from typing import Any

import pytest
from click.testing import CliRunner

import models.order_import.table_file.text_lines
from tests.http.conftest import Api
from tests.records import Account
from tests.storage.orders_files import orders_file, row, stored_orders
from web.cli import main

TOO_LONG = b"A-9," + b"x" * 1_500_000 + b"\n"
NEW_STREET = "Elbchaussee 1"
# The last order before the unreadable line may have lost rows, so it is left out.
CHANGED = orders_file([row(street=NEW_STREET), row(order_number="B-1")]) + TOO_LONG


def import_(api: Api, file: bytes) -> Any:
    return api.post("/api/orders/import", data=file, content_type="text/csv")


@pytest.fixture(autouse=True)
def short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lowers the limit of a line, so that the file is small enough for a request."""
    monkeypatch.setattr(models.order_import.table_file.text_lines, "MAX_LINE_BYTES", 1_000_000)


@pytest.fixture
def known(api: Api) -> None:
    """Stores one order."""
    assert import_(api, orders_file([row()])).status_code == 200


def test_the_report_of_a_refused_file_counts_an_updated_customer(
    api: Api, clerk: Account, known: None
) -> None:
    answer = import_(api, CHANGED)
    report = answer.get_json()
    assert answer.status_code == 200, report
    assert (report["refused"], report["stored"]) == (True, True)
    counts = ("orders_created", "orders_updated", "orders_unchanged", "customers_updated")
    assert [report[name] for name in counts] == [0, 1, 0, 1]
    assert [change["order_number"] for change in report["changes"]] == ["A-1"]
    assert [change["after"] for change in report["customer_changes"]] == [NEW_STREET]
    assert [error["code"] for error in report["errors"]] == ["line_too_long"]
    assert stored_orders(clerk)["A-1"].order.buyer.street == NEW_STREET


def test_a_file_reported_as_not_stored_stores_nothing(
    api: Api, clerk: Account, known: None
) -> None:
    before = stored_orders(clerk)
    for file in (
        orders_file([row()]) + TOO_LONG,
        orders_file([row(quantity="many", street=NEW_STREET)]) + TOO_LONG,
        orders_file([]),
        b"street\n" + NEW_STREET.encode(),
    ):
        answer = import_(api, file)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "unreadable_file")
        assert "nothing of it was stored" in answer.get_json()["errors"][-1]["remedy"]
        assert stored_orders(clerk) == before


def test_the_command_line_reports_it_too(api: Api, clerk: Account, known: None) -> None:
    def typed(file: bytes) -> str:
        return CliRunner().invoke(main, ["import", "-", "--org", "alpha"], input=file).stdout

    changed = typed(CHANGED)
    assert "could not be read to its end. What comes before was stored:" in changed
    assert "Customers: 0 created, 1 updated" in changed
    assert typed(CHANGED).startswith("Nothing was imported")


@pytest.mark.parametrize(
    ("file", "code", "word"),
    [
        (b"<html><table></table></html>", "another_kind_of_file", "HTML"),
        (b":20:STARTUMSE\r\n:25:10020030/1234567\r\n", "another_kind_of_file", "bank statement"),
        (b"PK\x03\x04xl/workbook.xml", "damaged_workbook", "workbook is damaged"),
    ],
)
def test_a_file_that_is_something_else_is_one_sentence(
    api: Api, file: bytes, code: str, word: str
) -> None:
    answer = import_(api, file)
    (error,) = answer.get_json()["errors"]
    assert (answer.status_code, error["code"]) == (422, code)
    assert word in error["message"]
