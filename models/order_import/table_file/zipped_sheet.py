"""Writes a workbook of one sheet in parts while its rows are read, so that nothing waits for the
last row: neither memory nor the client of a download."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

_CHARACTERS_AT_ONCE: Final = 64 * 1024
# XML has no place for these (XML 1.0, production 2).
NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the rows: other files of the archive, and the sheet's own text.

    `stored` names the file that comes first and uncompressed, if the format demands one.
    """

    files: Mapping[str, str]
    sheet: str
    begin: str
    end: str
    stored: str = ""


def zipped_sheet(frame: Frame, rows: Iterable[str]) -> Iterator[bytes]:
    """The archive, in parts; `rows` are elements of XML."""
    target = _Parts()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, text in frame.files.items():
            archive.writestr(name, text, ZIP_STORED if name == frame.stored else ZIP_DEFLATED)
        yield target.take()
        with archive.open(frame.sheet, "w", force_zip64=True) as sheet:
            sheet.write(frame.begin.encode())
            for text in _joined(rows):
                sheet.write(text.encode())
                yield target.take()
            sheet.write(frame.end.encode())
    yield target.take()


def _joined(rows: Iterable[str]) -> Iterator[str]:
    """The rows in pieces of some size: compressing each alone takes three times as long."""
    waiting: list[str] = []
    characters = 0
    for row in rows:
        waiting.append(row)
        characters += len(row)
        if characters > _CHARACTERS_AT_ONCE:
            yield "".join(waiting)
            waiting.clear()
            characters = 0
    yield "".join(waiting)


class _Parts:
    """What `ZipFile` writes to: it takes a file that cannot seek."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        """Keeps the bytes until `take`."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Does nothing; `ZipFile` calls it."""

    def close(self) -> None:
        """Does nothing."""

    def take(self) -> bytes:
        """What was written since the last call."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
