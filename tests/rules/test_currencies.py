"""The currencies of ISO 4217 and their minor units."""

import re

import pytest

from models.invoicing.currency import MINOR_UNITS, UnknownCurrency, minor_units


@pytest.mark.parametrize(
    ("currency", "units"),
    [
        ("EUR", 2),
        ("USD", 2),
        ("HUF", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("CLP", 0),
        ("ISK", 0),
        ("XOF", 0),
        ("KWD", 3),
        ("BHD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("UYW", 4),
    ],
)
def test_each_currency_has_its_minor_units(currency: str, units: int) -> None:
    assert minor_units(currency) == units


def test_all_active_currencies_are_known() -> None:
    # ISO 4217 has 178 active codes; 13 of them have no minor unit (metals, XDR, XTS, XXX ...).
    assert len(MINOR_UNITS) == 178 - 13


def test_a_code_is_three_capital_letters() -> None:
    assert [code for code in MINOR_UNITS if not re.fullmatch("[A-Z]{3}", code)] == []


@pytest.mark.parametrize("currency", ["XCG", "ZWG", "XAD", "SLE", "VED"])
def test_young_currencies_are_known(currency: str) -> None:
    assert minor_units(currency) == 2


@pytest.mark.parametrize(
    "currency",
    ["", " ", "eur", "EUR ", "ZZZ", "€", "DEM", "HRK", "BGN", "ANG", "ZWL", "XXX", "XTS", "XAU"],
)
def test_other_codes_are_unknown(currency: str) -> None:
    with pytest.raises(UnknownCurrency) as raised:
        minor_units(currency)
    assert raised.value.currency == currency


def test_the_list_is_immutable() -> None:
    with pytest.raises(TypeError):
        MINOR_UNITS["ZZZ"] = 2  # type: ignore[index]
