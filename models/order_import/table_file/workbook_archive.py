"""The archive of a workbook: its size once unpacked, and the parts that say where and how."""

from __future__ import annotations

import posixpath
import re
from typing import Final
from zipfile import BadZipFile, ZipFile

from models.order_import.table_file.refusal import refusal
from models.order_import.table_file.xml_elements import (
    CHUNK_BYTES,
    Attributes,
    DamagedXml,
    walk,
)

MAX_UNPACKED_BYTES: Final = 500_000_000
_BUILT_IN_PERCENT: Final = {"9", "10"}
# Quoted text and characters behind a backslash are shown as they are.
_LITERAL: Final = re.compile(r'"[^"]*"|\\.')


def check_size(archive: ZipFile) -> None:
    """Unpacks the parts that are XML, so that what is read later cannot be larger than it says.

    Raises `Unreadable` if they are too large together, and `BadZipFile` if one is damaged.
    """
    parts = [part for part in archive.infolist() if part.filename.endswith((".xml", ".rels"))]
    if len({part.filename for part in parts}) < len(parts):
        raise BadZipFile
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise refusal(
            "workbook_too_large",
            f"The workbook is larger than {MAX_UNPACKED_BYTES // 1_000_000} MB when unpacked: "
            "save it as CSV and import that.",
        )
    for part in parts:
        with archive.open(part) as file:
            while file.read(CHUNK_BYTES):
                pass


def sheet_part(archive: ZipFile, sheet: str) -> str:
    """The part of an XLSX archive that holds the sheet. Raises `DamagedXml`."""
    ids: dict[str, str] = {}
    targets: dict[str, str] = {}

    def found(attributes: Attributes) -> None:
        reference = next((v for name, v in attributes.items() if name.endswith(":id")), "")
        ids[attributes.get("name", "")] = reference

    def relation(attributes: Attributes) -> None:
        targets[attributes.get("Id", "")] = attributes.get("Target", "")

    with archive.open("xl/workbook.xml") as file:
        walk(file, {"sheet": found})
    with archive.open("xl/_rels/workbook.xml.rels") as file:
        walk(file, {"Relationship": relation})
    try:
        return posixpath.normpath(posixpath.join("/xl", targets[ids[sheet]])).lstrip("/")
    except KeyError:
        raise DamagedXml from None


def percent_styles(archive: ZipFile) -> frozenset[str]:
    """The numbers of the cell styles of an XLSX archive that show a percentage."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    formats = set(_BUILT_IN_PERCENT)
    styles: list[str] = []
    in_cells = False

    def number_format(attributes: Attributes) -> None:
        if "%" in _LITERAL.sub("", attributes.get("formatCode", "")):
            formats.add(attributes.get("numFmtId", ""))

    def begin(cells: bool) -> None:
        nonlocal in_cells
        in_cells = cells

    def style(attributes: Attributes) -> None:
        if in_cells:
            styles.append(attributes.get("numFmtId", ""))

    with archive.open("xl/styles.xml") as file:
        handlers = {
            "numFmt": number_format,
            "cellXfs": lambda _attributes: begin(True),
            "cellStyles": lambda _attributes: begin(False),
            "dxfs": lambda _attributes: begin(False),
            "xf": style,
        }
        walk(file, handlers)
    return frozenset(str(at) for at, used in enumerate(styles) if used in formats)
