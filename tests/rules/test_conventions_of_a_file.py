"""A file's own way of writing numbers and dates is found, or one finding names both readings."""

from collections.abc import Iterator, Sequence

import pytest

from models.order_import.csv_file.value_problem import ValueProblem
from models.order_import.errors import Unreadable, row_error
from models.order_import.mapping.conventions import Conventions, UnsureReading
from models.order_import.mapping.standard_values import Record, standard_records
from models.order_import.table_file.records import Damage

NAMES = ("order_date", "currency", "quantity", "unit_price", "tax_percent", "description")
PLAIN = ("2026-11-27", "EUR", "1", "12.50", "19", "1,5")
NO_CHOICE = Conventions()


class File:
    """Rows under a header; counts how often it is read from its start."""

    def __init__(self, *rows: Sequence[str] | Damage, ends_with: Unreadable | None = None) -> None:
        self._rows = rows
        self._ends_with = ends_with
        self.openings = 0

    def open(self) -> Iterator[Record]:
        self.openings += 1
        yield 1, list(NAMES), False
        for line, row in enumerate(self._rows, start=2):
            yield line, row if isinstance(row, Damage) else list(row), False
        if self._ends_with:
            raise self._ends_with


def row(**changes: str) -> tuple[str, ...]:
    return tuple((dict(zip(NAMES, PLAIN, strict=True)) | changes).values())


def rows_of(
    file: File, given: Conventions = NO_CHOICE, *, apart: bool = False
) -> list[list[str] | Damage]:
    records = list(standard_records(file.open, lambda names: names, given, "USD", apart=apart))
    assert [line for line, _, _ in records] == list(range(1, len(records) + 1))
    assert records[0][1] == list(NAMES)
    return [fields for _, fields, _ in records[1:]]


def column(name: str, *values: str, given: Conventions = NO_CHOICE) -> list[str]:
    """The values of a column, read in a file whose other columns are standard."""
    read = rows_of(File(*(row(**{name: value}) for value in values)), given)
    return [fields[NAMES.index(name)] for fields in read if isinstance(fields, list)]


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (["1.250", "7.125"], ["1.250", "7.125"]),
        (["12,50", "7"], ["12.50", "7"]),
        (["12,50", "1.250", "1,250"], ["12.50", "1250", "1.250"]),
        (["12.50", "1,250", "1.250"], ["12.50", "1250", "1.250"]),
        (["1,250.00", "1,250"], ["1250.00", "1250"]),
        (["1 250", "7"], ["1250", "7"]),
        (["€ 12,50", "1.250,00 €"], ["12.50", "1250.00"]),
        (["EUR 12.50", "7.00"], ["12.50", "7.00"]),
        (["12,50", "n/a", ""], ["12.50", "n/a", ""]),
        (["12.50", "13.50", "1,5"], ["12.50", "13.50", "1,5"]),
        (["12.50", "1.2.3"], ["12.50", "1.2.3"]),
    ],
)
def test_prices_are_read_as_their_column_is_written(values: list[str], read: list[str]) -> None:
    assert column("unit_price", *values) == read


@pytest.mark.parametrize(
    ("values", "code", "parts"),
    [
        (["1,250", "3,500"], "ambiguous_numbers", ["“1,250”", "1250 (", "1.250 (", "unit_price"]),
        (["1,250", "2.500"], "ambiguous_numbers", ["“1,250”"]),
        (["12,50", "13,50", "7.5"], "mixed_numbers", ["“12,50” on line 2", "“7.5” on line 4"]),
    ],
)
def test_one_finding_names_the_column_and_both_readings_of_its_numbers(
    values: list[str], code: str, parts: list[str]
) -> None:
    with pytest.raises(UnsureReading) as caught:
        column("unit_price", *values)
    (error,) = caught.value.errors
    assert (error.code, error.column) == (code, "unit_price")
    assert all(part in error.message for part in parts), error.message
    assert "--decimal comma" in error.finding.remedy


def test_a_decimal_comma_elsewhere_in_the_file_settles_what_a_comma_is() -> None:
    file = File(row(quantity="1,000", unit_price="12,50"), row(quantity="2,500", unit_price="3"))
    assert [fields[2:4] for fields in rows_of(file)] == [["1.000", "12.50"], ["2.500", "3"]]


def test_rejected_rows_without_the_rows_that_showed_their_decimals_are_unsure() -> None:
    alone = File(row(unit_price="1.500"))
    with pytest.raises(UnsureReading, match=r"1\.500 .*or 1500 "):
        rows_of(alone, apart=True)
    assert rows_of(alone) == [list(row(unit_price="1.500"))]
    chosen = rows_of(alone, Conventions(decimal="comma"), apart=True)
    assert chosen == [list(row(unit_price="1500"))]
    shown = File(row(unit_price="1.500", quantity="0.5"))
    assert rows_of(shown, apart=True) == [list(row(unit_price="1.500", quantity="0.5"))]


@pytest.mark.parametrize("quantity", ["1.250", "1,250"])
def test_the_other_mark_in_a_column_of_its_own_stays_unsure(quantity: str) -> None:
    price = "12,50" if "." in quantity else "12.50"
    with pytest.raises(UnsureReading):
        rows_of(File(row(quantity=quantity, unit_price=price)))


@pytest.mark.parametrize(
    ("mark", "read"),
    [("comma", ["1.250", ValueProblem("7.5", "not_a_number", "")]), ("point", ["1250", "7.5"])],
)
def test_whoever_chooses_the_mark_gets_that_reading_and_nothing_else(
    mark: str, read: list[str]
) -> None:
    given = Conventions(decimal=mark)  # type: ignore[arg-type]
    values = column("unit_price", "1,250", "7.5", given=given)
    assert (values, [type(value) for value in values]) == (read, [type(value) for value in read])


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (["27.11.2026", "5.6.2026"], ["2026-11-27", "2026-06-05"]),
        (["27/11/2026", "05/06/2026"], ["2026-11-27", "2026-06-05"]),
        (["11/27/2026", "05/06/2026"], ["2026-11-27", "2026-05-06"]),
        (["20261127", "20260605"], ["2026-11-27", "2026-06-05"]),
        (["2026-11-27T10:00:00Z", "2026-11-27"], ["2026-11-27", "2026-11-27"]),
        (["05/05/2026", "06/06/2026"], ["2026-05-05", "2026-06-06"]),
        (["27.11.2026", "soon", ""], ["2026-11-27", "soon", ""]),
        (["2026-11-27", "2026-11-28", "27.11.2026"], ["2026-11-27", "2026-11-28", "27.11.2026"]),
        (["Nov 27, 2026", "5. Juni 2026"], ["2026-11-27", "2026-06-05"]),
        (["Nov 27, 2026", "27/11/2026", "5/6/2026"], ["2026-11-27", "2026-11-27", "2026-06-05"]),
        (["46353", "46354.5", ""], ["2026-11-27", "2026-11-28", ""]),
        (["46353", "n/a"], ["46353", "n/a"]),
        (["46353", "27.11.2026"], ["46353", "2026-11-27"]),
        (["46353", "27 Nov 2026"], ["46353", "2026-11-27"]),
    ],
)
def test_dates_are_read_as_their_column_is_written(values: list[str], read: list[str]) -> None:
    assert column("order_date", *values) == read


@pytest.mark.parametrize(
    ("values", "code", "parts"),
    [
        (["05/06/2026"], "ambiguous_dates", ["“05/06/2026”", "2026-06-05", "2026-05-06"]),
        (["27/11/2026", "11/28/2026"], "mixed_dates", ["“27/11/2026” on line 2", "on line 3"]),
        (["2026-11-27", "1.6.2026", "2.6.2026"], "mixed_dates", ["“1.6.2026” on line 3"]),
    ],
)
def test_one_finding_names_the_column_and_both_readings_of_its_dates(
    values: list[str], code: str, parts: list[str]
) -> None:
    with pytest.raises(UnsureReading) as caught:
        column("order_date", *values)
    (error,) = caught.value.errors
    assert (error.code, error.column) == (code, "order_date")
    assert all(part in error.message for part in parts), error.message
    assert "--dates" in error.finding.remedy


def test_whoever_chooses_the_order_of_dates_gets_it() -> None:
    given = Conventions(dates="m/d/y")
    assert column("order_date", "05/06/2026", "27/11/2026", given=given) == [
        "2026-05-06",
        "27/11/2026",
    ]


@pytest.mark.parametrize(
    ("price", "currency", "read"),
    [
        ("€ 12,50", "", ["EUR", "12.50"]),
        ("€ 12,50", "EUR", ["EUR", "12.50"]),
        ("€ 12,50", "CHF", ["CHF", "€ 12,50"]),
        ("$ 12,50", "usd", ["usd", "12.50"]),
        ("$ 12,50", "", ["", "12.50"]),
        ("¥ 12,50", "", ["", "¥ 12,50"]),
    ],
)
def test_a_currency_beside_a_price_agrees_with_the_order_s_or_the_price_is_not_read(
    price: str, currency: str, read: list[str]
) -> None:
    (fields,) = rows_of(File(row(unit_price=price, currency=currency)))
    assert isinstance(fields, list)
    assert [fields[1], fields[3]] == read


def test_a_standard_file_is_read_once_and_its_rows_stay_as_they_are() -> None:
    file = File(*[row(quantity=" 2 ", unit_price="-.5", tax_percent="")] * 2_500, ("short",))
    assert rows_of(file)[-2:] == [
        list(row(quantity=" 2 ", unit_price="-.5", tax_percent="")),
        ["short"],
    ]
    assert file.openings == 1


def test_a_column_of_whole_numbers_shows_its_decimal_comma_thousands_of_rows_later() -> None:
    file = File(*[row(unit_price="12")] * 3_000, row(unit_price="12,50"), Damage("x", "y", "z"))
    read = rows_of(file)
    assert read[0][3] == "12"  # type: ignore[index]
    assert read[3_000][3] == "12.50"  # type: ignore[index]
    assert isinstance(read[3_001], Damage)


@pytest.mark.parametrize("price", ["12.50", "12,50"])
def test_the_rows_before_an_unreadable_line_are_passed_on(price: str) -> None:
    end = Unreadable(row_error(3, None, "line_too_long", "Too long."))
    records = standard_records(
        File(row(unit_price=price), ends_with=end).open, lambda names: names, NO_CHOICE, "EUR"
    )
    assert next(records)[0] == 1
    assert next(records)[1][3] == "12.50"  # type: ignore[index]
    with pytest.raises(Unreadable):
        next(records)
