"""Headers are read as people write them; a name that is nearly right is asked about."""

import pytest

from models.order_import.csv_file.columns import COLUMNS
from tests.storage.orders_files import COLUMNS_GIVEN, faults, orders_file, read, row

HEADER, ROW, _ = orders_file([row()]).decode().split("\n")


def with_header(header: str) -> bytes:
    return f"{header}\n{ROW}\n".encode()


@pytest.mark.parametrize(
    "written",
    [
        "Order Number",
        "ORDER_NUMBER",
        "order-number",
        "OrderNumber",
        "order\xa0number",
        "\u200border_number",
        "order_number\u200e\xa0",
        '"Order Number"',
        "Order.Number:",
    ],
)
def test_the_way_a_name_is_written_does_not_matter(written: str) -> None:
    file, orders = read(with_header(HEADER.replace("order_number", written)))
    assert (faults(file), list(orders), file.ignored_columns) == ([], ["A-1"], ())


def test_every_column_is_known_by_its_words() -> None:
    names = [name for name in COLUMNS if name != "unit_price"]
    data = orders_file([row(unit_price_gross="1")], columns=names)
    words = ",".join(name.replace("_", " ").title() for name in names)
    file, orders = read(words.encode() + data[data.index(b"\n") :])
    assert (faults(file), list(orders)) == ([], ["A-1"])


@pytest.mark.parametrize(
    ("written", "meant"),
    [("ordr_number", "order_number"), ("Order Nummer", "order_number"), ("skuu", "sku")],
)
def test_a_name_that_is_nearly_right_is_one_question(written: str, meant: str) -> None:
    file, orders = read(with_header(HEADER.replace(meant, written)))
    assert file.refused
    assert orders == {}
    assert [fault[2] for fault in faults(file)] == ["unknown_column"]
    assert f"did you mean {meant}?" in file.errors.kept[0].message


@pytest.mark.parametrize("written", ["statsu", "stbtus", "Statuss", "expected_gros", "row_tipe"])
def test_an_optional_column_under_a_wrong_name_is_not_left_out_silently(written: str) -> None:
    file, orders = read(orders_file([row(**{written: "draft"})], columns=[*COLUMNS_GIVEN, written]))
    assert (file.refused, orders) == (True, {})
    assert "did you mean" in file.errors.kept[0].message


def test_many_missing_columns_are_one_finding() -> None:
    file, _ = read(orders_file([row()], columns=COLUMNS_GIVEN[:12]))
    assert [fault[2] for fault in faults(file)] == ["missing_column"]
    assert file.errors.kept[0].message.startswith("The columns sku, description, ")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("s\ntatus", "status"),
        ("s\natus", "status"),
        ("\nstatus", "status"),
        ("\n,status", "status"),
        ("expected_\ngross", "expected_gross"),
        ("Expected \r\nGross", "expected_gross"),
        ("x,rea\nson", "reason"),
    ],
)
def test_a_header_that_a_line_end_breaks_is_refused(written: str, meant: str) -> None:
    header, *rows = orders_file([row(), row(order_number="A-2")]).decode().splitlines()
    lines = [f"{header},{written}", *(f"{line},," for line in rows)]
    file, orders = read("\n".join(lines).encode())
    assert file.refused
    assert orders == {}
    assert [(fault.column, fault.code) for fault in file.errors.kept] == [(meant, "broken_header")]
    assert "broken by a line end" in file.errors.kept[0].message


@pytest.mark.parametrize("first", ["A-0", "A-0,status", "status,x", "x" * 100_000])
def test_a_short_row_below_a_whole_header_is_only_a_faulty_row(first: str) -> None:
    columns = [*COLUMNS_GIVEN, "status"]
    numbers = ("A-1", "A-2", "A-3")
    data = orders_file([row(order_number=number) for number in numbers], columns=columns)
    header, *rows = data.splitlines()
    file, orders = read(b"\n".join([header, first.encode(), *rows]))
    assert not file.refused
    assert "A-3" in orders
