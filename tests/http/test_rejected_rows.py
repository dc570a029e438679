"""Rejected rows are downloaded in the uploaded format, mended, and dropped back."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from python_calamine import load_workbook

from models.order_import.runs import rejected_rows
from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.rejected_rows_file import MEDIA_TYPES, rejected_rows_file
from tests.http.conftest import Api, wait_for_import
from tests.records import Account
from tests.storage.orders_files import COLUMNS_GIVEN, row
from tests.workers import import_worker

# Two rows each: the second is sound, the first has a faulty row below a sound one, the last comes
# back far below its first rows.
ROWS = [
    row(order_number="A-1"),
    row(order_number="A-1", line_number="2", quantity="two"),
    row(order_number="A-2"),
    row(order_number="A-2", line_number="2"),
    row(order_number="A-3", description="Lamp\nwith a “shade”; heavy"),
    row(order_number="A-3", line_number="2", unit_price="?"),
]


def as_table(rows: list[dict[str, str]]) -> list[list[str]]:
    return [[one[name] for name in COLUMNS_GIVEN] for one in rows]


def written(dialect: Dialect, rows: list[dict[str, str]]) -> bytes:
    """The rows as a file of any format; it has a column `problem` of an earlier round."""
    values = [(one, "old") for one in as_table(rows)]
    return b"".join(rejected_rows_file(dialect, list(COLUMNS_GIVEN), values))


def imported(api: Api, data: bytes, name: str) -> dict[str, Any]:
    form = {"file": (io.BytesIO(data), name)}
    run = api.post("/api/imports", data=form, content_type="multipart/form-data").get_json()
    return wait_for_import(api, run["id"])


def read_back(data: bytes, dialect: Dialect) -> list[list[str]]:
    if dialect.format == "csv":
        text = data.decode(dialect.encoding)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=dialect.separator))
    sheet = load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
    return [[str(cell) for cell in line] for line in sheet.to_python()]


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(),
        Dialect(separator=";", encoding="windows-1252", newline="\r\n"),
        Dialect(format="xlsx"),
        Dialect(format="ods"),
    ],
    ids=["csv", "csv of a spreadsheet", "xlsx", "ods"],
)
def test_rejected_rows_come_back_in_their_format_and_can_be_mended(
    api: Api, clerk: Account, dialect: Dialect
) -> None:
    name = f"spring.{dialect.format}"
    with import_worker():
        run = imported(api, written(dialect, ROWS), name)
        assert (run["orders_created"], run["orders_rejected"]) == (1, 2)
        answer = api.get(f"/api/imports/{run['id']}/rejected-rows", buffered=True)
        assert (answer.status_code, answer.mimetype) == (200, MEDIA_TYPES[dialect.format])
        assert f"spring rejected.{dialect.format}" in answer.headers["Content-Disposition"]
        header, *rows = read_back(answer.get_data(), dialect)
        assert header.count("problem") == 1
        at = {column: place for place, column in enumerate(header)}
        found = [(one[at["order_number"]], one[at["line_number"]]) for one in rows]
        assert found == [("A-1", "1"), ("A-1", "2"), ("A-3", "1"), ("A-3", "2")]
        problems = [one[at["problem"]] for one in rows]
        assert problems[0] == problems[2] == "Rejected together with its order."
        assert "“two”" in problems[1]
        assert "“?”" in problems[3]
        mended = [
            one | {"quantity": "2", "unit_price": "12.50"}
            for one in (dict(zip(header, line, strict=True)) for line in rows)
        ]
        again = imported(api, written(dialect, mended), name)
    assert (again["status"], again["orders_created"], again["error_count"]) == ("completed", 2, 0)


def test_rows_of_an_order_that_returns_are_all_in_the_file(
    api: Api, clerk: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    import models.order_import.orders_file

    monkeypatch.setattr(models.order_import.orders_file, "BATCH_ORDERS", 2)
    others = [row(order_number=f"B-{number}") for number in range(6)]
    back = row(order_number="A-1", line_number="2")
    with import_worker():
        run = imported(api, written(Dialect(), [row(order_number="A-1"), *others, back]), "a.csv")
    file = api.get(f"/api/imports/{run['id']}/rejected-rows", buffered=True).get_data()
    rows = read_back(file, Dialect())[1:]
    # The row that returns may as well be the second row of the order above it.
    assert [one[0] for one in rows] == ["A-1", "B-5", "A-1"]


def test_an_import_without_rejected_rows_has_no_such_file(
    api: Api, clerk: Account, strangers_api: Api
) -> None:
    with import_worker():
        sound = imported(api, written(Dialect(), [row()]), "a.csv")
        faulty = imported(api, written(Dialect(), [row(quantity="?")]), "b.csv")
    assert api.get(f"/api/imports/{sound['id']}/rejected-rows", buffered=True).status_code == 404
    path = f"/api/imports/{faulty['id']}/rejected-rows"
    assert (api.get(path, buffered=True).status_code, strangers_api.get(path).status_code) == (
        200,
        404,
    )


def test_rejected_rows_are_sent_while_the_file_is_still_read(
    api: Api, clerk: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of a gigabyte is read for longer than a request may take."""
    faulty = [row(order_number=f"S-{at}", quantity="two") for at in range(1_200)]
    with import_worker():
        run = imported(api, written(Dialect(), faulty), "long.csv")
    read: list[int] = []
    page = rejected_rows._Problems.on

    def noted(self: rejected_rows._Problems, line: int) -> str:
        read.append(line)
        return page(self, line)

    monkeypatch.setattr(rejected_rows._Problems, "on", noted)
    answer = api.get(f"/api/imports/{run['id']}/rejected-rows")
    parts = iter(answer.response)
    header = next(parts)
    assert (header.count(b"\n"), read) == (1, [])
    rest = next(parts)
    assert 0 < len(read) < 1_200
    assert len((header + rest + b"".join(parts)).splitlines()) == 1_201
