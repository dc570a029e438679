"""Figures and dates on pages: exact, grouped, with the currency's decimals."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext

import pytest

from models.order_import.table_file.dialect import Dialect
from web import formatting


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        ("1234.5", "EUR", "1,234.50"),
        ("1234567.00", "EUR", "1,234,567.00"),
        ("1234.000", "JPY", "1,234"),
        ("1.5", "KWD", "1.500"),
        ("0.0375", "EUR", "0.0375"),
        ("-12.5", "EUR", "-12.50"),
        ("0", "EUR", "0.00"),
        ("12.5", "ZZZ", "12.5"),
    ],
)
def test_money_has_its_currencys_decimals_or_more(value: str, currency: str, shown: str) -> None:
    assert formatting.money(Decimal(value), currency) == shown


def test_no_digit_of_a_long_amount_is_lost() -> None:
    long = "999999999999." + "123456789" * 5
    with localcontext(prec=6):
        assert formatting.money(Decimal(long), "EUR").replace(",", "") == long


@pytest.mark.parametrize(
    ("value", "shown"), [("12.000", "12"), ("1500.25", "1,500.25"), ("1E+3", "1,000"), ("0", "0")]
)
def test_a_quantity_has_no_needless_decimals(value: str, shown: str) -> None:
    assert formatting.quantity(Decimal(value)) == shown


def test_a_percentage_is_not_separated_from_its_sign() -> None:
    assert formatting.percent(Decimal("5.50")) == "5.5\u00a0%"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.2, "under 1 s"),
        (8.24, "8.2 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
    ],
)
def test_a_longer_duration_is_shown_less_exactly(seconds: float, shown: str) -> None:
    assert formatting.duration(seconds) == shown


def test_known_codes_are_shown_as_words() -> None:
    assert formatting.unit("HUR") == "h"
    assert formatting.unit("Q99") == "Q99"
    assert formatting.country("DE") == "Germany"
    assert formatting.country("XX") == "XX"
    assert formatting.tax_category("AE") == "reverse charge"
    assert formatting.tax_category("S") == "VAT"
    assert formatting.code_words("customer_vat_id_missing") == "Customer VAT id missing"


def test_dates_are_readable_for_people_and_programs() -> None:
    assert formatting.day(date(2026, 1, 5)) == '<time datetime="2026-01-05">5 Jan 2026</time>'
    moment = formatting.moment(datetime(2026, 1, 5, 9, 30, tzinfo=UTC))
    assert 'datetime="2026-01-05T09:30:00+00:00"' in moment
    assert "5 Jan 2026, 09:30 UTC" in moment


def test_markup_in_a_message_is_escaped() -> None:
    assert formatting.marked("`a<b>` & c") == "<code>a&lt;b&gt;</code> &amp; c"
    assert formatting.lines("<b>\nx") == "&lt;b&gt;<br>x"


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("lines[8].quantity", "Line 8, quantity"),
        ("lines[12].unit_price", "Line 12, unit price"),
        ("lines", "Lines"),
        ("status", "Status"),
        ("customer.vat_id", "Customer, VAT id"),
        ("organization.street", "Your organisation, street"),
    ],
)
def test_the_field_of_a_fault_is_shown_in_words(field: str, shown: str) -> None:
    assert formatting.place(field) == shown


@pytest.mark.parametrize(
    ("city", "postal_code", "country", "shown"),
    [
        ("Köln", "50674", "DE", "50674 Köln"),
        ("London", "SE1 8XT", "GB", "London<br>SE1 8XT"),
        ("Austin", "78701", "US", "Austin 78701"),
        ("London", "", "GB", "London"),
        ("", "50674", "DE", "50674"),
        ("", None, "DE", ""),
        ("<b>", "<i>", "GB", "&lt;b&gt;<br>&lt;i&gt;"),
    ],
)
def test_a_town_is_written_as_in_the_addresses_of_its_country(
    city: str, postal_code: str | None, country: str, shown: str
) -> None:
    assert formatting.town(city, postal_code, country) == shown


@pytest.mark.parametrize(
    ("dialect", "shown"),
    [
        (Dialect(), "CSV, comma, UTF-8"),
        (Dialect(separator=";", encoding="windows-1252"), "CSV, semicolon, Windows-1252"),
        (Dialect(separator="\t", encoding="utf-16-le"), "CSV, tab, UTF-16"),
        (Dialect(format="xlsx", sheet="Orders"), "Excel (XLSX)"),
        (Dialect(format="ods"), "OpenDocument (ODS)"),
    ],
)
def test_how_a_file_is_written_is_said_in_words(dialect: Dialect, shown: str) -> None:
    assert formatting.file_kind(asdict(dialect)) == shown
