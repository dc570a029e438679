"""The encoding of a text file: said by its user, by its first bytes, or certain from all of it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from models.order_import.table_file.refusal import refusal
from models.order_import.table_file.text_lines import CHUNK_BYTES, Readable, Source

# What a user can say.
ENCODINGS: Final = ("utf-8", "utf-16", "windows-1252")
UTF8: Final = "utf-8"
WINDOWS: Final = "windows-1252"
_MARKS: Final = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A byte without meaning must not become a character: it stays a lone surrogate.
_ERRORS: Final = {
    "utf-16-le": "surrogatepass",
    "utf-16-be": "surrogatepass",
    WINDOWS: "surrogateescape",
}
_SAMPLE_BYTES: Final = 512
_LINE_END: Final = re.compile(rb"[\r\n]")
_UTF8_LETTER: Final = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
# Windows-1252 has no character for the last five; the others are no text.
_NOT_WINDOWS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d]")


def find_encoding(stream: Readable, said: str | None) -> tuple[str, bool]:
    """The encoding of the stream, and whether a byte order mark says so.

    A byte order mark decides, then what the user `said`, then what is certain: UTF-16 if the header
    is Latin text in it; Windows-1252 if the file is not UTF-8, holds no letter of UTF-8, and only
    bytes that Windows-1252 knows. Everything else is read as UTF-8, and its odd bytes are faults.
    Raises `Unreadable` for an encoding that is not in `ENCODINGS`.
    """
    if said is not None and (said := said.strip().lower()) not in ENCODINGS:
        raise refusal("unknown_encoding", f"The encoding must be one of {', '.join(ENCODINGS)}.")
    stream.seek(0)
    sample = stream.read(_SAMPLE_BYTES)
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding, True
    utf16 = _utf16(sample)
    if said == "utf-16":
        return utf16 or "utf-16-le", False
    if said is not None or utf16:
        return said or utf16 or UTF8, False
    stream.seek(0)
    if _is_utf8(stream):
        return UTF8, False
    stream.seek(0)
    return (WINDOWS if _is_windows(stream) else UTF8), False


def _utf16(sample: bytes) -> str | None:
    """Which UTF-16 it is: almost every second byte of Latin text is 0, and none of the others.

    Only the first line counts: the values below it may be in any script.
    """
    line = _LINE_END.split(sample, maxsplit=1)[0]
    even, odd = line[::2], line[1::2]
    if not even or not odd:
        return None
    if b"\0" not in even and odd.count(0) > len(odd) * 0.9:
        return "utf-16-le"
    if b"\0" not in odd and even.count(0) > len(even) * 0.9:
        return "utf-16-be"
    return None


def _chunks(stream: Readable) -> Iterator[bytes]:
    return iter(partial(stream.read, CHUNK_BYTES), b"")


def _is_utf8(stream: Readable) -> bool:
    """Whether it is, but for a letter that is cut off at the end."""
    decode = codecs.getincrementaldecoder(UTF8)().decode
    try:
        for chunk in _chunks(stream):
            decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _is_windows(stream: Readable) -> bool:
    before = b""
    for chunk in _chunks(stream):
        if _NOT_WINDOWS.search(chunk) or _UTF8_LETTER.search(before + chunk):
            return False
        before = chunk[-3:]
    return True


class _AsUtf8:
    """A text in another encoding, read as UTF-8; what is no text there is none in UTF-8 either."""

    def __init__(self, stream: Source, encoding: str) -> None:
        self._stream = stream
        self._errors = _ERRORS[encoding]
        self._decoder = codecs.getincrementaldecoder(encoding)(self._errors)
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """The text of at most `size` bytes of the file, none at the end."""
        while not self._ended:
            data = self._stream.read(size)
            self._ended = not data
            try:
                text = self._decoder.decode(data, self._ended)
            except UnicodeDecodeError:  # half a character at the end
                return b"\xff"
            if text:
                return text.encode(UTF8, self._errors)
        return b""


def as_utf8(stream: Source, encoding: str) -> Source:
    """The stream, read as UTF-8."""
    return stream if encoding == UTF8 else _AsUtf8(stream, encoding)
