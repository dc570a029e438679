"""Writes a table as an Office Open XML workbook (XLSX), row by row.

The libraries that write XLSX begin the file when the last row is known, which in a download takes
longer than a request may.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from models.order_import.table_file.zipped_sheet import NOT_IN_XML, Frame, zipped_sheet

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_SCHEMAS: Final = "http://schemas.openxmlformats.org"
_MAIN: Final = f"{_SCHEMAS}/spreadsheetml/2006/main"
_OFFICE: Final = f"{_SCHEMAS}/officeDocument/2006/relationships"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPES: Final = (
    f'{_XML}<Types xmlns="{_SCHEMAS}/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
)
_WORKBOOK: Final = (
    f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name={} sheetId="1" r:id="rId1"/></sheets></workbook>'
)
# Style 1 is text (ECMA-376 part 1, 18.8.30: number format 49 is "@"); style 0 is the default.
_STYLES: Final = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/>'
    '<name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/>'
    '</fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border>'
    '<left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf '
    'numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2"><xf '
    'numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" '
    'fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1">'
    '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_BEGIN: Final = f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'
_END: Final = "</sheetData></worksheet>"
# A cell of a workbook holds no more; a longer value is cut.
_LONGEST_CELL: Final = 32_767
# A text that looks like an escaped character is escaped itself (ECMA-376 part 1, 22.4.2.4).
_LIKE_AN_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def office_open_xml(sheet: str, rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The rows as the only sheet, every cell as text, in parts.

    So no program makes a number or a date of a value. Characters that XML cannot hold become
    U+FFFD.
    """
    files = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _relations(f"{_OFFICE}/officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": _WORKBOOK.format(quoteattr(sheet)),
        "xl/_rels/workbook.xml.rels": _relations(
            f"{_OFFICE}/worksheet", "worksheets/sheet1.xml", f"{_OFFICE}/styles", "styles.xml"
        ),
        "xl/styles.xml": _STYLES,
    }
    frame = Frame(files, "xl/worksheets/sheet1.xml", _BEGIN, _END)
    return zipped_sheet(frame, (_row(number, values) for number, values in enumerate(rows, 1)))


def _relations(*types_and_targets: str) -> str:
    pairs = zip(types_and_targets[::2], types_and_targets[1::2], strict=True)
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(pairs, 1)
    )
    return (
        f'{_XML}<Relationships xmlns="{_SCHEMAS}/package/2006/relationships">'
        f"{relations}</Relationships>"
    )


def _row(number: int, values: Sequence[str]) -> str:
    cells = "".join(_cell(at, number, value) for at, value in enumerate(values) if value)
    return f'<row r="{number}">{cells}</row>'


def _cell(column: int, row: int, value: str) -> str:
    text = escape(NOT_IN_XML.sub("\ufffd", value[:_LONGEST_CELL]))
    # XML reads a CR as a line feed.
    text = _LIKE_AN_ESCAPE.sub("_x005F_", text).replace("\r", "_x000D_")
    return (
        f'<c r="{_letters(column)}{row}" s="1" t="inlineStr">'
        f'<is><t xml:space="preserve">{text}</t></is></c>'
    )


@cache
def _letters(column: int) -> str:
    """The name of a column: A to Z, AA, AB and so on."""
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)
