"""Writes a table as an OpenDocument spreadsheet (ODS), row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from models.order_import.table_file.zipped_sheet import NOT_IN_XML, Frame, zipped_sheet

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
_LINE_ENDS: Final = re.compile("\r\n|\r|\n")
# A space after another one, or at the edge of a paragraph, would be dropped.
_KEPT_SPACE: Final = re.compile("(?<= ) |^ | $")


def open_document(sheet: str, rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The rows as the only sheet, every cell as text, in parts.

    Characters that XML cannot hold become U+FFFD; line ends within a value become LF.
    """
    files = {"mimetype": _MEDIA_TYPE, "META-INF/manifest.xml": _MANIFEST}
    begin = _BEGIN.format(quoteattr(sheet))
    return zipped_sheet(Frame(files, "content.xml", begin, _END, "mimetype"), map(_row, rows))


def _row(values: Sequence[str]) -> str:
    return f"<table:table-row>{''.join(map(_cell, values))}</table:table-row>"


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
