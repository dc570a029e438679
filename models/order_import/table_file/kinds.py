"""What kind of file it is; one that holds no table is refused with a sentence that says so."""

from __future__ import annotations

import re
import zlib
from functools import partial
from typing import IO, Final, Literal, cast
from zipfile import BadZipFile, ZipFile

from models.order_import.errors import Unreadable
from models.order_import.table_file.refusal import refusal
from models.order_import.table_file.text_lines import CHUNK_BYTES, Readable

Kind = Literal["text", "xlsx", "ods"]

_HEAD_BYTES: Final = 8_192
_UNPACK: Final = "unpack it and import the file inside."
_SAVE: Final = "save it as CSV or XLSX and import that."
_EXPORT: Final = "export the orders as CSV or XLSX and import that."

# What the first bytes say, and what to do.
_SIGNATURES: Final = (
    (b"%PDF-", "a PDF document", _EXPORT),
    (b"{\\rtf", "an RTF document", _SAVE),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"BZh91AY&SY", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\0", "an XZ archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a", "a RAR archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (b"\x89PNG", "an image", _EXPORT),
    (b"\xff\xd8\xff", "an image", _EXPORT),
    (b"GIF8", "an image", _EXPORT),
    (b"II*\0", "an image", _EXPORT),
    (b"MM\0*", "an image", _EXPORT),
)
# What a damaged archive makes the library raise.
ARCHIVE_ERRORS: Final = (
    BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    zlib.error,
)
_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# What a text that is no table begins with, or has near its beginning.
_TEXTS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE).search, what, remedy)
    for pattern, what, remedy in (
        (r"\A(?:\{1:F\d\d|:20:)|^:60[FM]:", "a bank statement (MT940)", _EXPORT),
        (r"\A\s*<(?s:.){,2000}camt\.05[2-4]", "a bank statement (CAMT)", _EXPORT),
        (r"\A\s*<(?s:.){,2000}office:spreadsheet", "a workbook in Excel's XML of 2003", _SAVE),
        (
            r"\A\s*<(?:!doctype html|(?:html|head|body|table|meta|div|style)\b)"
            r"|\A\s*<(?s:.){,1000}<html\b",
            "HTML (a web page, whatever its name)",
            "open it in a spreadsheet program, " + _SAVE,
        ),
        (r"\A\s*<(?:\?xml|[a-z_!])", "XML", _EXPORT),
        (r'\A\s*(?:\{\s*["}]|\[\s*[\[{"\]])', "JSON", _EXPORT),
    )
)


def recognize(stream: Readable) -> Kind:
    """The kind of the file; the stream is at its beginning then.

    Raises `Unreadable` if it holds no table.
    """
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    for signature, what, remedy in _SIGNATURES:
        if head.startswith(signature):
            raise another_kind(what, remedy)
    if head.startswith(_ZIP):
        return _packed(stream)
    if head.startswith(_COMPOUND):
        raise _compound(stream)
    text = _text(head)
    for found, what, remedy in _TEXTS:
        if found(text):
            raise another_kind(what, remedy)
    return "text"


def another_kind(what: str, remedy: str) -> Unreadable:
    """The error of a file that is something else: one sentence."""
    return refusal("another_kind_of_file", f"This file is {what}, not a table of orders: {remedy}")


def damaged_workbook() -> Unreadable:
    """The error of a workbook that cannot be opened."""
    message = "This workbook is damaged: open it in a spreadsheet program and save it anew."
    return refusal("damaged_workbook", message)


def protected_workbook() -> Unreadable:
    """The error of an encrypted workbook."""
    message = "This workbook is protected with a password: save it without one and import that."
    return refusal("protected_workbook", message)


def _text(head: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return head[2:].decode(encoding, errors="replace")
    return head.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")


def _packed(stream: Readable) -> Kind:
    """What a ZIP archive holds: spreadsheets and text documents are archives too."""
    try:
        with ZipFile(cast("IO[bytes]", stream)) as archive:
            names = archive.namelist()
            media_type = archive.read("mimetype")[:100] if "mimetype" in names else b""
            manifest = "META-INF/manifest.xml"
            notes = archive.open(manifest).read(100_000) if manifest in names else b""
    except ARCHIVE_ERRORS:
        raise damaged_workbook() from None
    finally:
        stream.seek(0)
    if media_type.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        if b"encryption-data" in notes:
            raise protected_workbook()
        return "ods"
    if "xl/workbook.bin" in names:
        raise another_kind("a binary Excel workbook (XLSB)", _SAVE)
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if media_type or any(name.startswith(("word/", "ppt/")) for name in names):
        raise another_kind("a text document or a presentation", _EXPORT)
    raise another_kind("a ZIP archive", _UNPACK)


def _compound(stream: Readable) -> Unreadable:
    """What an OLE container holds; its directory names its streams in UTF-16.

    An old workbook is not read: its reader tells neither percentages nor errors.
    """
    encrypted, book, document = (
        name.encode("utf-16-le") for name in ("EncryptedPackage", "Workbook", "WordDocument")
    )
    stream.seek(0)
    names = set()
    before = b""
    for chunk in iter(partial(stream.read, CHUNK_BYTES), b""):
        names |= {name for name in (encrypted, book, document) if name in before + chunk}
        before = chunk[-64:]
    stream.seek(0)
    if encrypted in names:
        return protected_workbook()
    if document in names:
        return another_kind("a Word document", _EXPORT)
    if book in names:
        return another_kind("an Excel workbook of the old format (XLS)", _SAVE)
    return another_kind("a document of an older program", _SAVE)
