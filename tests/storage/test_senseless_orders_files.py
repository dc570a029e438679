"""A senseless file takes no more time than an orders file: it is skipped, or reading stops."""

import io
import time
from collections.abc import Callable

import pytest

import models.order_import.orders_file
from models.order_import.csv_file.order import FileOrder
from models.order_import.orders_file import OrdersFile
from tests.storage.orders_files import SELLERS, orders_file, row

SIZE = 1_000_000
FEW = 2_000  # faults, instead of 100,000
TIMES = 2  # at most twice as long as a sound file of that size; it was 4 to 30 times as long
HEADER, ROW, _ = orders_file([row(order_number="NUMBER")]).split(b"\n")
COLUMNS = HEADER.count(b",") + 1

SENSELESS: dict[str, Callable[[int], bytes]] = {
    "blank lines": lambda size: b"\n" * size,
    "blank lines of two bytes": lambda size: b"\r\n" * (size // 2),
    "lines of spaces": lambda size: b"   \n" * (size // 4),
    "one line of spaces": lambda size: b" " * size,
    "commas": lambda size: b",,,,\n" * (size // 5),
    "rows of nothing": lambda size: (b"," * (COLUMNS - 1) + b"\n") * (size // COLUMNS),
    "rows of an order number": lambda size: b"".join(
        b"A-%d" % n + b"," * (COLUMNS - 1) + b"\n" for n in range(size // (COLUMNS + 7))
    ),
    "letters": lambda size: b"x\n" * (size // 2),
    "open quotes": lambda size: b'"a\n' * (size // 3),
    "a quote on every line": lambda size: b'"\n' * (size // 2),
    "text after quotes": lambda size: b'"a"b\n' * (size // 5),
    "an open quote and blank lines": lambda size: b'"' + b"\n" * size,
    "one long quoted value": lambda size: b'"' + b"x" * size + b'"\n',
    "one long line": lambda size: b"x" * 2 * size,
    "NULs": lambda size: b"\0" * size,
    "a NUL on every line": lambda size: b"\0\n" * (size // 2),
    "bytes that are no text": lambda size: b"\xff\n" * (size // 2),
}


def sound(size: int) -> bytes:
    rows = (ROW.replace(b"NUMBER", b"A-%06d" % number) for number in range(size // len(ROW)))
    return b"\n".join(rows)


def seconds(body: bytes) -> float:
    """Processor time for reading it, the better of two times."""
    taken = []
    for _ in range(2):
        file = OrdersFile(io.BytesIO(HEADER + b"\n" + body), SELLERS)
        before = time.process_time()
        for _batch in file.batches():
            file.take_scattered()
        taken.append(time.process_time() - before)
    return min(taken)


@pytest.fixture(scope="module")
def of_a_sound_file() -> float:
    return seconds(sound(SIZE))


@pytest.mark.parametrize("kind", SENSELESS)
def test_a_senseless_file_takes_no_longer_than_a_sound_one(
    kind: str, of_a_sound_file: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.order_import.orders_file, "MAX_ERRORS", FEW)
    assert seconds(SENSELESS[kind](SIZE)) < TIMES * of_a_sound_file


def test_blank_lines_are_not_read_one_by_one(of_a_sound_file: float) -> None:
    assert seconds(b"\n" * SIZE) < of_a_sound_file / 4


def test_reading_stops_when_most_rows_are_faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.order_import.orders_file, "MAX_ERRORS", FEW)
    rows = [row(order_number=f"A-{n}", quantity="?") for n in range(2 * FEW)]
    file = OrdersFile(io.BytesIO(orders_file(rows)), SELLERS)
    assert not any(file.batches())
    assert (file.refused, file.errors.count) == (True, FEW + 2)
    assert file.errors.kept[-1].code == "too_many_faults"
    assert "2,001 faults in the first 2,001 rows" in file.errors.kept[-1].message


def test_many_faults_among_more_sound_rows_stop_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.order_import.orders_file, "MAX_ERRORS", 50)
    rows = [row(order_number=f"A-{n}", quantity="?" if n % 3 == 0 else "1") for n in range(900)]
    file = OrdersFile(io.BytesIO(orders_file(rows)), SELLERS)
    orders = [order for batch in file.batches() for order in batch]
    assert (file.refused, file.rejected, len(orders)) == (False, 300, 600)


def test_quotes_alone_on_their_lines_count_as_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.order_import.orders_file, "MAX_ERRORS", FEW)
    file = OrdersFile(
        io.BytesIO(HEADER + b"\n" + SENSELESS["a quote on every line"](SIZE)), SELLERS
    )
    assert not any(file.batches())
    assert file.errors.kept[-1].code == "too_many_faults"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("blanks", [1, 255, 256, 300_000])
def test_blank_lines_are_left_out_and_counted(newline: str, blanks: int) -> None:
    head, *rows = orders_file(
        [row(), row(order_number="A-2", quantity="?"), row(order_number="A-3")], newline=newline
    ).splitlines(keepends=True)
    gap = newline.encode() * blanks
    file = OrdersFile(io.BytesIO(gap + head + gap + gap.join(rows) + gap + b"  \t"), SELLERS)
    found = read(file)
    assert list(found) == ["A-1", "A-3"]
    lines = [order.first_row for order in found.values()]
    assert lines == [2 + 2 * blanks, 4 + 4 * blanks]
    assert [fault.line for fault in file.errors.kept] == [3 + 3 * blanks]


def test_blank_lines_within_a_value_stay() -> None:
    blanks = 1_000
    text = "above" + "\n" * blanks + "below"
    file = OrdersFile(
        io.BytesIO(orders_file([row(description=text), row(order_number="A-2")])), SELLERS
    )
    found = read(file)
    assert found["A-1"].lines[1].description == text
    assert found["A-2"].first_row == 3 + blanks


def test_rows_after_an_open_quote_and_blank_lines_are_read_again() -> None:
    head, first, second, _ = orders_file([row(), row(order_number="A-2")]).split(b"\n")
    body = b"\n".join([head, b'A-0,"', b"\n" * 200_000 + first, second, b""])
    file = OrdersFile(io.BytesIO(body), SELLERS)
    found = read(file)
    assert [fault.code for fault in file.errors.kept] == ["unclosed_quote"]
    assert {number: order.first_row for number, order in found.items()} == {
        "A-1": 200_003, "A-2": 200_004
    }  # fmt: skip


def read(file: OrdersFile) -> dict[str, FileOrder]:
    return {order.number: order for batch in file.batches() for order in batch}
