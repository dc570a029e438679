"""Numbers, dates and codes as pages show them. Money is always a Decimal, never a float."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from models.invoicing.currency import EXACT, MINOR_UNITS
from models.invoicing.tax_category import TAX_CATEGORIES
from web.countries import COUNTRY_NAMES
from web.isolation import isolated, sentence

# Codes of UN/ECE recommendations 20 and 21 that people know by another name.
UNIT_WORDS = {
    "C62": "pcs",
    "H87": "pcs",
    "EA": "each",
    "PR": "pairs",
    "SET": "sets",
    "DZN": "dozen",
    "LS": "lump sum",
    "MIN": "min",
    "HUR": "h",
    "DAY": "days",
    "WEE": "weeks",
    "MON": "months",
    "ANN": "years",
    "GRM": "g",
    "KGM": "kg",
    "TNE": "t",
    "LBR": "lb",
    "MLT": "ml",
    "LTR": "l",
    "MMT": "mm",
    "CMT": "cm",
    "MTR": "m",
    "KMT": "km",
    "MTK": "m²",
    "MTQ": "m³",
    "KWH": "kWh",
    "E48": "services",
    "XBX": "boxes",
    "XCT": "cartons",
    "XPK": "packages",
    "XPX": "pallets",
    "XRO": "rolls",
}
SEPARATOR_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
ENCODING_WORDS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "windows-1252": "Windows-1252",
}
# Countries where the postal code goes below the city, or after it; elsewhere it goes before.
_CODE_BELOW = frozenset({"GB", "GG", "GI", "IE", "IM", "JE"})
_CODE_AFTER = frozenset({"AU", "CA", "IN", "NZ", "SG", "US"})


def money(value: Decimal, currency: str) -> str:
    """`1234.5` in EUR as `1,234.50`: the currency's minor units, or more where they are stored."""
    return f"{_with_decimals(value, MINOR_UNITS.get(currency, 0)):,f}"


def quantity(value: Decimal) -> str:
    """`12.000` as `12`, `1500.25` as `1,500.25`."""
    return f"{_with_decimals(value, 0):,f}"


def percent(value: Decimal) -> str:
    """`19.00` as `19 %`."""
    return f"{quantity(value)}\u00a0%"


def unit(code: str) -> str:
    """`C62` as `pcs`; an unusual code stays as it is."""
    return UNIT_WORDS.get(code, code)


def country(code: str) -> str:
    """`DE` as `Germany`; an unknown code stays as it is."""
    return COUNTRY_NAMES.get(code.upper(), code)


def tax_category(code: str) -> str:
    """`AE` as `reverse charge`; an unknown code stays as it is."""
    known = TAX_CATEGORIES.get(code)
    if known is None:
        return code
    # EN 16931 calls S the standard rate, but reduced rates are S as well.
    return "VAT" if known.taxed else known.name


def count(number: int) -> str:
    """`12000` as `12,000`."""
    return f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 order`, `2,000 orders`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def file_kind(dialect: Mapping[str, Any]) -> str:
    """How a file is written: `CSV, semicolon, Windows-1252`, or the name of the workbook's format.

    `dialect` is one of `models/order_import/table_file/dialect.py` as stored.
    """
    if dialect["format"] != "csv":
        return {"xlsx": "Excel (XLSX)", "ods": "OpenDocument (ODS)"}[dialect["format"]]
    separator = SEPARATOR_WORDS.get(dialect["separator"], dialect["separator"])
    encoding = ENCODING_WORDS.get(dialect["encoding"], dialect["encoding"])
    return f"CSV, {separator}, {encoding}"


def file_size(size: int) -> str:
    """1536 as `1.5 KB`: bytes, KB or MB of 1024 each."""
    if size < 1024:
        return plural(size, "byte")
    kilobytes = size / 1024
    return f"{kilobytes:,.1f} KB" if kilobytes < 1024 else f"{kilobytes / 1024:,.1f} MB"


def share(part: int, total: int) -> str:
    """`part` of `total` in percent, for the width of a bar: `12.34`."""
    return f"{part * 100 / total:.2f}" if total else "0"


def day(value: date) -> Markup:
    """`22 Nov 2026`, with its ISO date for programs."""
    return Markup('<time datetime="{}">{} {:%b %Y}</time>').format(
        value.isoformat(), value.day, value
    )


def moment(value: datetime) -> Markup:
    """A point in time in UTC, which the browser converts to the user's time zone."""
    return Markup('<local-time datetime="{}">{} {:%b %Y, %H:%M} UTC</local-time>').format(
        value.isoformat(), value.day, value
    )


def duration(seconds: float) -> str:
    """`under 1 s`, `8.2 s`, `3 min 20 s`, `1 h 5 min`."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def code_words(code: str) -> str:
    """`customer_vat_id_missing` as `Customer VAT id missing`."""
    words = code.replace("_", " ").replace("vat id", "VAT id")
    return words[:1].upper() + words[1:]


def since_words(counts: Mapping[str, int]) -> str:
    """`{"invoiced": 2, "cancelled": 1}` as `2 invoiced since, 1 cancelled since`."""
    return ", ".join(f"{count(number)} {status} since" for status, number in counts.items())


def place(field: str) -> str:
    """`lines[8].unit_price` as `Line 8, unit price`: where a finding about an order is."""
    words = re.sub(r"^lines\[(\d+)\]", r"line \1", field).replace(".", ", ")
    return code_words(words.replace("organization", "your organisation"))


def town(city: str | None, postal_code: str | None, country: str) -> Markup:
    """`50674 Köln`, `Austin 78701` or, in two lines, `London` and `SE1 8XT`."""
    if country in _CODE_BELOW:
        parts, gap = (city, postal_code), Markup("<br>")
    elif country in _CODE_AFTER:
        parts, gap = (city, postal_code), Markup(" ")
    else:
        parts, gap = (postal_code, city), Markup(" ")
    return gap.join(part for part in parts if part)


def lines(text: str) -> Markup:
    """Text with its line breaks kept."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def marked(text: str) -> Markup:
    """A `sentence` in which the names between backticks are set as code."""
    parts = re.split(r"`([^`]+)`", text)
    code = Markup("<code>{}</code>")
    return Markup("").join(
        code.format(part) if place % 2 else sentence(part) for place, part in enumerate(parts)
    )


def register_filters(app: Flask) -> None:
    """Registers the functions of this module as filters of every template."""
    for function in (
        money, quantity, percent, unit, country, tax_category, count, plural, file_kind, file_size,
        share, day, moment, duration, code_words, since_words, place, town, lines, marked,
        isolated, sentence,
    ):  # fmt: skip
        app.add_template_filter(function)


def _with_decimals(value: Decimal, at_least: int) -> Decimal:
    """`value` without trailing zeros, but with at least `at_least` decimals."""
    with localcontext(EXACT):
        exponent = value.normalize().as_tuple().exponent
        decimals = max(-exponent, at_least) if isinstance(exponent, int) else at_least
        return value.quantize(Decimal(1).scaleb(-decimals))
