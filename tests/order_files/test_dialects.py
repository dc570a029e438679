"""Whatever program wrote the text, its rows read back the same."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.order_import.table_file import text_lines
from models.order_import.table_file.records import Damage
from models.order_import.table_file.table import open_table
from tests.order_files.reading import lines_of, rows_of

NAMES = ["order_number", "customer_name", "quantity", "note"]
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "windows-1252": "windows-1252",
}
QUOTING = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL}
# What all encodings have; a line end within a value stays as it is.
TEXTS = st.text(st.sampled_from("aZ09 ,;|\t'\"=-+.ÄßéŽ€“\n"), max_size=8)
ROWS = st.lists(
    st.tuples(st.text("AB-12", min_size=1, max_size=5), TEXTS, TEXTS, TEXTS), max_size=6
)


def written(
    rows: list[list[str]], separator: str, quoting: int, newline: str, hint: bool = False
) -> str:
    lines = []
    for row in rows:
        # With CRLF the writer quotes every value with a CR or LF in it.
        line = io.StringIO()
        csv.writer(line, delimiter=separator, quoting=quoting).writerow(row)  # type: ignore[arg-type]
        lines.append(line.getvalue().removesuffix("\r\n") + newline)
    return (f"sep={separator}{newline}" if hint else "") + "".join(lines)


@example([("A", '"', "ü", "")], ";", "minimal", "windows-1252", "\r", True)
@example([("A", "\n", "", "1")], "\t", "all", "utf-16", "\r\n", False)
@example([("1", "Ž", "ŽŽ", "ŽŽŽ")], ",", "minimal", "utf-16-le", "\n", False)
@given(
    ROWS,
    st.sampled_from(",;\t|"),
    st.sampled_from([*QUOTING]),
    st.sampled_from([*ENCODINGS]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_any_rows_in_any_dialect_read_back_the_same(
    rows: list[tuple[str, ...]],
    separator: str,
    quoting: str,
    encoding: str,
    newline: str,
    hint: bool,
) -> None:
    given_rows = [NAMES, *map(list, rows)]
    text = written(given_rows, separator, QUOTING[quoting], newline, hint)
    # Some letters of Windows-1252 side by side are one letter of UTF-8.
    said = encoding if encoding == "windows-1252" else None
    table = open_table(io.BytesIO(text.encode(encoding)), encoding=said)
    assert [fields for _, fields, _ in table.records()] == given_rows
    dialect = table.dialect
    assert (dialect.separator, dialect.separator_line) == (separator, hint)
    assert dialect.newline == newline
    assert dialect.encoding == ENCODINGS[encoding]
    assert dialect.byte_order_mark == (encoding in ("utf-8-sig", "utf-16"))


HEADER = "order_number;customer_name;quantity"
FOUND = {
    "a comma in a quoted name": ('order_number;"name, first";quantity\nA;b;1,5\n', ";"),
    "decimal commas in every row": (f"{HEADER}\nA;b;1,50\nB;b;2,50\n", ";"),
    "quoted names with commas, by tabs": ('"a, b"\t"c"\t"d"\nA\tb\tc\n', "\t"),
    "pipes": ("order_number|customer_name|note\nA|b,c;d|e\n", "|"),
    "as many commas as semicolons, the rows decide": ("a, b;c\nA;b\nC;d\n", ";"),
    "the same the other way round": ("a; b,c\nA,b\nC,d\n", ","),
    "one column": ("order_number\nA\n", ","),
    "a line break in the header": ('"order\nnumber";"name"\nA;b\n', ";"),
    "blank lines above": (f"\n\n{HEADER}\nA;b;1\n", ";"),
    "a hint for tabs": ("sep=\t\norder_number\tname\nA\tb\n", "\t"),
    "a hint for a caret": ("sep=^\norder_number^name\nA^b\n", "^"),
    "a quoted hint": (f'"sep=;"\n{HEADER}\nA;b;1\n', ";"),
    "a padded hint": (f"SEP=;;;\n{HEADER}\nA;b;1\n", ";"),
    "a wrong hint": (f"sep=,\n{HEADER}\nA;b;1\n", ";"),
}


@pytest.mark.parametrize("kind", FOUND)
def test_the_separator_is_found_by_looking(kind: str) -> None:
    text, separator = FOUND[kind]
    table = open_table(io.BytesIO(text.encode()))
    assert table.dialect.separator == separator
    rows = [fields for _, fields, _ in table.records()]
    assert rows[0] == next(csv.reader(io.StringIO(without_hint(text)), delimiter=separator))
    assert isinstance(rows[1], list)
    assert rows[1][0] == "A"


def without_hint(text: str) -> str:
    first, _, rest = text.lstrip("\n").partition("\n")
    return rest if "sep=" in first.lower() else text.lstrip("\n")


def test_the_hint_counts_as_a_line() -> None:
    assert lines_of(b"sep=,\na,b\n1,2\n") == [2, 3]


def test_the_records_can_be_read_again() -> None:
    table = open_table(io.BytesIO(b"sep=;\na;b\n1;2\n"))
    assert list(table.records()) == list(table.records())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a,b\r1,2\r3,4", [1, 2, 3]),
        ("a,b\r\n1,2\r3,4\n5,6\r\n", [1, 2, 3, 4]),
        ('a,b\r1,"x\ry"\r3,4\r', [1, 2, 4]),
        ("\r\r\ra,b\r1,2\r", [4, 5]),
        ("a,b\r" + "\r" * 300 + "1,2", [1, 302]),
        ("a,b\n" + "\r\n" * 300 + "1,2", [1, 302]),
    ],
)
def test_lines_end_with_cr_lf_or_both(text: str, lines: list[int]) -> None:
    assert lines_of(text.encode()) == lines


def test_a_long_file_of_cr_lines_is_no_long_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lines, "MAX_LINE_BYTES", 100_000)
    lines = "".join(f"A-{n},{'x' * (n % 50)}\r" for n in range(20_000))
    assert lines_of(f"a,b\r{lines}".encode()) == [*range(1, 20_002)]


BLANK = {
    "separators within the rows": ("a,b,c\n1,2,3\n,,\n4,5,6\n", [["1", "2", "3"], ["4", "5", "6"]]),
    "separators at the end": ("a,b\n1,2\n" + ",\n" * 200, [["1", "2"]]),
    "quoted emptiness": ('a,b\n"",""\n1,2\n', [["1", "2"]]),
    "spaces between separators": ("a;b\n ; \n1;2\n", [["1", "2"]]),
    "tabs": ("a\tb\n\t\n1\t2\n", [["1", "2"]]),
    "a row of nothing above the header": (",\na,b\n1,2\n", [["1", "2"]]),
    "padded header and rows": ("a,b,,,\n1,2,,,\n", [["1", "2"]]),
    "padded header only": ("a,b,,\n1,2\n", [["1", "2"]]),
    "padded rows only": ("a,b\n1,2,,,\n3,4\n5,6, ,\n", [["1", "2"], ["3", "4"], ["5", "6"]]),
    "one row longer than the others": (
        "a,b\n1,2\n3,4,\n5,6\n",
        [["1", "2"], ["3", "4", ""], ["5", "6"]],
    ),
    "one row longer among padded ones": (
        "a,b\n1,2,\n3,4,,\n5,6,\n",
        [["1", "2"], ["3", "4", ""], ["5", "6"]],
    ),
    "one row shorter among padded ones": (
        "a,b\n1,2,\n3,,\n4,\n5,6,\n",
        [["1", "2"], ["3", ""], ["4"], ["5", "6"]],
    ),
    "one row shorter, full": (
        "a,b\n1,2,\n5,6,\n3,4\n7,8,\n",
        [["1", "2"], ["5", "6"], ["3", "4"], ["7", "8"]],
    ),
    "the first row longer": ("a,b\n1,2,\n3,4\n", [["1", "2", ""], ["3", "4"]]),
    "every row one longer": ("a,b\n1,2,\n3,,\n", [["1", "2"], ["3", ""]]),
    "every row one longer, header too": ("a,b,\n1,2,\n", [["1", "2"]]),
    "text behind a padded header": ("a,b,,\n1,2,,x\n", [["1", "2", "", "x"]]),
    "text behind the last column": ("a,b\n1,2,3\n", [["1", "2", "3"]]),
    "a row without its first value": ("a,b\n,2\n", [["", "2"]]),
    "an unnamed column between others": ("a,,b\n1,x,2\n", [["1", "x", "2"]]),
}


@pytest.mark.parametrize("kind", BLANK)
def test_rows_and_columns_of_nothing_carry_nothing(kind: str) -> None:
    text, rows = BLANK[kind]
    assert rows_of(text.encode())[1:] == rows


LONG = 3_000_000


@pytest.mark.parametrize(
    "value",
    ["x" * LONG, '"' + "x" * LONG + '"', '"' + ("x" * 99 + "\n") * 9_000 + '"'],
    ids=["plain", "quoted", "of many lines"],
)
def test_a_huge_value_harms_no_row(value: str) -> None:
    rows = rows_of(f"a,b,c\n1,{value},2\n3,x,4\n".encode())
    assert [row[::2] for row in rows if isinstance(row, list)] == [
        ["a", "c"],
        ["1", "2"],
        ["3", "4"],
    ]


DAMAGED = {
    "all quoted": ('"Q-1","2026","27" schwarz","9"', ",", ["Q-1", "2026"]),
    "all quoted, semicolons": ('"Q-1";"a;b";"27" schwarz"', ";", ["Q-1", "a;b"]),
    "doubled quotes before the damage": ('"Q""1","a","x"y"', ",", ['Q"1', "a"]),
    "plain before quoted": ('Q-1,,"x"y,z', ",", ["Q-1", ""]),
    "by tabs": ('Q-1\t"a\tb"\t"x"y', "\t", ["Q-1", "a\tb"]),
    "damaged in its first value": ('"Q-1"x,a,b', ",", []),
    "a quote that opens in the first value": ('"Q-1,a,b', ",", []),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_what_stands_before_the_damage_is_known(kind: str) -> None:
    line, separator, values = DAMAGED[kind]
    header = separator.join(NAMES)
    sound = separator.join(["A-1", "b", "c", "d"])
    _, damage, after = rows_of(f"{header}\n{line}\n{sound}\n".encode())
    assert isinstance(damage, Damage)
    assert damage.leading_values() == values
    assert after == ["A-1", "b", "c", "d"]


def test_a_damaged_row_is_shown_as_a_person_would_read_it() -> None:
    _, damage = rows_of(b'a,b,c,d\n"Q-1",2026,"Monitor 27" black","9"\n')
    assert isinstance(damage, Damage)
    assert damage.likely_values() == ["Q-1", "2026", 'Monitor 27" black', "9"]
