"""Rejected rows are written like the file they came from, and read back to the same values."""

import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.order_import.mapping.choosing import NOTHING_KNOWN, Choice, chosen_records
from models.order_import.mapping.conventions import UnsureReading
from models.order_import.mapping.mapping import Mapping
from models.order_import.table_file.dialect import Dialect
from models.order_import.table_file.rejected_rows_file import rejected_rows_file
from models.order_import.table_file.table import open_table
from tests.order_files.reading import rows_of

HEADER = ["order_number", "customer_name", "quantity"]
TEXTS = st.text(st.sampled_from("aZ09 ,;|'\"<&>-.ÄßéŽ€“\n"), max_size=8).map(str.strip)
ROWS = st.lists(
    st.tuples(st.tuples(st.text("AB12", min_size=1, max_size=4), TEXTS, TEXTS), TEXTS), max_size=5
)
DIALECTS = st.one_of(
    st.builds(
        Dialect,
        separator=st.sampled_from(",;\t|"),
        encoding=st.sampled_from(["utf-8", "windows-1252"]),
        newline=st.sampled_from(["\n", "\r\n", "\r"]),
        separator_line=st.booleans(),
    ),
    st.builds(
        Dialect,
        encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
        byte_order_mark=st.just(True),
    ),
    st.sampled_from([Dialect("xlsx", sheet="x"), Dialect("ods", sheet="x")]),
)


def written(
    dialect: Dialect, header: list[str], rows: list[tuple[tuple[str, ...], str]]
) -> io.BytesIO:
    return io.BytesIO(b"".join(rejected_rows_file(dialect, header, rows)))


@given(DIALECTS, ROWS)
def test_rejected_rows_read_back_the_same(
    dialect: Dialect, rows: list[tuple[tuple[str, ...], str]]
) -> None:
    file = written(dialect, HEADER, rows)
    said = {"encoding": "windows-1252"} if dialect.encoding == "windows-1252" else {}
    table = open_table(file, **said)
    assert [without_guard(fields) for _, fields, _ in table.records()] == [
        [*HEADER, "problem"],
        *(without_guard([*values, problem]) for values, problem in rows),
    ]
    assert replace(table.dialect, sheet=None) == replace(dialect, sheet=None)


def without_guard(values: object) -> list[str]:
    """The values without the apostrophe that keeps a spreadsheet from running them."""
    assert isinstance(values, list)
    return [value[1:] if value[:2] in ("'-", "'=", "'+", "'@") else value for value in values]


FORMULAS = ("=1+1", "+1-cmd|x", "-2+3", "@SUM(A1)", "\t=1", "\r=1")


def test_a_formula_is_made_harmless_and_a_number_is_left_alone() -> None:
    rows = [((formula, "-2", "+1,50"), "=problem") for formula in FORMULAS]
    text = written(Dialect(separator=";"), HEADER, rows).getvalue().decode()
    assert "\n-2;" not in text
    for line in rows_of(text.encode())[1:]:
        assert isinstance(line, list)
        assert line[0].startswith("'")
        assert line[1:] == ["-2", "+1,50", "'=problem"]


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_every_cell_of_a_workbook_is_text(kind: str) -> None:
    values = ("=1+1", "01069", "2026-11-27")
    dialect = Dialect("xlsx" if kind == "xlsx" else "ods")
    file = written(dialect, HEADER, [(values, "19%")])
    assert rows_of(file)[1] == [*values, "19%"]
    with ZipFile(file) as archive:
        part = "xl/worksheets/sheet1.xml" if kind == "xlsx" else "content.xml"
        content = archive.read(part).decode()
    assert "<f>" not in content
    assert "formula" not in content
    assert content.count('t="inlineStr"') + content.count('value-type="string"') == 8


def test_no_program_drops_spaces_of_a_spreadsheet() -> None:
    """OpenDocument 1.3, part 3, 6.1.2: white space collapses unless it is an element."""
    file = written(Dialect("ods"), ["a"], [((" x  y ",), "p")])
    with ZipFile(file) as archive:
        content = archive.read("content.xml").decode()
    assert "<text:p><text:s/>x <text:s/>y<text:s/></text:p>" in content
    assert rows_of(file)[1] == [" x  y ", "p"]


def test_the_problems_of_an_earlier_file_are_replaced() -> None:
    header = ["order_number", " Problem ", "quantity"]
    file = written(Dialect(), header, [(("A", "old", "1"), "new"), (("B",), "short")])
    assert rows_of(file) == [
        ["order_number", "quantity", "problem"],
        ["A", "1", "new"],
        ["B", "", "short"],
    ]


def test_the_problem_of_a_shifted_row_stands_behind_its_surplus_values() -> None:
    file = written(Dialect(), ["a", "b"], [(("1", "2", "3"), "shifted")])
    assert rows_of(file)[1] == ["1", "2", "3", "shifted"]


def test_bytes_that_are_no_text_are_written_as_they_came() -> None:
    data = b"a,b\nM\xc3\x84,1\nM\xc4,2\n"
    (_, header, _), *rows = open_table(io.BytesIO(data)).records()
    rejected = [(tuple(fields), "p") for _, fields, _ in rows if isinstance(fields, list)]
    assert isinstance(header, list)
    file = written(Dialect(), header, rejected)
    assert file.getvalue() == b"a,b,problem\nM\xc3\x84,1,p\nM\xc4,2,p\n"


def test_what_the_encoding_lacks_becomes_a_question_mark() -> None:
    file = written(Dialect(encoding="windows-1252"), ["a"], [(("é→",), "Łódź")])
    assert file.getvalue() == "a,problem\né?,?ód?\n".encode("windows-1252")


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_workbook_has_no_character_that_xml_lacks(kind: str) -> None:
    dialect = Dialect("xlsx" if kind == "xlsx" else "ods")
    file = written(dialect, ["a"], [(("x\x07\udcff\ufffe&<y",), "p")])
    assert rows_of(file)[1] == ["x\ufffd\ufffd\ufffd&<y", "p"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_a_file_comes_in_parts_and_memory_does_not_grow_with_its_rows(kind: str) -> None:
    dialect = {"csv": Dialect(), "xlsx": Dialect("xlsx"), "ods": Dialect("ods")}[kind]

    def read_ahead(count: int) -> tuple[int, int]:
        """The most rows that were read between two parts, and the most memory."""
        taken = most = 0

        def rows() -> Iterator[tuple[tuple[str, ...], str]]:
            nonlocal taken
            for taken in range(1, count + 1):
                yield (f"A-{taken}", "x" * 1_000, "1"), "p"

        tracemalloc.start()
        before = 0
        for _ in rejected_rows_file(dialect, HEADER, rows()):
            most, before = max(most, taken - before), taken
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert taken == count
        return most, size

    read_ahead(10)
    ahead, memory = read_ahead(2_000)
    assert ahead < 200
    assert memory < read_ahead(500)[1] + 300_000


def test_a_number_that_other_rows_explained_is_a_question_in_the_mended_file() -> None:
    data = b"order_number;unit_price;quantity;Problem\nA-1;1.500;x;why\n"
    mapping = Mapping({name: (name,) for name in ("order_number", "unit_price", "quantity")})
    choice = Choice("saved", "", mapping)
    with pytest.raises(UnsureReading):
        list(chosen_records(open_table(io.BytesIO(data)), choice, NOTHING_KNOWN, "EUR"))
    records = chosen_records(
        open_table(io.BytesIO(data.replace(b"Problem", b"Note"))), choice, NOTHING_KNOWN, "EUR"
    )
    assert "1.500" in list(records)[1][1]
