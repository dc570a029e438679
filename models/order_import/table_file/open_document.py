"""Writes a table as an OpenDocument spreadsheet (ODS), row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import BinaryIO, Final
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

_MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES: Final = "urn:oasis:names:tc:opendocument:xmlns"
_MANIFEST: Final = (
    f'<manifest:manifest xmlns:manifest="{_NAMES}:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_MEDIA_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_BEGIN: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    f'<office:document-content xmlns:office="{_NAMES}:office:1.0" '
    f'xmlns:table="{_NAMES}:table:1.0" xmlns:text="{_NAMES}:text:1.0" office:version="1.3">'
    "<office:body><office:spreadsheet><table:table table:name={}>"
)
_END: Final = "</table:table></office:spreadsheet></office:body></office:document-content>"
_CHARACTERS_AT_ONCE: Final = 64 * 1024
# XML has no place for these (XML 1.0, production 2).
NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS: Final = re.compile("\r\n|\r|\n")
# A space after another one, or at the edge of a paragraph, would be dropped.
_KEPT_SPACE: Final = re.compile("(?<= ) |^ | $")


def write_open_document(target: BinaryIO, sheet: str, rows: Iterable[Sequence[str]]) -> None:
    """Writes the rows as the only sheet, every cell as text.

    Characters that XML cannot hold become U+FFFD; line ends within a value become LF.
    """
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _MEDIA_TYPE, ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        with archive.open("content.xml", "w", force_zip64=True) as content:
            content.write(_BEGIN.format(quoteattr(sheet)).encode())
            waiting: list[str] = []
            characters = 0
            for values in rows:
                row = f"<table:table-row>{''.join(map(_cell, values))}</table:table-row>"
                waiting.append(row)
                characters += len(row)
                if characters > _CHARACTERS_AT_ONCE:
                    content.write("".join(waiting).encode())
                    waiting.clear()
                    characters = 0
            content.write("".join([*waiting, _END]).encode())


def _cell(value: str) -> str:
    if not value:
        return "<table:table-cell/>"
    text = escape(NOT_IN_XML.sub("\ufffd", value))
    paragraphs = "".join(
        f"<text:p>{_spaced(paragraph)}</text:p>" for paragraph in _LINE_ENDS.split(text)
    )
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


def _spaced(paragraph: str) -> str:
    return _KEPT_SPACE.sub("<text:s/>", paragraph).replace("\t", "<text:tab/>")
