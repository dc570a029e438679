"""Stored text and arguments cannot control the terminal of the user of a command."""

import json
import logging
import unicodedata
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert, update

from actors.attention import check_outdated
from models.database import org_transaction
from models.tables.customer import Customer
from models.tables.import_run import ImportRun
from models.tables.order import Order, OrderLine
from models.visible_text import VisibleRecord
from tests.cli.conftest import Type
from tests.records import Account, new_orders
from tests.storage.orders_files import COLUMNS_GIVEN, orders_file, row

# Clear the screen, set the title, a control sequence in one byte, text turned round.
EVIL = "A\x9b2J\u202e1"
SHOWN = r"A\x9b2J\u202e1"
# Each kind of character that can move the cursor, ring, break the line or turn text round.
WORST = "\x1b]0;pwned\x07\x08\r\n\x85\x9b2J\u2028\u061c\u200f\u202e\u2067\x7f"
MARKS = "\u061c\u200e\u200f"


def steers_nothing(text: str) -> bool:
    """Decides by Unicode's tables: line ends are the only controls, text keeps its direction."""
    return not any(
        unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(c).endswith(("E", "O", "I", "DF"))
        or c in MARKS
        for c in text.replace("\n", "")
    )


@pytest.fixture
def old_orders(seller: Account) -> None:
    """Orders as they were stored before such characters were refused; none can be invoiced."""
    order_ids = new_orders(seller, 2, flawed=[0, 1])
    with org_transaction(seller.organization_id) as session:
        session.execute(update(Customer).values(customer_number=f"C{WORST}", name=WORST))
        for number, told in (("A00000", EVIL), ("A00001", f"B{WORST}")):
            session.execute(
                update(Order)
                .where(Order.order_number == number)
                .values(order_number=told, buyer_name=told, buyer_street=WORST, buyer_city=WORST)
            )
        for order_id in order_ids:
            session.execute(
                insert(OrderLine).values(
                    organization_id=seller.organization_id,
                    order_id=order_id,
                    line_number=3,
                    sku=WORST,
                    description=WORST,
                    quantity=1,
                    unit=f"X{WORST}",
                    unit_price=1,
                    tax_category=f"S{EVIL}",
                    tax_percent=19,
                )
            )


@pytest.fixture
def old_import(seller: Account, billmill: Type, tmp_path: Path) -> str:
    """The id of an import whose file's name and findings hold such characters."""
    path = tmp_path / f"{EVIL}.csv"
    path.write_bytes(orders_file([row(quantity=f"two{EVIL}")]))
    result = billmill("import", path, "--org", "alpha", "--json")
    assert steers_nothing(result.output)
    found: str = json.loads(result.stdout)["id"]
    # As a version stored it that did not clean the names of files.
    with org_transaction(seller.organization_id) as session:
        session.execute(update(ImportRun).values(file_name=f"{EVIL}.csv"))
    return found


@pytest.mark.usefixtures("old_orders", "worker")
def test_orders_and_their_faults_are_escaped(billmill: Type) -> None:
    watched = billmill("invoice", "--org", "alpha", "--all", "--watch")
    assert SHOWN in watched.output
    job_id = json.loads(billmill("jobs", "list", "--org", "alpha", "--json").output)["items"][0][
        "id"
    ]
    shown = billmill("jobs", "show", job_id)
    failures = billmill("jobs", "failures", job_id)
    assert SHOWN in shown.output
    assert SHOWN in failures.output
    # The heading and a line for each order: a stored line break is no line break.
    assert len(failures.stdout.splitlines()) == 3
    exact = billmill("jobs", "failures", job_id, "--json")
    numbers = {item["order_number"] for item in json.loads(exact.output)["items"]}
    assert numbers == {EVIL, f"B{WORST}"}
    for result in (watched, shown, failures, exact):
        assert steers_nothing(result.output)


@pytest.mark.usefixtures("old_orders")
def test_orders_in_need_of_attention_are_escaped(billmill: Type) -> None:
    assert check_outdated(10)
    for number in (EVIL, f"B{WORST}"):
        shown = billmill("orders", "show", number, "--org", "alpha")
        exact = billmill("orders", "show", number, "--org", "alpha", "--json")
        assert shown.exit_code == exact.exit_code == 0
        assert r"\x1b]0;pwned" in shown.stdout
        assert json.loads(exact.stdout)["buyer"]["street"] == WORST
        assert steers_nothing(shown.output + exact.output)
    listed = billmill("orders", "attention", "--org", "alpha")
    assert SHOWN in listed.stdout
    assert len(listed.stdout.splitlines()) == 3
    exact = billmill("orders", "attention", "--org", "alpha", "--json")
    assert {each["order_number"] for each in json.loads(exact.stdout)["items"]} == {
        EVIL, f"B{WORST}"
    }  # fmt: skip
    unknown = billmill("orders", "show", WORST, "--org", "alpha")
    assert unknown.exit_code == 1
    for result in (listed, exact, unknown):
        assert steers_nothing(result.output)


@pytest.mark.parametrize(
    "changed",
    [
        {"order_number": "\x1b[31mB"},
        {"quantity": "two\x1b]0;pwned\x07"},
        {"customer_name": f"{EVIL} GmbH"},
        {"unit_price": f"1{WORST}"},
        {"order_date": f"2026-03-01{EVIL}"},
        {"description": "Lamp\u2067\x9b"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_findings_in_a_file_are_escaped(
    billmill: Type, seller: Account, changed: dict[str, str]
) -> None:
    data = orders_file(
        [row(shop="north", **changed)], columns=[*COLUMNS_GIVEN, "shop\x1b[31m\u202e"]
    )
    for option in ([], ["--json"], ["--explain"], ["--explain", "--json"]):
        result = billmill("import", "-", "--org", "alpha", *option, input=data)
        assert steers_nothing(result.output), option
        assert result.output.strip()


def test_columns_and_values_of_an_unknown_file_are_escaped(billmill: Type, seller: Account) -> None:
    data = (
        f"Auftragsnr\x1b[2J;Datum\x9b;Kunde\u202e;Bezeichnung;Menge;Preis\n"
        f"A\x1b[1m;27.11.2026;{EVIL};Vase\u2067\x08;2\x1b;12,50\n"
    ).encode()
    for option in (["--explain"], ["--explain", "--json"], [], ["--json"]):
        result = billmill("import", "-", "--org", "alpha", *option, input=data)
        assert steers_nothing(result.output), option
        assert result.output.strip()


def test_imports_are_escaped(billmill: Type, seller: Account, old_import: str) -> None:
    shown = billmill("imports", "show", old_import)
    listed = billmill("imports", "list", "--org", "alpha")
    assert f"{SHOWN}.csv" in shown.stdout
    assert f"{SHOWN}.csv" in listed.stdout
    exact = billmill("imports", "show", old_import, "--json")
    every = billmill("imports", "list", "--json")
    assert json.loads(exact.stdout)["file_name"] == f"{EVIL}.csv"
    for result in (shown, listed, exact, every):
        assert steers_nothing(result.output)


def test_the_sentence_of_an_import_that_failed_is_escaped(billmill: Type, seller: Account) -> None:
    run_id = uuid4()
    with org_transaction(seller.organization_id) as session:
        session.execute(
            insert(ImportRun).values(
                id=run_id,
                organization_id=seller.organization_id,
                status="failed",
                file_name=WORST,
                size_bytes=1,
                sha256="0" * 64,
                error_code="internal_error",
                error_message=f"It failed:{WORST}",
                completed_at="2026-03-01T00:00:00Z",
            )
        )
    for command in (["show", run_id], ["show", run_id, "--json"], ["list"], ["list", "--json"]):
        result = billmill("imports", *command)
        assert result.exit_code == 0
        assert "pwned" in result.stdout
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
