"""`billmill import` of files with other columns: explained, mapped by name, or refused."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Type
from tests.records import Account

EXPORTS = Path(__file__).parents[1] / "rules" / "exports"
EXPORT = (
    "Auftragsnr;Datum;Kundennr;Kunde;Land;Pos;Bezeichnung;Menge;Einzelpreis;MwSt\n"
    "A-1;27.11.2026;K-1;Muster GmbH;Deutschland;1;Vase;2;12,50;19\n"
)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(EXPORT, "utf-8")
    return path


def test_a_file_with_other_columns_is_explained_and_nothing_is_stored(
    billmill: Type, seller: Account, export: Path
) -> None:
    result = billmill("import", export, "--org", "alpha", "--explain")
    assert result.exit_code == 1
    for line in (
        "separator ';'",
        "this is a guess",
        "order_number       Auftragsnr",
        "unit_price         Einzelpreis                  12,50",
        "  unit_price         12.50",
        "  country            DE",
    ):
        assert line in result.stdout, result.stdout
    assert '"orders_created"' not in result.stdout
    imported = billmill("import", export, "--org", "alpha")
    assert imported.exit_code == 1
    assert "Nothing was imported: it must be said first" in imported.stdout


def test_an_export_of_a_shop_is_read_by_its_preset(billmill: Type, seller: Account) -> None:
    shown = billmill("import", EXPORTS / "shopify.csv", "--org", "alpha", "--explain", "--json")
    proposal = json.loads(shown.stdout)
    assert (proposal["kind"], proposal["name"], len(proposal["rows"])) == ("preset", "shopify", 5)
    result = billmill("import", EXPORTS / "shopify.csv", "--org", "alpha", "--json")
    report = json.loads(result.stdout)
    assert (report["orders_created"], report["mapping"]) == (5, "shopify")
    assert [error["code"] for error in report["errors"]] == ["tax_rate_unclear"] * 2


@pytest.mark.parametrize(("mark", "price"), [("comma", "1.250"), ("point", "1250")])
def test_numbers_that_can_be_read_in_two_ways_need_a_choice(
    billmill: Type, seller: Account, tmp_path: Path, mark: str, price: str
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(EXPORT.replace("12,50", "1,250"), "utf-8")
    unsure = json.loads(billmill("import", file, "--org", "alpha", "--explain", "--json").stdout)
    assert [problem["code"] for problem in unsure["problems"]] == ["ambiguous_numbers"]
    options = ("--explain", "--json", "--decimal", mark, "--dates", "d.m.y")
    chosen = json.loads(billmill("import", file, "--org", "alpha", *options).stdout)
    assert chosen["problems"] == []
    assert chosen["rows"][0]["values"]["unit_price"] == price


def test_a_mapping_that_does_not_exist_is_named(
    billmill: Type, seller: Account, export: Path
) -> None:
    result = billmill("import", export, "--org", "alpha", "--mapping", "nobody")
    assert result.exit_code == 1
    assert "There is no mapping “nobody”." in result.stderr


def test_what_an_export_leaves_open_is_said_for_all_of_its_rows(
    billmill: Type, seller: Account
) -> None:
    stripe = (EXPORTS / "stripe.csv", "--org", "alpha")
    said = ("--set", "tax_percent=0", "--set", "unit=HUR", "--explain", "--json")
    unclear = json.loads(billmill("import", *stripe, *said).stdout)
    assert [note["code"] for note in unclear["notes"]] == ["zero_rate_unclear"]
    clear = json.loads(billmill("import", *stripe, *said, "--zero-rate", "e").stdout)
    values = clear["rows"][0]["values"]
    assert (clear["notes"], values["tax_category"], values["unit"]) == ([], "E", "HUR")
    wrong = billmill("import", *stripe, "--set", "quantity=1")
    assert wrong.exit_code == 2
    assert "currency=CHF" in wrong.stderr
