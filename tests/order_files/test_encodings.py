"""The encoding is what the user says, what the file says, or certain; else odd bytes are faults."""

import io

import pytest

from models.order_import.table_file.table import open_table
from tests.order_files.reading import refusal_of

HEADER = "order_number,customer_name,note\n"
CERTAIN = {
    "UTF-8": (HEADER + "A,Söhne,…\n").encode(),
    "ASCII": (HEADER + "A,b,c\n").encode(),
    "UTF-8 that is cut off": (HEADER + "A,Söhne,ö").encode()[:-1],
    "Windows-1252": (HEADER + "A,Söhne & Töchter,„5 €“ … Ž\n").encode("windows-1252"),
    "one letter of Windows-1252 after much ASCII": HEADER.encode()
    + b"A,b,c\n" * 90_000
    + b"A,\xe9,c\n",
    "UTF-16 without a mark": (HEADER + "A,Söhne,€\n").encode("utf-16-le"),
    "UTF-16, the high byte first": (HEADER + "A,Söhne,€\n").encode("utf-16-be"),
}
ENCODING = {"UTF-8": "utf-8", "ASCII": "utf-8", "Windows-1252": "windows-1252"}
UNCERTAIN = {
    "UTF-8 in one row, Windows-1252 in another": HEADER.encode() + b"M\xc3\x84,b,c\nM\xc4,b,c\n",
    "a byte that Windows-1252 lacks": HEADER.encode() + b"A,S\xf6hne,\x81\n",
    "a control character": HEADER.encode() + b"A,S\xf6hne,\x00\n",
    "UTF-8 beyond the first part, after Windows-1252": (
        HEADER.encode() + b"A,\xf6,c\n" + b"A,b,c\n" * 90_000 + "A,€,c\n".encode()
    ),
}


def encoding_of(data: bytes, said: str | None = None) -> str:
    return open_table(io.BytesIO(data), encoding=said).dialect.encoding


@pytest.mark.parametrize("kind", CERTAIN)
def test_a_certain_encoding_is_used(kind: str) -> None:
    found = encoding_of(CERTAIN[kind])
    if "Windows" in kind:
        assert found == "windows-1252"
    elif "UTF-16" in kind:
        assert found == ("utf-16-be" if "high" in kind else "utf-16-le")
    else:
        assert found == "utf-8"


def test_windows_1252_is_read_as_it_is_written() -> None:
    table = open_table(io.BytesIO(CERTAIN["Windows-1252"]))
    (_, _, odd), (_, fields, _) = table.records()
    assert (odd, fields) == (False, ["A", "Söhne & Töchter", "„5 €“ … Ž"])


@pytest.mark.parametrize("kind", UNCERTAIN)
def test_what_is_not_certain_stays_utf8_and_its_odd_bytes_are_marked(kind: str) -> None:
    table = open_table(io.BytesIO(UNCERTAIN[kind]))
    assert table.dialect.encoding == "utf-8"
    odd = [fields for _, fields, is_odd in table.records() if is_odd]
    assert any(not is_text(value) for fields in odd for value in fields)


def is_text(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def test_the_user_decides_what_is_not_certain() -> None:
    data = UNCERTAIN["UTF-8 in one row, Windows-1252 in another"]
    table = open_table(io.BytesIO(data), encoding=" Windows-1252 ")
    assert [fields[0] for _, fields, _ in table.records()] == ["order_number", "MÃ„", "MÄ"]


def test_a_byte_that_the_said_encoding_lacks_is_marked() -> None:
    table = open_table(io.BytesIO(b"a,b\n1,\x81\n"), encoding="windows-1252")
    (*_, (_, fields, odd)) = table.records()
    assert (odd, is_text(fields[1])) == (True, False)


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_stronger_than_the_user(mark: str) -> None:
    table = open_table(io.BytesIO("a,ö\n".encode(mark)), encoding="windows-1252")
    assert [fields for _, fields, _ in table.records()] == [["a", "ö"]]


def test_half_a_character_at_the_end_of_utf16_is_marked() -> None:
    table = open_table(io.BytesIO("a,b\n1,2".encode("utf-16")[:-1]))
    (*_, (_, fields, odd)) = table.records()
    assert (odd, fields[0], is_text(fields[1])) == (True, "1", False)


def test_a_lone_surrogate_in_utf16_is_marked() -> None:
    data = "a,b\n1,".encode("utf-16") + b"\x00\xd8" + "x\n".encode("utf-16-le")
    (*_, (_, fields, odd)) = open_table(io.BytesIO(data)).records()
    assert (odd, is_text(fields[1])) == (True, False)


def test_an_unknown_encoding_is_refused() -> None:
    code, message = refusal_of(b"a,b\n1,2\n", encoding="ebcdic")
    assert code == "unknown_encoding"
    assert "utf-8, utf-16, windows-1252" in message
