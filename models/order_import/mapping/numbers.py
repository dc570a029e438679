"""Numbers as people and programs write them: 1.250,00, 1,250.00, 1 250, € 12,50, 19 %.

Pure: text in, plain digits with a decimal point out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

DecimalMark = Literal["point", "comma"]
MARKS: Final[tuple[DecimalMark, DecimalMark]] = ("point", "comma")

# A number with many digits is left to the reader, which says what is wrong with it.
_LONGEST: Final = 60
_APOSTROPHES: Final = "'\u2019"
_SIGNS: Final = "+\u2212-"
_SPACES: Final = " \u00a0\u2009\u202f"
_SYMBOLS: Final = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "₴": "UAH",
    "₪": "ILS",
}
# Several currencies share these signs.
_SHARED_SYMBOLS: Final = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "BRL", "CLP", "ARS"}),
    "¥": frozenset({"JPY", "CNY"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
}
_CURRENCY: Final = rf"[A-Z]{{3}}|kr\.?|[{''.join(_SYMBOLS)}$¥]"
_DIGITS: Final = rf"[\d.,{_APOSTROPHES}{_SPACES}]*\d[.,]?"
_WRITTEN: Final = re.compile(
    rf"([{_SIGNS}]?)[{_SPACES}]*({_CURRENCY})?[{_SPACES}]*([{_SIGNS}]?)[{_SPACES}]*"
    rf"({_DIGITS})[{_SPACES}]*(%|{_CURRENCY})?[{_SPACES}]*(-?)",
    re.ASCII,
).fullmatch
_STANDARD: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII).fullmatch


def _pattern(decimal: str, groups: str) -> re.Pattern[str]:
    grouped = rf"[1-9]\d{{0,2}}([{groups}])\d{{3}}(?:\1\d{{3}})*"
    return re.compile(rf"(?:{grouped}|\d*)(?:{re.escape(decimal)}\d*)?", re.ASCII)


_PATTERNS: Final[dict[DecimalMark, re.Pattern[str]]] = {
    "point": _pattern(".", f",{_APOSTROPHES}{_SPACES}"),
    "comma": _pattern(",", f".{_APOSTROPHES}{_SPACES}"),
}
_NO_GROUPS: Final = str.maketrans("", "", f"{_APOSTROPHES}{_SPACES}")


@dataclass(frozen=True, slots=True)
class Written:
    """A number as it is written: its sign, its digits with their marks, what stands beside it."""

    minus: bool
    digits: str
    beside: str

    def read(self, mark: DecimalMark) -> str | None:
        """The number as plain digits if `mark` separates its decimals; None if it cannot."""
        if not _PATTERNS[mark].fullmatch(self.digits):
            return None
        digits = self.digits.translate(_NO_GROUPS)
        if mark == "point":
            digits = digits.replace(",", "")
        else:
            digits = digits.replace(".", "").replace(",", ".")
        return f"{'-' if self.minus else ''}{digits}"


def written(text: str) -> Written | None:
    """The parts of a number; None if `text` is no number in any convention."""
    text = text.strip()
    found = _WRITTEN(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    sign, before, inner, digits, after, trailing = found.groups()
    signs = [mark for mark in (sign, inner, trailing) if mark]
    if len(signs) > 1 or (before and after):
        return None
    return Written(signs not in ([], ["+"]), digits, before or after or "")


def is_standard(text: str) -> bool:
    """Whether `text` is a number with a decimal point and nothing else, or empty."""
    return not text or _STANDARD(text) is not None or text.isspace()


def currencies_beside(sign: str) -> frozenset[str]:
    """The currencies that a sign or code beside a number may mean; empty for `%` and for none."""
    if sign in ("", "%"):
        return frozenset()
    sign = sign.rstrip(".")
    return _SHARED_SYMBOLS.get(sign) or frozenset({_SYMBOLS.get(sign, sign)})
