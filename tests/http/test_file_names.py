"""The name of an uploaded file is free text: nothing in it harms the import or its downloads."""

from __future__ import annotations

import io
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import Api, wait_for_import
from tests.records import Account
from tests.storage.orders_files import COLUMNS_GIVEN, row
from tests.workers import import_worker

FILE = "\n".join(
    (",".join(COLUMNS_GIVEN), ",".join(row(quantity="two")[name] for name in COLUMNS_GIVEN))
)
NAMES = {
    "a\r\nSet-Cookie: x=1.csv": "aSet-Cookie: x=1.csv",
    "a\x1b[31m\u202egnp.csv": "a[31mgnp.csv",
    "..": "..",
    "/": "/",
    "\n": "",
    "Bücher „März“.csv": "Bücher „März“.csv",
    "\ud800.csv": "?.csv",
}


def test_a_finding_about_no_column_shows_none(
    api: Api, browser: FlaskClient, clerk: Account
) -> None:
    with import_worker():
        run = api.post("/api/imports", data=b"%PDF-1.7 what", content_type="text/csv").get_json()
        assert wait_for_import(api, run["id"])["error_count"] == 1
        half = api.post(
            "/api/imports", data=FILE.encode() + b'\nA-2,"', content_type="text/csv"
        ).get_json()
        assert wait_for_import(api, half["id"])["error_count"] > 1
    # Of a file that is something else there are no rows.
    assert api.get(f"/api/imports/{run['id']}/rejected-rows").status_code == 404
    for each in (run, half):
        page = browser.get(f"/imports/{each['id']}").get_data(as_text=True)
        assert "Read as" in page or each is run
        assert "<code></code>" not in page


def test_rejected_rows_of_a_file_with_any_name_can_be_downloaded(api: Api, clerk: Account) -> None:
    with import_worker():
        for name, kept in NAMES.items():
            address = f"/api/imports?file_name={quote(name, errors='replace')}"
            run = api.post(address, data=FILE.encode(), content_type="text/csv").get_json()
            assert run["file_name"] == kept
            wait_for_import(api, run["id"])
            answer = api.get(f"/api/imports/{run['id']}/rejected-rows", buffered=True)
            assert answer.status_code == 200, name
            assert "rejected.csv" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 300 + ".csv"])
def test_a_form_names_a_file_as_it_likes(api: Api, clerk: Account, name: str) -> None:
    form = {"file": (io.BytesIO(FILE.encode()), name)}
    answer = api.post("/api/imports", data=form, content_type="multipart/form-data")
    assert answer.status_code == 202, answer.get_data(as_text=True)
    assert answer.get_json()["file_name"] == name.replace("\0", "")[-200:]
