"""Workbooks to read in tests, as Excel and LibreOffice write them."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

import xlsxwriter

NAMES = "urn:oasis:names:tc:opendocument:xmlns"
CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"


def xlsx(fill: Callable[[Any, Any], None], **options: Any) -> io.BytesIO:
    """A workbook whose first sheet `fill(workbook, sheet)` has filled."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as workbook:
        fill(workbook, workbook.add_worksheet("Orders"))
    file.seek(0)
    return file


def xlsx_of(rows: Sequence[Sequence[str]]) -> io.BytesIO:
    """A workbook of text cells."""

    def fill(_workbook: Any, sheet: Any) -> None:
        for at, values in enumerate(rows):
            for column, value in enumerate(values):
                if value:
                    sheet.write_string(at, column, value)

    return xlsx(fill)


def with_parts(file: io.BytesIO, parts: Mapping[str, bytes]) -> io.BytesIO:
    """The archive with some of its parts replaced or added."""
    changed = io.BytesIO()
    with ZipFile(file) as old, ZipFile(changed, "w", ZIP_DEFLATED) as new:
        for name in {**dict.fromkeys(old.namelist()), **parts}:
            new.writestr(name, parts[name] if name in parts else old.read(name))
    changed.seek(0)
    return changed


def xlsx_rows(rows: str) -> io.BytesIO:
    """A workbook whose sheet has these rows of XML."""
    name = "xl/worksheets/sheet1.xml"
    plain = xlsx_of([["x"]])
    with ZipFile(plain) as archive:
        before, _, rest = archive.read(name).decode().partition("<sheetData>")
    after = rest.partition("</sheetData>")[2]
    return with_parts(plain, {name: f"{before}<sheetData>{rows}</sheetData>{after}".encode()})


def ods(rows: str, manifest: str = "", before: str = "") -> io.BytesIO:
    """A spreadsheet of LibreOffice whose sheet has these rows of XML."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content '
        f'xmlns:office="{NAMES}:office:1.0" xmlns:table="{NAMES}:table:1.0" '
        f'xmlns:text="{NAMES}:text:1.0" xmlns:calcext="{CALC}"><office:body><office:spreadsheet>'
        f'<table:table table:name="Orders">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", SPREADSHEET)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{NAMES}:manifest:1.0">{manifest}'
            "</manifest:manifest>",
        )
        archive.writestr("content.xml", content)
    file.seek(0)
    return file


def cell(text: str, kind: str = "string", **attributes: str) -> str:
    """A cell of an ODS row; in an attribute's name `_` stands for a colon, `__` for a dash."""
    given = " ".join(
        f'{name.replace("__", "-").replace("_", ":")}="{value}"'
        for name, value in attributes.items()
    )
    return (
        f'<table:table-cell office:value-type="{kind}" {given}><text:p>{escape(text)}</text:p>'
        "</table:table-cell>"
    )


def ods_row(*cells: str, repeated: int = 1) -> str:
    """A row of an ODS sheet."""
    repeat = f'table:number-rows-repeated="{repeated}"'
    return f"<table:table-row {repeat}>{''.join(cells)}</table:table-row>"
