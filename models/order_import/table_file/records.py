"""The CSV records of an orders file, each with the line on which it begins.

A damaged record is reported, and reading continues with the next line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from models.order_import.errors import Unreadable, row_error
from models.order_import.table_file.text_lines import (
    MAX_LINE_BYTES,
    MAX_RECORD_CHARACTERS,
    MAX_RECORD_LINES,
    LineReader,
    RecordTooLong,
    Source,
)

# The lines after a quote that is never closed are read again, up to these limits: thirty records
# of the greatest length.
MAX_CHARACTERS_READ_AGAIN: Final = 30 * MAX_RECORD_CHARACTERS
MAX_LINES_READ_AGAIN: Final = 30 * MAX_RECORD_LINES
# A long value may stand in a column that nobody reads; the line has a limit of its own.
csv.field_size_limit(MAX_LINE_BYTES)


@dataclass(frozen=True, slots=True)
class Damage:
    """Why a record could not be read; `text` is its first line as it stands in the file."""

    code: str
    message: str
    text: str
    separator: str = ","

    def leading_values(self) -> list[str]:
        """The values before the damage, complete and in the columns in which they stand."""
        return self._leading()[0]

    def likely_values(self) -> list[str]:
        """All values as a person would read them, to be shown and mended, not to be stored."""
        values, end = self._leading()
        rest = self.text[end:].rstrip("\r\n").split(self.separator)
        return values + [value.strip('"').replace('""', '"') for value in rest]

    def _leading(self) -> tuple[list[str], int]:
        """The values before the damage, and where they end in `text`."""
        complete = _complete_value(self.separator).match
        values, at = [], 0
        while found := complete(self.text, at):
            plain, quoted = found.groups()
            values.append(plain if quoted is None else quoted.replace('""', '"'))
            at = found.end()
        return values, at


# The line on which a record begins (of a workbook: its row), its fields or why it has none, and
# whether the fields may hold NUL or what was no text in the file's encoding (lone surrogates).
Record = tuple[int, list[str] | Damage, bool]


@cache
def _complete_value(separator: str) -> re.Pattern[str]:
    """A value and the separator behind it: plain, or within quotes."""
    mark = re.escape(separator)
    return re.compile(rf'(?:([^"{mark}\r\n]*)|"((?:[^"]|"")*)"){mark}')


def read_records(stream: Source, separator: str) -> Iterator[Record]:
    """The line on which each record begins, its fields, and whether they may hold odd bytes.

    Odd bytes are NUL and bytes that are not UTF-8, which become lone surrogates; the flag is true
    for every record near such a byte. Blank lines and a byte order mark are skipped. Raises
    `Unreadable`.
    """
    lines = LineReader(stream)
    reader = csv.reader(lines.remaining(), strict=True, delimiter=separator)
    while True:
        lines.begin_record()
        try:
            fields = next(reader)
            if _has_stray_quotes(lines.record, fields, separator):
                raise csv.Error
        except StopIteration:
            return
        except (csv.Error, RecordTooLong) as error:
            yield lines.begins_on, _damage(error, lines.record[0], separator), lines.odd_bytes
            lines.unread_record()
            if _is_read_too_often(lines):
                message = "Quotes are left open on too many lines; reading stopped here."
                last = row_error(lines.begins_on, None, "too_many_unclosed_quotes", message)
                raise Unreadable(last) from error
            reader = csv.reader(lines.remaining(), strict=True, delimiter=separator)
        else:
            yield lines.begins_on, fields, lines.odd_bytes


def _is_read_too_often(lines: LineReader) -> bool:
    return (
        lines.characters_read_again > MAX_CHARACTERS_READ_AGAIN
        or lines.lines_read_again > MAX_LINES_READ_AGAIN
    )


def _has_stray_quotes(record: list[str], fields: list[str], separator: str) -> bool:
    """Whether a quote or a separator beside one came in or was lost, so that values may stand in
    wrong columns.

    A value without quotes around it may have one, 27" for example, but not beside quoted values,
    and only one value of a record.
    """
    text = record[0] if len(record) == 1 else "".join(record)
    quotes = text.count('"')
    if not quotes:
        return False
    if len(record) > 1 and not "".join(fields).strip() and len(fields) == 1:
        return True  # two quotes, each alone on its line
    if quotes % 2 and (text.startswith('"') or f'{separator}"' in text):
        return True
    # Values with a tab in them are too rare to suspect 3" in two columns.
    if separator == "\t" or '"' not in "".join(fields):
        return False
    bare: list[str] = _values_without_quotes(separator).findall(text)
    # Spreadsheets write ="01069" to keep the zero.
    return sum('"' in value and not value.startswith('="') for value in bare) > 1


@cache
def _values_without_quotes(separator: str) -> re.Pattern[str]:
    """Each value of a record; the group is empty for one within quotes."""
    mark = re.escape(separator)
    return re.compile(rf'(?:^|{mark})(?:"(?:[^"]|"")*"|([^{mark}]*))')


def _damage(error: Exception, text: str, separator: str) -> Damage:
    if isinstance(error, RecordTooLong) or "unexpected end" in str(error):
        return Damage(
            "unclosed_quote", "A quote is opened on this line and never closed.", text, separator
        )
    if "field larger" in str(error):
        return Damage("value_too_long", "A value on this line is far too long.", text, separator)
    message = (
        "This line is not well-formed CSV: text follows a closing quote, or a line break in a "
        "value is not quoted."
    )
    return Damage("malformed_row", message, text, separator)
