"""Numbers and dates in any usual way of writing are read as what was meant, or not at all."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.order_import.mapping.column_evidence import number_readings
from models.order_import.mapping.dates import ORDERS, date_order, read_date, read_serial
from models.order_import.mapping.numbers import DecimalMark, currencies_beside, is_standard, written

TWO_WAYS = {"point": "1250", "comma": "1.250"}


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1250", {"point": "1250", "comma": "1250"}),
        ("12.50", {"point": "12.50"}),
        ("12,50", {"comma": "12.50"}),
        ("1,250", TWO_WAYS),
        ("1.250", {"point": "1.250", "comma": "1250"}),
        ("0,125", {"comma": "0.125"}),
        ("0.125", {"point": "0.125"}),
        ("1234,567", {"comma": "1234.567"}),
        ("1.250,00", {"comma": "1250.00"}),
        ("1,250.00", {"point": "1250.00"}),
        ("1 250,00", {"comma": "1250.00"}),
        ("1\u00a0250,00", {"comma": "1250.00"}),
        ("1\u202f250,5", {"comma": "1250.5"}),
        ("1'250.00", {"point": "1250.00"}),
        ("1\u2019250", {"point": "1250", "comma": "1250"}),
        ("1.250.000", {"comma": "1250000"}),
        ("1,250,000", {"point": "1250000"}),
        ("1.250.00", {}),
        ("1,25,000", {}),
        ("12 50", {}),
        ("-12,5", {"comma": "-12.5"}),
        ("\u221212,5", {"comma": "-12.5"}),
        ("12,5-", {"comma": "-12.5"}),
        ("-12,5-", {}),
        ("+3,5", {"comma": "3.5"}),
        ("€ 12,50", {"comma": "12.50"}),
        ("-€12.50", {"point": "-12.50"}),
        ("12,50 EUR", {"comma": "12.50"}),
        ("CHF 1'250.00", {"point": "1250.00"}),
        ("€ 12,50 €", {}),
        ("12,50 %", {}),
        ("12,50 Stk", {}),
        ("1,12345E+14", {}),
        ("\u0663,\u0665", {}),
        (",", {}),
        ("", {}),
    ],
)
def test_a_number_has_these_readings(text: str, readings: dict[str, str]) -> None:
    assert number_readings(text, "money") == readings


def test_a_percent_sign_belongs_beside_a_percentage_only_and_money_s_beside_money() -> None:
    assert number_readings("19 %", "percent") == {"point": "19", "comma": "19"}
    assert number_readings("€ 19", "percent") == {}
    assert number_readings("€ 19", "") == {}


def test_a_sign_may_mean_several_currencies() -> None:
    assert currencies_beside("€") == {"EUR"}
    assert currencies_beside("CHF") == {"CHF"}
    assert {"USD", "CAD"} <= currencies_beside("$")
    assert currencies_beside("%") == frozenset()


numbers = st.decimals("-99999999", "99999999", allow_nan=False, places=6).map(
    lambda number: number.normalize()
)
GROUPS = {"point": ["", ",", " ", "\u00a0", "'"], "comma": ["", ".", " ", "\u202f", "\u2019"]}


@given(numbers, st.sampled_from(["point", "comma"]), st.data())
def test_a_number_that_is_written_and_read_in_one_way_comes_back(
    number: Decimal, mark: DecimalMark, data: st.DataObject
) -> None:
    group = data.draw(st.sampled_from(GROUPS[mark]))
    text = f"{number:,f}".replace(",", "g").replace(".", "." if mark == "point" else ",")
    text = text.replace("g", group)
    parts = written(text)
    assert parts is not None
    read = parts.read(mark)
    assert read is not None
    assert Decimal(read) == number
    assert is_standard(read)


@given(numbers, st.sampled_from(["point", "comma"]))
def test_the_other_way_reads_another_number_only_where_thousands_look_like_decimals(
    number: Decimal, mark: DecimalMark
) -> None:
    text = f"{number:f}".replace(".", "." if mark == "point" else ",")
    other: DecimalMark = "comma" if mark == "point" else "point"
    parts = written(text)
    assert parts is not None
    read = parts.read(other)
    three_decimals = -number.as_tuple().exponent == 3  # type: ignore[operator]
    assert read is None or Decimal(read) == number or three_decimals


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("2026-11-27", {"y-m-d": "2026-11-27"}),
        ("20261127", {"y-m-d": "2026-11-27"}),
        ("2026/11/7", {"y-m-d": "2026-11-07"}),
        ("2026-11-27T23:59:59Z", {"y-m-d": "2026-11-27"}),
        ("2026-11-27 00:30:00 +0200", {"y-m-d": "2026-11-27"}),
        ("2026-11-27T08:00:00.123+02:00", {"y-m-d": "2026-11-27"}),
        ("2026-11-27 00:00:00", {"y-m-d": "2026-11-27"}),
        ("27.11.2026", {"d.m.y": "2026-11-27"}),
        ("5.6.2026", {"d.m.y": "2026-06-05"}),
        ("27.11.26", {"d.m.y": "2026-11-27"}),
        ("27.11.2026, 10:15", {"d.m.y": "2026-11-27"}),
        ("11/27/2026", {"m/d/y": "2026-11-27"}),
        ("27/11/2026", {"d.m.y": "2026-11-27"}),
        ("05/06/2026", {"d.m.y": "2026-06-05", "m/d/y": "2026-05-06"}),
        ("5/6/26 3:15 PM", {"d.m.y": "2026-06-05", "m/d/y": "2026-05-06"}),
        ("05-06-2026", {"d.m.y": "2026-06-05", "m/d/y": "2026-05-06"}),
        ("2026-11-27 00:30 GMT+0200", {"y-m-d": "2026-11-27"}),
        ("2026-11-27T00:30+01:00[Europe/Berlin]", {"y-m-d": "2026-11-27"}),
        ("2026-11-27T00:30:00.000000+01", {"y-m-d": "2026-11-27"}),
        ("31.02.2026", {}),
        ("2026-13-01", {}),
        ("27.11/2026", {}),
        ("46353", {}),
        ("0000-01-01", {}),
        ("", {}),
    ],
)
def test_a_date_has_these_readings(text: str, readings: dict[str, str]) -> None:
    assert read_date(text) == readings


@pytest.mark.parametrize(
    "text",
    [
        "27 Nov 2026", "27. November 2026", "27.November 2026", "27-Nov-2026", "27/nov/2026",
        "27-Nov-26", "Nov 27, 2026", "November 27 2026", "Nov. 27th, 2026", "2026-Nov-27",
        "27th of November 2026", "Fri, 27 Nov 2026 00:15:00 +0100", "Freitag, 27. Nov. 2026",
        "Nov 27, 2026, 12:05 AM", "Fri Nov 27 2026 00:15:00 GMT+0100 (CET)",
        "27. November 2026 um 23:59 Uhr",
    ],
)  # fmt: skip
def test_a_month_s_name_leaves_one_reading_in_every_order(text: str) -> None:
    assert read_date(text) == dict.fromkeys(ORDERS, "2026-11-27")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1. März 2026", "2026-03-01"),
        ("3 Mrz 2026", "2026-03-03"),
        ("12. Jänner 2026", "2026-01-12"),
        ("Dez 5, 2026", "2026-12-05"),
        ("5 Mai 2026", "2026-05-05"),
        ("May 6, 2026", "2026-05-06"),
    ],
)
def test_months_have_their_english_and_german_names(text: str, day: str) -> None:
    assert set(read_date(text).values()) == {day}


@pytest.mark.parametrize(
    "text", ["31 Feb 2026", "27 Nova 2026", "soon 27 Nov 2026", "27 Nov", "Nov 2026", "27Nov2026"]
)
def test_what_is_no_day_with_a_month_s_name_is_not_read(text: str) -> None:
    assert read_date(text) == {}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("46353", "2026-11-27"), ("46353.75", "2026-11-27"), ("32874", "1990-01-01"),
        ("73050", "2099-12-31"), ("73051", None), ("32873", None), ("4635", None), ("463530", None),
        ("-46353", None), ("46353 EUR", None),
    ],
)  # fmt: skip
def test_a_spreadsheet_s_number_of_a_day_is_that_day(text: str, day: str | None) -> None:
    assert read_serial(text) == day


@given(
    st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y"]),
    st.sampled_from(["", " 08:15", "T08:15:00Z"]),
)
def test_a_date_in_any_order_is_among_its_readings(day: date, pattern: str, time: str) -> None:
    readings = read_date(day.strftime(pattern) + time)
    assert day.isoformat() in readings.values()
    others = set(readings.values()) - {day.isoformat()}
    assert others <= {day.replace(month=day.day, day=day.month).isoformat() if day.day < 13 else ""}


@pytest.mark.parametrize(
    ("named", "order"),
    [("d.m.y", "d.m.y"), ("D/M/Y", "d.m.y"), ("m-d-y", "m/d/y"), ("y-m-d", "y-m-d"), ("x", None)],
)
def test_an_order_is_named_by_its_letters(named: str, order: str | None) -> None:
    assert date_order(named) == order
