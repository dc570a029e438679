"""A file with other headers waits for a mapping, which is guessed, shown, saved and used again."""

import csv
import io
from typing import Any, get_args

import pytest

from models.order_import.csv_file.columns import COLUMNS
from tests.http.conftest import Api
from tests.records import Account
from tests.waiting import wait_for
from tests.workers import import_worker
from web.requests.mappings import OurColumn

HEADER = (
    "Auftragsnr.;Bestelldatum;Kundennr;Vorname;Nachname;E-Mail;Straße;Hausnummer;PLZ;Ort;Land;"
    "USt-IdNr.;Währung;Art.-Nr.;Bezeichnung;Menge;Einzelpreis;MwSt"
)
ROWS = [
    "A-1;27.11.2026;K-1;Eva;Muster;eva@muster.example;Ringweg;1;53111;Bonn;Deutschland;;EUR;"
    "V-1;Vase;2;12,50;19 %",
    "A-1;27.11.2026;K-1;Eva;Muster;eva@muster.example;Ringweg;1;53111;Bonn;Deutschland;;EUR;"
    "T-2;Teller;1;1.250,00;19 %",
    "A-2;5.6.2026;K-2;Jan;Muster;jan@muster.example;Am Hof;2;1011;Amsterdam;Niederlande;;EUR;"
    "V-1;Vase;1;12,50;19 %",
]
TABLE = [row.split(";") for row in (HEADER, *ROWS)]


def csv_file(table: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue().encode()


FILE = csv_file(TABLE)
AMBIGUOUS = FILE.replace(b"12,50", b"1,250").replace(b"1.250,00", b"3,500")


def upload(api: Api, data: bytes, query: str = "") -> dict[str, Any]:
    form = {"file": (io.BytesIO(data), "export.csv")}
    answer = api.post(f"/api/imports{query}", data=form, content_type="multipart/form-data")
    assert answer.status_code == 202, answer.get_data(as_text=True)
    run: dict[str, Any] = answer.get_json()
    return run


def worked(api: Api, run: dict[str, Any]) -> dict[str, Any]:
    def done() -> dict[str, Any] | None:
        now: dict[str, Any] = api.get(f"/api/imports/{run['id']}").get_json()
        return None if now["status"] in ("pending", "processing") else now

    with import_worker():
        found = wait_for(done, 60)
    assert found is not None
    return found


def guess(api: Api, **body: Any) -> dict[str, Any]:
    answer = api.post("/api/import-mappings/guess", json=body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    proposal: dict[str, Any] = answer.get_json()
    return proposal


def test_a_file_with_other_headers_waits_is_mapped_and_read_alike_the_next_time(
    api: Api, clerk: Account
) -> None:
    waiting = worked(api, upload(api, FILE))
    assert (waiting["status"], waiting["stored"], waiting["error_count"]) == (
        "needs_mapping", False, 0,
    )  # fmt: skip
    proposal = guess(api, import_id=waiting["id"])
    assert (proposal["kind"], proposal["problems"]) == ("unknown", [])
    assert proposal["mapping"]["columns"] == {
        "order_number": ["Auftragsnr."], "order_date": ["Bestelldatum"],
        "customer_number": ["Kundennr"], "customer_name": ["Vorname", "Nachname"],
        "customer_email": ["E-Mail"], "street": ["Straße", "Hausnummer"], "city": ["Ort"],
        "postal_code": ["PLZ"], "country": ["Land"], "vat_id": ["USt-IdNr."],
        "currency": ["Währung"], "sku": ["Art.-Nr."], "description": ["Bezeichnung"],
        "quantity": ["Menge"], "unit_price": ["Einzelpreis"], "tax_percent": ["MwSt"],
    }  # fmt: skip
    shown = [
        (row["line"], row["values"]["customer_name"], row["values"]["line_number"],
         row["values"]["unit_price"], row["values"]["order_date"], row["values"]["country"])
        for row in proposal["rows"]
    ]  # fmt: skip
    assert shown == [
        (2, "Eva Muster", "1", "12.50", "2026-11-27", "DE"),
        (3, "Eva Muster", "2", "1250.00", "2026-11-27", "DE"),
        (4, "Jan Muster", "1", "12.50", "2026-06-05", "NL"),
    ]
    use = {"mapping": proposal["mapping"], "save_as": "Warenwirtschaft"}
    answer = api.post(f"/api/imports/{waiting['id']}/use-mapping", json=use)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "pending")
    ended = worked(api, waiting)
    assert (ended["status"], ended["orders_created"], ended["mapping"]) == (
        "completed", 2, "Warenwirtschaft",
    )  # fmt: skip
    began = upload(api, FILE)
    assert api.delete("/api/import-mappings/Warenwirtschaft").status_code == 200
    again = worked(api, began)  # by what was saved when it began
    assert (again["status"], again["orders_unchanged"], again["mapping"]) == (
        "completed", 2, "Warenwirtschaft",
    )  # fmt: skip
    assert api.post(f"/api/imports/{again['id']}/use-mapping", json=use).status_code == 409


def test_numbers_that_can_be_read_in_two_ways_are_asked_for_once_also_without_the_saved_mapping(
    api: Api, clerk: Account
) -> None:
    body = {"header": TABLE[0], "mapping": guess(api, rows=TABLE)["mapping"]}

    def began_before_the_mapping_was_deleted(query: str = "") -> dict[str, Any]:
        saved = api.put("/api/import-mappings/erp", json=body)
        assert saved.status_code == 200, saved.get_json()
        run = upload(api, AMBIGUOUS, query)
        assert api.delete("/api/import-mappings/erp").status_code == 200
        return run

    waiting = worked(api, began_before_the_mapping_was_deleted())
    assert waiting["status"] == "needs_mapping"
    proposal = guess(api, import_id=waiting["id"])
    assert (proposal["kind"], proposal["name"]) == ("saved", "erp")
    assert [problem["code"] for problem in proposal["problems"]] == ["ambiguous_numbers"]
    chosen = proposal["mapping"] | {"decimal": "comma"}
    settled = guess(api, import_id=waiting["id"], mapping=chosen)
    assert settled["problems"] == []
    assert [row["values"]["unit_price"] for row in settled["rows"]] == ["1.250", "3.500", "1.250"]
    api.post(f"/api/imports/{waiting['id']}/use-mapping", json={"mapping": chosen})
    assert worked(api, waiting)["orders_created"] == 2
    named = began_before_the_mapping_was_deleted("?mapping=erp&decimal=comma")
    assert worked(api, named)["orders_unchanged"] == 2


def test_an_incomplete_mapping_is_refused_and_the_import_waits_on(api: Api, clerk: Account) -> None:
    waiting = worked(api, upload(api, FILE))
    incomplete = {"columns": {"order_number": ["Auftragsnr."], "quantity": ["Anzahl"]}}
    path = f"/api/imports/{waiting['id']}/use-mapping"
    answer = api.post(path, json={"mapping": incomplete})
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "mapping_not_complete")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        ("order_date", "missing_column"),
        ("customer_number", "missing_column"),
        ("unit_price", "missing_column"),
        ("quantity", "unknown_column"),
    ]
    assert api.get(f"/api/imports/{waiting['id']}").get_json()["status"] == "needs_mapping"
    unnamed = api.post(path, json={"mapping": incomplete, "save_as": "a/b"})
    (error,) = unnamed.get_json()["errors"]
    assert (unnamed.status_code, error["code"], error["field"]) == (422, "invalid_name", "save_as")
    assert "1 to 100 letters, digits, spaces" in error["message"]
    unknown = api.post(path, json={"name": "nobody's"})
    assert (unknown.status_code, unknown.get_json()["code"]) == (422, "unknown_mapping")
    cancelled = api.post(f"/api/imports/{waiting['id']}/cancel")
    assert cancelled.get_json()["status"] == "cancelled"


def test_mappings_are_listed_with_the_presets_changed_and_deleted(api: Api, clerk: Account) -> None:
    body = {"header": ["a", "b"], "mapping": {"columns": {"order_number": ["a"]}}}
    for name in ("Zebra", "Adler"):
        assert api.put(f"/api/import-mappings/{name}", json=body).status_code == 200
    body["mapping"] = {"constants": {"currency": "CHF"}}
    changed = api.put("/api/import-mappings/Zebra", json=body).get_json()
    assert (changed["mapping"]["columns"], changed["mapping"]["constants"]) == (
        {}, {"currency": "CHF"},
    )  # fmt: skip
    items = api.get("/api/import-mappings").get_json()["items"]
    assert [item["name"] for item in items] == [
        "Adler", "Zebra", "shopify", "woocommerce", "woocommerce-orders", "stripe", "square",
        "amazon", "amazon-all-orders", "amazon-orders",
    ]  # fmt: skip
    assert api.get("/api/import-mappings/amazon").get_json()["kind"] == "preset"
    renamed = api.post("/api/import-mappings/Adler/rename", json={"name": "Zebra"})
    assert renamed.get_json()["code"] == "name_in_use"
    renamed = api.post("/api/import-mappings/Adler/rename", json={"name": "Ara (2)"})
    assert (renamed.status_code, renamed.get_json()["name"]) == (200, "Ara (2)")
    assert api.post("/api/import-mappings/Adler/rename", json={"name": "x"}).status_code == 404
    assert api.post("/api/import-mappings/Zebra/rename", json={"name": "x/y"}).status_code == 422
    assert api.delete("/api/import-mappings/Ara (2)").status_code == 200
    assert api.get("/api/import-mappings/Ara (2)").status_code == 404
    body["mapping"] = {"preset": "shopify", "constants": {"country": "AT"}, "zero_rate": "E"}
    ours = api.put("/api/import-mappings/Bäcker's shop, 50%25", json=body)
    assert ours.status_code == 422  # no per cent sign
    ours = api.put("/api/import-mappings/Bäcker's shop, 2", json=body)
    assert (ours.status_code, ours.get_json()["mapping"]["zero_rate"]) == (200, "E")
    wrong = body | {"mapping": {"preset": "etsy"}}
    unknown = api.put("/api/import-mappings/Etsy", json=wrong).get_json()
    assert (unknown["code"], unknown["errors"][0]["code"]) == (
        "mapping_not_complete", "unknown_preset",
    )  # fmt: skip
    taken = api.put("/api/import-mappings/shopify", json=body)
    assert (taken.status_code, taken.get_json()["code"]) == (422, "name_of_a_preset")
    actions = [act["action"] for act in api.get("/api/audit-log").get_json()["items"]]
    assert actions[:6] == [
        "import_mapping.saved", "import_mapping.deleted", "import_mapping.renamed",
        *["import_mapping.saved"] * 3,
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["erp", "guess"])
def test_another_organization_s_mapping_is_not_there(
    api: Api, strangers_api: Api, path: str
) -> None:
    body = {"header": ["a", "b"], "mapping": {"columns": {"order_number": ["a"]}}}
    assert strangers_api.put("/api/import-mappings/erp", json=body).status_code == 200
    if path == "erp":
        assert api.get("/api/import-mappings/erp").status_code == 404
    else:
        assert guess(api, rows=[["a", "b"], ["1", "2"]])["kind"] == "unknown"


def test_a_small_file_that_needs_a_mapping_says_where_to_choose_it(
    api: Api, clerk: Account
) -> None:
    form = {"file": (io.BytesIO(FILE), "export.csv")}
    answer = api.post("/api/orders/import", data=form, content_type="multipart/form-data")
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "unreadable_file")
    (run,) = api.get("/api/imports").get_json()["items"]
    assert run["status"] == "needs_mapping"
    assert all(f"/imports/{run['id']}/mapping" in error["remedy"] for error in problem["errors"])


def test_requests_can_name_every_column() -> None:
    assert set(get_args(OurColumn)) == set(COLUMNS)
