"""How rows become orders, and the code and line of each fault."""

import io

import pytest

from models.order_import.csv_file.order_rows import MAX_ORDER_LINES
from models.order_import.errors import MAX_KEPT
from models.order_import.orders_file import OrdersFile
from models.order_import.table_file.text_lines import MAX_LINE_BYTES
from tests.storage.orders_files import (
    COLUMNS_GIVEN,
    SELLERS,
    Dribble,
    faults,
    orders_file,
    read,
    row,
)


def test_every_fault_of_a_row_is_named() -> None:
    file, orders = read(orders_file([row(order_date="soon", quantity="", tax_percent="x")]))
    assert faults(file) == [
        (2, "order_date", "bad_date"),
        (2, "quantity", "missing_value"),
        (2, "tax_percent", "not_a_number"),
    ]
    assert orders == {}


def test_a_bad_row_rejects_the_rows_of_its_order_before_and_after_it() -> None:
    rows = [row(line_number=str(n), quantity="?" if n == 2 else "1") for n in (1, 2, 3)]
    file, orders = read(orders_file([*rows, row(order_number="A-2")]))
    assert list(orders) == ["A-2"]
    assert file.rejected == 1


def test_a_line_number_may_occur_only_once_in_an_order() -> None:
    file, orders = read(orders_file([row(), row(sku="other")]))
    assert faults(file) == [(3, "line_number", "duplicate_line_number")]
    assert orders == {}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("order_date", "2026-03-02"),
        ("customer_number", "K-2"),
        ("street", "Elsewhere 1"),
        ("currency", "USD"),
    ],
)
def test_the_rows_of_an_order_must_agree_on_what_they_share(column: str, value: str) -> None:
    file, orders = read(orders_file([row(), row(line_number="2", **{column: value})]))
    assert faults(file) == [(3, column, "inconsistent_order")]
    assert orders == {}


def test_space_around_a_shared_value_is_ignored() -> None:
    file, orders = read(orders_file([row(), row(line_number="2", city=" Hamburg ")]))
    assert faults(file) == []
    assert len(orders["A-1"].lines) == 2


def test_a_row_with_too_many_or_too_few_values_rejects_its_order() -> None:
    lines = orders_file([row(), row(order_number="A-2")]).splitlines(keepends=True)
    lines[1:1] = [b"A-0,2026-03-01\n"]
    lines[2] = lines[2].rstrip() + b",more\n"
    file, orders = read(b"".join(lines))
    assert faults(file) == [(2, None, "wrong_field_count"), (3, None, "wrong_field_count")]
    assert list(orders) == ["A-2"]
    assert file.rejected == 2


def test_bytes_that_are_not_utf8_are_named_by_column() -> None:
    data = orders_file([row(), row(order_number="A-2")])
    file, orders = read(data.replace("Söhne".encode(), b"S\xf6hne", 1))
    assert faults(file) == [(2, "customer_name", "not_utf8")]
    assert list(orders) == ["A-2"]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_bad_byte_is_found_wherever_the_file_is_cut(size: int) -> None:
    data = orders_file([row(description="B?\nmore")])
    file = OrdersFile(Dribble(data.replace(b"?", b"\xff"), size), SELLERS)
    assert not any(file.batches())
    assert faults(file) == [(2, "description", "not_utf8")]


def test_a_file_in_utf32_is_one_fault() -> None:
    file, orders = read(orders_file([row()]).decode().encode("utf-32"))
    assert (faults(file), orders) == ([(1, None, "not_utf8")], {})


def test_a_nul_byte_is_named_by_column() -> None:
    file, orders = read(orders_file([row(sku="L\x00100"), row(order_number="A-2")]))
    assert faults(file) == [(2, "sku", "nul_character")]
    assert list(orders) == ["A-2"]


def test_a_quote_that_is_never_closed_costs_one_order_only() -> None:
    rows = [row(order_number=f"A-{n}", sku=f"S{n}", description="") for n in range(5)]
    data = orders_file(rows).replace(b"S1", b'"S1')
    file, orders = read(data)
    assert faults(file) == [(3, None, "unclosed_quote")]
    assert list(orders) == ["A-0", "A-2", "A-3", "A-4"]


def test_text_after_a_closing_quote_is_a_fault_of_that_row() -> None:
    data = orders_file([row(sku="QUOTED"), row(order_number="A-2")])
    file, orders = read(data.replace(b"QUOTED", b'"QUO"TED'))
    assert faults(file) == [(2, None, "malformed_row")]
    assert list(orders) == ["A-2"]


def test_line_numbers_count_the_line_breaks_inside_quotes() -> None:
    rows = [row(description='two\nlines of "text"'), row(order_number="A-2", quantity="?")]
    file, orders = read(orders_file(rows))
    assert faults(file) == [(4, "quantity", "not_a_number")]
    assert orders["A-1"].lines[1].description == 'two\nlines of "text"'


def test_a_byte_order_mark_crlf_and_blank_lines_are_accepted() -> None:
    data = orders_file([row(), row(line_number="2")], newline="\r\n")
    file, orders = read(b"\xef\xbb\xbf" + data.replace(b"\r\nA-1", b"\r\n\r\nA-1") + b"\r\n")
    assert faults(file) == []
    assert len(orders["A-1"].lines) == 2


def test_the_order_and_the_case_of_the_columns_do_not_matter() -> None:
    data = orders_file([row()], columns=reversed(COLUMNS_GIVEN))
    header, rest = data.split(b"\n", 1)
    file, orders = read(header.upper() + b"\n" + rest)
    assert faults(file) == []
    assert orders["A-1"].lines[1].sku == "L-100"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", (1, None, "empty_file")),
        (orders_file([]), (1, None, "no_orders")),
        (orders_file([row()], columns=COLUMNS_GIVEN[:-1]), (1, "tax_percent", "missing_column")),
        (orders_file([row()], columns=[*COLUMNS_GIVEN, "sku"]), (1, "sku", "duplicate_column")),
        (orders_file([row()]).replace(b"sku", b"skuu"), (1, "skuu", "unknown_column")),
        (orders_file([row()]).replace(b",", b":"), (1, "order_number", "missing_column")),
        (b"\0\x01\x02" * 100, (1, None, "not_utf8")),
        (b'"order_number', (1, None, "unclosed_quote")),
        (b"x" * (MAX_LINE_BYTES + 1_000_000), (1, None, "line_too_long")),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(
    data: bytes, found: tuple[int, str | None, str]
) -> None:
    file, orders = read(data)
    line, column, code = found
    assert file.refused
    assert orders == {}
    assert any(
        (fault[0], fault[2]) == (line, code) and column in (None, fault[1])
        for fault in faults(file)
    )


def test_the_complete_orders_of_an_incomplete_file_are_kept() -> None:
    data = orders_file([row(order_number=f"A-{n}") for n in range(3)])
    file, orders = read(data + b"x" * (MAX_LINE_BYTES + 1_000_000))
    assert faults(file) == [(5, None, "line_too_long")]
    assert list(orders) == ["A-0", "A-1"]
    assert (file.refused, file.rejected) == (True, 1)


def test_rows_of_an_order_that_are_only_a_little_apart_are_joined() -> None:
    rows = [row(), row(order_number="A-2", customer_number="K-2"), row(line_number="2")]
    file, orders = read(orders_file(rows))
    assert faults(file) == []
    assert sorted(orders["A-1"].lines) == [1, 2]


def test_many_rows_without_order_number_are_one_doubt() -> None:
    rows = [row(), *[row(order_number="")] * 3, row(line_number="3")]
    file, orders = read(orders_file(rows))
    assert file.errors.count == 4
    assert "lines 3 to 5" in file.errors.kept[-1].message
    assert (orders, file.rejected) == ({}, 1)


def test_a_row_without_order_number_is_in_doubt_across_batches() -> None:
    before = [row(order_number=f"B-{n}") for n in range(1_000)]
    rows = [*before, row(), row(order_number=""), row(line_number="3")]
    file, orders = read(orders_file(rows))
    assert "A-1" not in orders
    assert (len(orders), file.rejected, file.take_scattered()) == (1_000, 1, [])


def test_an_overlong_order_number_is_an_order_of_its_own() -> None:
    rows = [row(), row(order_number="A" * 101), row(line_number="2")]
    file, orders = read(orders_file(rows))
    assert faults(file) == [(3, "order_number", "bad_order_number")]
    assert (list(orders), file.rejected) == (["A-1"], 1)


def test_unknown_columns_are_ignored_and_named() -> None:
    columns = [*COLUMNS_GIVEN, "Warehouse", "", ""]
    data = orders_file([row(Warehouse="HH")], columns=columns).replace(b",HH", b",H\xff\x00")
    file, orders = read(data)
    assert (faults(file), file.refused) == ([], False)
    assert file.ignored_columns == ("warehouse",)
    assert orders["A-1"].lines[1].sku == "L-100"


def test_an_ignored_column_may_not_be_named_twice() -> None:
    file, orders = read(orders_file([row()], columns=[*COLUMNS_GIVEN, "shop", "Shop"]))
    assert faults(file)[0] == (1, "shop", "duplicate_column")
    assert (file.refused, orders) == (True, {})


def test_no_more_than_a_hundred_ignored_columns_are_named() -> None:
    columns = [*COLUMNS_GIVEN, *(f"extra {n}" for n in range(5_000))]
    file, orders = read(orders_file([row()], columns=columns))
    assert (len(file.ignored_columns), list(orders)) == (100, ["A-1"])


def test_an_order_has_no_more_lines_than_can_be_held() -> None:
    rows = (row(line_number=str(n)) for n in range(MAX_ORDER_LINES + 5))
    file, orders = read(orders_file([*rows, row(order_number="A-2")]))
    assert faults(file) == [(MAX_ORDER_LINES + 2, None, "too_many_lines")]
    assert list(orders) == ["A-2"]


def test_the_first_thousand_faults_are_kept_and_all_are_counted() -> None:
    rows = (row(order_number=f"A-{n}", quantity="?") for n in range(MAX_KEPT + 50))
    file, _ = read(orders_file(rows))
    assert len(file.errors.kept) == MAX_KEPT
    assert file.errors.count == file.rejected == MAX_KEPT + 50


def test_a_file_with_an_open_quote_on_every_line_is_given_up() -> None:
    file, orders = read(orders_file([]) + b'x","y\n' * 20_000)
    assert file.errors.kept[-1].code == "too_many_unclosed_quotes"
    assert file.errors.kept[-1].line < 40, "each line costs as much as ten thousand"
    assert file.refused
    assert orders == {}


def test_a_file_reads_the_same_in_pieces_of_any_size() -> None:
    rows = [row(order_number=f"Ä-{n}", description="naïve\nline “quoted”") for n in range(30)]
    data = b"\xef\xbb\xbf" + orders_file(rows, newline="\r\n")
    _, expected = read(data)
    for size in (1, 2, 3, 5, 64):
        file = OrdersFile(Dribble(data, size), SELLERS)
        assert {order.number: order for batch in file.batches() for order in batch} == expected
        assert faults(file) == []


def test_an_order_of_many_lines_is_handed_over_once() -> None:
    """Each batch is a commit: one for each row beyond the batch's lines took minutes."""
    lines = [row(order_number="L-1", line_number=str(at + 1)) for at in range(MAX_ORDER_LINES)]
    data = orders_file([row(order_number="K-1"), *lines, row(order_number="M-1")])
    batches = list(OrdersFile(io.BytesIO(data), SELLERS).batches())
    handed_over = [[order.number for order in batch] for batch in batches if batch]
    assert handed_over in ([["K-1"], ["L-1"], ["M-1"]], [["K-1", "L-1"], ["M-1"]])
    assert len(batches) <= 4
