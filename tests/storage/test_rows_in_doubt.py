"""An order that may lack a line is rejected: a row that cannot be attributed rejects its
neighbours and the orders that it names."""

import pytest

from tests.storage.orders_files import COLUMNS_GIVEN, faults, orders_file, read, row

DOUBT = "order_in_doubt"


def quoted(rows: list[dict[str, str]]) -> list[str]:
    """The lines of a file in which every value is quoted."""
    lines = [COLUMNS_GIVEN, *([given[name] for name in COLUMNS_GIVEN] for given in rows)]
    return [",".join(f'"{value}"' for value in line) + "\n" for line in lines]


def lines_of(rows: list[dict[str, str]]) -> list[str]:
    return orders_file(rows).decode().splitlines(keepends=True)


def read_lines(lines: list[str]) -> tuple[list[tuple[int, str]], list[str], int]:
    """Line and code of each fault, the orders accepted, and the number of those rejected."""
    file, orders = read("".join(lines).encode(errors="surrogateescape"))
    return [(line, code) for line, _, code in faults(file)], list(orders), file.rejected


THREE = [
    row(order_number=f"A-{n}", line_number=str(line), customer_number=f"K-{n}")
    for n in (1, 2, 3)
    for line in (1, 2)
]


@pytest.mark.parametrize(
    "number", ["", " ", "\u200b", "\u3164", "\xa0\ufeff", '""', "'", "A\x1b-2", "A\u202e-2"]
)
def test_a_row_without_a_usable_number_rejects_the_orders_above_and_below(number: str) -> None:
    rows = [*THREE[:2], row(order_number=number, line_number="9"), *THREE[2:]]
    file, orders = read(orders_file(rows))
    assert list(orders) == ["A-3"]
    assert [(fault.line, fault.code) for fault in file.errors.kept][1:] == [(2, DOUBT), (5, DOUBT)]
    for fault, order in zip(file.errors.kept[1:], ("A-1", "A-2"), strict=True):
        assert "The row on line 4" in fault.message
        assert f"“{order}”" in fault.message
        assert "Mend line 4" in fault.message


@pytest.mark.parametrize("at", [1, 3, 5, 7])
def test_bytes_that_are_no_text_in_the_number_reject_the_neighbours(at: int) -> None:
    lines = lines_of(THREE)
    lines.insert(at, lines[1].replace("A-1", "\udcc4-1"))
    codes, orders, rejected = read_lines(lines)
    around = {1: {"A-1"}, 3: {"A-1", "A-2"}, 5: {"A-2", "A-3"}, 7: {"A-3"}}[at]
    assert (at + 1, "not_utf8") in codes
    assert {*orders} == {"A-1", "A-2", "A-3"} - around
    assert rejected == len(around)


@pytest.mark.parametrize("damage", ['27\\" wide', '27" wide', '"x" y', 'x"'])
@pytest.mark.parametrize("at", [3, 4])
def test_the_number_of_a_damaged_row_is_read_if_it_is_complete(damage: str, at: int) -> None:
    lines = quoted(THREE)
    lines[at] = lines[at].replace("Lamp, small", damage)
    codes, orders, rejected = read_lines(lines)
    assert codes == [(at + 1, "malformed_row")]
    assert (orders, rejected) == (["A-1", "A-3"], 1)


@pytest.mark.parametrize("damage", ['"A-2x', 'A-2"', '"A"2"', '""A-2"', '"A-2'])
def test_a_damaged_number_rejects_the_neighbours(damage: str) -> None:
    lines = quoted(THREE)
    lines[3] = lines[3].replace('"A-2"', damage)
    _, orders, _ = read_lines(lines)
    assert orders == ["A-3"]


def test_the_orders_whose_rows_an_open_quote_swallowed_are_read_again() -> None:
    lines = quoted(THREE)
    lines[2] = lines[2].replace('"Hamburg"', '"Hamburg')
    assert read_lines(lines) == ([(3, "malformed_row")], ["A-2", "A-3"], 1)


@pytest.mark.parametrize("fields", [",", ",,", "x,"])
def test_a_value_too_many_in_the_number_rejects_the_neighbours(fields: str) -> None:
    lines = lines_of(THREE)
    lines[3] = lines[3].replace("A-2", f"A{fields}-2")
    _, orders, _ = read_lines(lines)
    assert orders == ["A-3"]


def test_a_missing_number_with_its_separator_rejects_the_neighbours() -> None:
    lines = lines_of(THREE)
    lines[5] = lines[5].removeprefix("A-3,")
    codes, orders, rejected = read_lines(lines)
    assert codes == [(6, "wrong_field_count"), (4, DOUBT), (7, DOUBT)]
    assert (orders, rejected) == (["A-1"], 2)


def test_two_rows_in_one_line_reject_both_orders() -> None:
    lines = lines_of(THREE)
    lines[2] = lines[2].replace("\n", "x")
    codes, orders, _ = read_lines(lines)
    assert codes == [(3, "wrong_field_count"), (2, DOUBT), (4, DOUBT)]
    assert orders == ["A-3"]


def test_two_rows_in_one_line_reject_both_orders_although_the_second_cannot_be_read() -> None:
    lines = lines_of([*THREE[:2], THREE[2] | {"quantity": "two"}, *THREE[3:]])
    lines[2] = lines[2].replace("\n", "x")
    assert read_lines(lines)[1] == ["A-3"]


def test_two_rows_in_one_damaged_line_reject_both_orders() -> None:
    lines = quoted(THREE)
    lines[2] = lines[2].replace("Lamp, small", '"x" y').replace("\n", "")
    assert read_lines(lines)[1] == ["A-3"]


def test_a_number_that_grew_together_with_the_value_before_it_rejects_the_neighbours() -> None:
    last = ("sku", "order_number")
    columns = (*(name for name in COLUMNS_GIVEN if name not in last), *last)
    header, *lines = orders_file(THREE, columns=columns).decode().splitlines()
    before, _, number = lines[2].rpartition(",")
    lines[2] = before + number
    _, orders, _ = read_lines([line + "\n" for line in (header, *lines)])
    assert orders == [], "and the row below may be the rest of it"


def test_values_that_stand_in_the_wrong_columns_reject_the_neighbours() -> None:
    lines = lines_of(THREE)
    first, rest = lines[3].rstrip("\n").split(",", 1)
    lines[3] = f"{rest},{first}\n"
    _, orders, _ = read_lines(lines)
    assert orders == ["A-3"], "A-2 is named by the row, A-1 stands above it"


@pytest.mark.parametrize("named", ["A-1", "A-3", "B-1"])
def test_an_order_that_a_row_in_doubt_names_is_rejected(named: str) -> None:
    before = row(order_number="B-1")
    rows = [
        before,
        *THREE[:2],
        row(order_number="B-2"),
        row(order_number="", sku=f" {named}\u200b"),
    ]
    rows += [row(order_number="B-3"), *THREE[2:]]
    _, orders = read(orders_file(rows))
    assert {*orders} == {"A-1", "A-2", "A-3", "B-1"} - {named}


def test_rows_of_nothing_are_skipped_wherever_they_are() -> None:
    nothing = row(**dict.fromkeys(COLUMNS_GIVEN, ""))
    rows = [nothing, THREE[0], nothing, row(**dict.fromkeys(COLUMNS_GIVEN, " \u200b")), *THREE[1:]]
    file, orders = read(orders_file([*rows, *[nothing] * 200]))
    assert (faults(file), file.rejected, len(orders)) == ([], 0, 3)


def test_surplus_values_without_text_carry_nothing() -> None:
    header, *rows = lines_of(THREE)
    lines = [header, *(line.replace("\n", ",,\n") for line in rows)]
    assert read_lines(lines) == ([], ["A-1", "A-2", "A-3"], 0)
    lines = lines_of(THREE)
    lines[2] = lines[2].replace("\n", ",\n")
    assert read_lines(lines) == ([], ["A-1", "A-2", "A-3"], 0)


TEXTS = ("street", "city", "sku", "description")


@pytest.mark.parametrize("padding", ["", ",", ",,,"])
@pytest.mark.parametrize("sku", ["L,100", ",L-100", "L-100,"])
def test_a_separator_too_many_before_a_blank_last_column_rejects_the_order(
    padding: str, sku: str
) -> None:
    columns = (*(name for name in COLUMNS_GIVEN if name not in TEXTS), *TEXTS)
    rows = [given | {"description": ""} for given in THREE]
    header, *lines = orders_file(rows, columns=columns).decode().splitlines()
    lines[2] = lines[2].replace("L-100", sku)
    _, orders, rejected = read_lines([header + "\n", *(line + padding + "\n" for line in lines)])
    assert orders == ["A-1", "A-3"]
    assert rejected == 1


@pytest.mark.parametrize("padding", [",", ",,,"])
def test_a_separator_lost_before_padding_rejects_the_order(padding: str) -> None:
    columns = (*(name for name in COLUMNS_GIVEN if name not in TEXTS), *TEXTS)
    rows = [given | {"description": ""} for given in THREE]
    header, *lines = orders_file(rows, columns=columns).decode().splitlines()
    lines[2] = lines[2].replace("Hamburg,", "Hamburg")
    _, orders, _ = read_lines([header + "\n", *(line + padding + "\n" for line in lines)])
    assert orders == ["A-1", "A-3"]


@pytest.mark.parametrize(
    "number", ["1.12345E+14", "1,12345E+14", "1E+14", "-1.5e-10", "4.2E12", "'1.12345E+14"]
)
def test_a_number_that_a_spreadsheet_destroyed_merges_no_orders(number: str) -> None:
    rows = [row(), row(order_number=number), row(order_number=number, line_number="2")]
    file, orders = read(orders_file([*rows, row(order_number="A-2")]))
    codes = [fault.code for fault in file.errors.kept]
    assert codes == ["number_in_scientific_notation"] * 2
    assert (list(orders), file.rejected) == (["A-1", "A-2"], 1)


def test_a_destroyed_customer_number_rejects_its_order_and_a_sku_stays() -> None:
    rows = [row(customer_number="1.12345E+14"), row(order_number="A-2", sku="1.12345E+14")]
    file, orders = read(orders_file(rows))
    assert faults(file) == [(2, "customer_number", "number_in_scientific_notation")]
    assert orders["A-2"].lines[1].sku == "1.12345E+14"


@pytest.mark.parametrize("number", ["12E34", "E-1", "1E", "E+14", "2026-E+1", "1.5.2E+3"])
def test_numbers_that_only_look_a_little_like_that_are_order_numbers(number: str) -> None:
    _, orders = read(orders_file([row(order_number=number)]))
    assert list(orders) == [number]


def test_a_row_that_returns_to_an_order_may_be_the_neighbours() -> None:
    rows = [row(), row(order_number="A-2"), row(line_number="2"), row(order_number="A-3")]
    file, orders = read(orders_file(rows))
    assert orders == {}, "all have the same buyer and date"
    assert {fault.code for fault in file.errors.kept} == {DOUBT}
    rows[3] |= {"customer_number": "K-3"}
    assert list(read(orders_file(rows))[1]) == ["A-3"], "nobody knows whose row the third is"


def test_a_row_whose_line_is_there_already_may_be_the_order_belows() -> None:
    rows = [row(), row(), row(order_number="A-2", line_number="2"), row(order_number="A-3")]
    _, orders = read(orders_file(rows))
    assert list(orders) == ["A-3"]


def test_a_row_of_another_buyer_may_be_the_order_belows() -> None:
    rows = [*THREE[:2], row(order_number="A-1", line_number="3", customer_number="K-2"), *THREE[2:]]
    _, orders = read(orders_file(rows))
    assert list(orders) == ["A-3"]


def test_the_last_row_of_an_order_may_carry_the_number_of_the_order_below() -> None:
    rows = [*THREE]
    rows[1] = rows[1] | {"order_number": "A-2", "line_number": "7"}
    _, orders = read(orders_file(rows))
    assert list(orders) == ["A-3"]


def test_leading_zeros_that_a_spreadsheet_keeps_are_read() -> None:
    lines = lines_of([row(), row(order_number="A-2", postal_code="'01069")])
    lines[1] = lines[1].replace("A-1", '="A-1"').replace("20457", '="01069"')
    file, orders = read("".join(lines).encode())
    assert faults(file) == []
    heads = {number: order.head.postal_code for number, order in orders.items() if order.head}
    assert heads == {"A-1": "01069", "A-2": "01069"}


def test_a_number_that_is_broken_by_a_line_end_rejects_the_order_below() -> None:
    lines = lines_of(THREE)
    lines[3] = lines[3].replace("A-2", "A-\n2")
    assert read_lines(lines)[1] == ["A-3"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("left", ["1", ""])
def test_a_file_that_ends_within_its_last_value_rejects_the_last_order(
    left: str, newline: str
) -> None:
    whole = newline.join(line.rstrip("\n") for line in lines_of(THREE))
    assert whole.endswith(",19")
    codes, orders, rejected = read_lines([whole.removesuffix("19") + left])
    assert (codes, orders, rejected) == ([(7, "cut_off")], ["A-1", "A-2"], 1)


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_file_that_only_lacks_its_last_line_end_is_whole(end: str) -> None:
    for last in ("19", "7", "19.0"):
        whole = "".join(lines_of(THREE)).removesuffix("19\n") + last + end
        assert read_lines([whole]) == ([], ["A-1", "A-2", "A-3"], 0)


def test_a_short_last_value_is_whole_if_its_line_ends_or_it_occurred_before() -> None:
    lines = lines_of(THREE)
    lines[6] = lines[6].replace(",19\n", ",1\n")
    assert read_lines(lines)[1:] == (["A-1", "A-2", "A-3"], 0)
    lines[5] = lines[6].replace(",2,L", ",1,L")
    lines[6] = lines[6].rstrip("\n")
    assert read_lines(lines)[2] == 0


def test_a_number_in_the_last_column_that_was_cut_off_rejects_the_neighbours() -> None:
    columns = (*(name for name in COLUMNS_GIVEN if name != "order_number"), "order_number")
    whole = orders_file(THREE, columns=columns).decode()
    _, orders, _ = read_lines([whole.removesuffix("-3\n")])
    assert orders == ["A-1", "A-2"]


@pytest.mark.parametrize("number", ["A\x1b-2", "\x00", ""])
def test_an_order_without_a_usable_number_counts_once_where_it_stands_alone(number: str) -> None:
    file, orders = read(orders_file([row(order_number=number)]))
    assert (file.rejected, orders) == (1, {})
