"""What a column's values look like, as far as that tells which column of ours they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from models.invoicing.currency import MINOR_UNITS
from models.invoicing.vat_ids import VatIdCheck, check_vat_id
from models.order_import.mapping.column_evidence import date_readings, number_readings
from models.order_import.mapping.country_names import is_country_name
from models.order_import.mapping.dates import read_date

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}").fullmatch
_VAT_ID: Final = re.compile(r"(?=(?:\D*\d){3})[A-Z]{2}[0-9A-Z+*]{3,13}").fullmatch
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}").fullmatch
_WHOLE: Final = re.compile(r"\d{1,4}").fullmatch
_STATUSES: Final = {"confirmed", "draft", "cancelled"}


def _is_number(value: str) -> bool:
    return bool(number_readings(value, "money") or number_readings(value, "percent"))


def _is_vat_id(value: str) -> bool:
    return _VAT_ID(value.replace(" ", "").replace(".", "").upper()) is not None


# A column takes a file's column only if its values look like this.
LOOKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "order_date": lambda value: bool(date_readings(value)),
    "customer_email": lambda value: _EMAIL(value) is not None,
    "country": lambda value: _COUNTRY(value) is not None or is_country_name(value),
    "vat_id": _is_vat_id,
    "currency": lambda value: value.upper() in MINOR_UNITS or value in "€$£",
    "line_number": lambda value: _WHOLE(value) is not None,
    "quantity": _is_number,
    "unit_price": _is_number,
    "unit_price_gross": _is_number,
    "discount_percent": _is_number,
    "tax_percent": _is_number,
    "expected_gross": _is_number,
    "tax_category": lambda value: value.upper() in ("S", "Z", "E", "AE", "K", "G", "O"),
    "status": lambda value: value.lower() in _STATUSES,
}

# Values that look so are of this column, whatever its name. Many numbers have the shape of a VAT
# id, such as AB12345678, so only the check digit tells.
TELLING: Final[Mapping[str, Callable[[str], bool]]] = {
    "order_date": lambda value: bool(read_date(value)),  # a number may be anything
    "customer_email": LOOKS["customer_email"],
    "vat_id": lambda value: _is_vat_id(value) and check_vat_id(value) is VatIdCheck.SOUND,
    "currency": LOOKS["currency"],
}


def looks_like(name: str, values: Sequence[str]) -> bool:
    """Whether the values that are not empty can be those of our column `name`."""
    looks = LOOKS.get(name)
    given = [value for value in map(str.strip, values) if value]
    if looks is None or not given:
        return True
    return sum(map(looks, given)) * 10 >= len(given) * 8


def tells(name: str, values: Sequence[str]) -> bool:
    """Whether the values say by themselves that they are of our column `name`."""
    given = [value for value in map(str.strip, values) if value]
    return bool(given) and name in TELLING and all(map(TELLING[name], given))
