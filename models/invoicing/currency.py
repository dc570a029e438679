"""Rounding of amounts to a currency's minor units."""

from collections.abc import Mapping
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    Inexact,
    InvalidOperation,
    Overflow,
)
from types import MappingProxyType

# Exact for every value of PostgreSQL's numeric (up to 16,383 decimals; a line multiplies three such
# numbers), yet 1E+999999999 fails at once instead of filling the memory.
_PRECISION = 100_000

EXACT = Context(
    prec=_PRECISION,
    rounding=ROUND_HALF_UP,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    traps=[InvalidOperation, Overflow, Inexact],
)
"""For sums and products: raises `decimal.Inexact` rather than losing a digit."""

_ROUNDING = Context(
    prec=_PRECISION,
    rounding=ROUND_HALF_UP,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    traps=[InvalidOperation, Overflow],
)

# ISO 4217 list one, without the entries that have no minor unit to round to (metals, XDR, XTS,
# XXX ...).
_CODES_BY_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
        CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
        GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
        LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO
        NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS
        SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST
        XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

MINOR_UNITS: Mapping[str, int] = MappingProxyType(
    {code: units for units, codes in _CODES_BY_MINOR_UNITS.items() for code in codes.split()}
)
"""Decimal places of every active currency of ISO 4217 that has a minor unit."""

_SMALLEST = {code: Decimal(1).scaleb(-units) for code, units in MINOR_UNITS.items()}


class UnknownCurrency(ValueError):
    """Raised for a code that is not an active currency of ISO 4217 (upper case, no spaces)."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"{currency!r} is not a currency of ISO 4217")
        self.currency = currency


class AmountOutOfRange(ValueError):
    """Raised for an amount that is not finite or would need more than 100,000 digits."""


def minor_units(currency: str) -> int:
    """Decimal places of `currency` (JPY 0, EUR 2, KWD 3); raises `UnknownCurrency`."""
    try:
        return MINOR_UNITS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None


def smallest_amount(currency: str) -> Decimal:
    """One minor unit of `currency`: 0.01 for EUR; raises `UnknownCurrency`."""
    try:
        return _SMALLEST[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the minor units of `currency`, halves away from zero (ISO 4217).

    The result has exactly `minor_units(currency)` decimals and is never a negative zero. It does
    not depend on the thread's decimal context. Raises `UnknownCurrency` and `AmountOutOfRange`.
    """
    try:
        rounded = amount.quantize(_SMALLEST[currency], ROUND_HALF_UP, _ROUNDING)
    except KeyError:
        raise UnknownCurrency(currency) from None
    except DecimalException:
        raise AmountOutOfRange(f"{amount} cannot be rounded") from None
    if rounded:
        if rounded.is_nan():
            raise AmountOutOfRange(f"{amount} cannot be rounded")
        return rounded
    return rounded.copy_abs()
