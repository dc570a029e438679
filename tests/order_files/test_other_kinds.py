"""A file that is something else altogether gets one sentence that says what it is."""

import gzip
import io
import json
from zipfile import ZipFile

import pytest

from tests.order_files.reading import refusal_of, rows_of


def archive(**parts: str) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w") as packed:
        for name, text in parts.items():
            packed.writestr(name.replace("__", "/").replace("_", "."), text)
    return file.getvalue()


COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600
CAMT = (
    '<?xml version="1.0"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
    "<BkToCstmrStmt/></Document>"
)
MT940 = ":20:STARTUMSE\r\n:25:10020030/1234567\r\n:28C:00001/001\r\n:60F:C261126EUR1,00\r\n"
KINDS = {
    "a page": (b"<html><table><tr><th>order_number</th></tr></table></html>", "HTML"),
    "a page with a type": (b"\xef\xbb\xbf\n <!DOCTYPE html>\n<html lang=de>", "HTML"),
    "a report named .xls": (b"<meta charset=utf-8><table border=1><tr>", "HTML"),
    "a page as XML": (b'<?xml version="1.0"?><!-- x --><html xmlns="x">', "HTML"),
    "a page in UTF-16": ("<html><body>".encode("utf-16"), "HTML"),
    "a document": (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    "a bank statement": (MT940.encode(), "bank statement (MT940)"),
    "a bank statement with SWIFT's head": (b"{1:F01BANKDEFFXXXX}{4:\r\n:20:1", "MT940"),
    "a bank statement in XML": (CAMT.encode(), "bank statement (CAMT)"),
    "an order as XML": (b"<?xml version='1.0'?><orders><table/></orders>", "XML"),
    "an invoice as XML": (b"<Invoice xmlns='urn:oasis:names:specification:ubl'>", "XML"),
    "Excel's XML": (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        "XML of 2003",
    ),
    "an object": (json.dumps({"orders": [{"order_number": "A"}]}, indent=1).encode(), "JSON"),
    "a list": (b' [ {"order_number": 1}]', "JSON"),
    "JSON lines": (b'{"order_number": 1}\n{"order_number": 2}\n', "JSON"),
    "an archive": (archive(orders_csv="a,b\n1,2\n"), "a ZIP archive"),
    "gzip": (gzip.compress(b"a,b\n1,2\n"), "a gzip archive"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "image"),
    "a photograph": (b"\xff\xd8\xff\xe0\0\x10JFIF", "image"),
    "a letter": (archive(word__document_xml="<w/>"), "text document"),
    "an old letter": (COMPOUND + "WordDocument".encode("utf-16-le"), "Word"),
    "an old workbook": (COMPOUND + "Workbook".encode("utf-16-le"), "XLS"),
    "a binary workbook": (archive(xl__workbook_bin="x"), "XLSB"),
    "RTF": (rb"{\rtf1\ansi order_number}", "RTF"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_another_kind_of_file_is_named(kind: str) -> None:
    data, word = KINDS[kind]
    code, message = refusal_of(data)
    assert code == "another_kind_of_file"
    assert word in message
    assert (message.count("."), message[-1]) == (1, ".")


@pytest.mark.parametrize(
    "text",
    [
        "order_number,note\nA,<b>bold</b>\n",
        'order_number,note\nA,"{""a"": 1}"\n',
        "note,order_number\n:20:x,A\n",
        "PKW,BZ\n1,2\n",
        "II*,GIF\n1,2\n",
    ],
)
def test_a_table_that_holds_such_text_is_a_table(text: str) -> None:
    assert len(rows_of(text.encode())) == 2
