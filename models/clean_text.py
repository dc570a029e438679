"""Text as it is stored: composed (Unicode NFC), without blanks at its ends, fit for an invoice.

Text comes from files, forms and programs. It may hold characters that nobody sees, and characters
that XML cannot carry or that change how the text around them is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import chain
from typing import Final

# White space of Unicode, and the Braille pattern without dots.
_SPACE: Final = "\t\n\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
# Characters without a shape: soft hyphen, joiners, direction marks, variation selectors, fillers,
# the byte order mark (Unicode: Default_Ignorable_Code_Point).
_INVISIBLE: Final = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e001f\U000e0080-\U000e0fff"
)
# Tags spell out the flags of countries' parts: they belong to the emoji before them.
_TAGS: Final = "\U000e0020-\U000e007f"
# Controls but tabs and line breaks; bidirectional embeddings, overrides and isolates (Unicode
# Standard Annex 9); what XML 1.0 cannot carry; half characters, which stand for bad bytes.
_UNFIT: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff"
    "\ud800-\udfff]"
)

# Those of the blanks that `str.isprintable` takes for printable.
_PRINTABLE_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff]"
)
_BLANK: Final = re.compile(f"[{_SPACE}{_INVISIBLE}]")
# The planes in which they are.
_PLACES: Final = chain(range(0x10000), range(0x1BC00, 0x1D200), range(0xE0000, 0xE1000))
_ENDS: Final = "".join(filter(_BLANK.match, map(chr, _PLACES)))
_VISIBLE: Final = re.compile(f"[^{_SPACE}{_INVISIBLE}{_TAGS}]")
_LINE_BREAK: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")
_SPACES: Final = re.compile(f"[{_SPACE}]+")
_UNSEEN: Final = re.compile(f"[{_INVISIBLE}{_TAGS}]+")

_NAMES: Final[Mapping[str, str]] = {
    "\x07": "a bell character",
    "\x08": "a backspace character",
    "\x0b": "a vertical tab",
    "\x0c": "a form feed",
    "\x1b": "an escape character",
    "\x7f": "a delete character",
}


class UnfitText(ValueError):
    """Text that cannot be stored.

    `code` is stable; `says` completes a sentence that begins with the name of the field.
    """

    def __init__(self, code: str, says: str) -> None:
        super().__init__(f"The text {says}")
        self.code = code
        self.says = says


def clean_text(text: str) -> str:
    """The text in NFC, without white space and invisible characters at its ends.

    Line breaks become `\\n`. Empty if nothing of the text is visible. Raises `UnfitText`.
    """
    if _is_plain(text):
        return text.strip(" ")
    if found := _UNFIT.search(text):
        raise _unfit(found[0])
    text = _LINE_BREAK.sub("\n", unicodedata.normalize("NFC", text))
    return text.strip(_ENDS) if _VISIBLE.search(text) else ""


def clean_key(text: str) -> str:
    """A number or name that identifies something, as it is stored and compared.

    Like `clean_text`, without any invisible character; white space becomes one space. Two keys that
    look the same are the same. Raises `UnfitText`.
    """
    text = clean_text(text)
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
        text = clean_text(_SPACES.sub(" ", text))
    return _SPACES.sub(" ", text) if "  " in text else text


def _is_plain(text: str) -> bool:
    """Whether only spaces at its ends keep the text from being clean; quick for most texts."""
    return text.isprintable() and (
        text.isascii()
        or (not _PRINTABLE_BLANK.search(text) and unicodedata.is_normalized("NFC", text))
    )


def _unfit(character: str) -> UnfitText:
    if character == "\0":
        return UnfitText("nul_character", "contains a NUL character.")
    if "\ud800" <= character <= "\udfff":
        return UnfitText("not_utf8", "is not encoded as UTF-8.")
    name = _NAMES.get(character)
    if name is None and "\u202a" <= character <= "\u2069":
        name = f"a {unicodedata.name(character).lower()}"
    name = name or "a control character"
    return UnfitText(
        "control_character",
        f"has {name} (U+{ord(character):04X}), which an invoice cannot carry.",
    )
