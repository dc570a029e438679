"""How tests read a file of rows."""

import io

from models.order_import.errors import Unreadable
from models.order_import.table_file.records import Damage
from models.order_import.table_file.table import open_table


def rows_of(data: bytes | io.BytesIO, **options: str) -> list[list[str] | Damage]:
    """The records, without their lines."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    return [fields for _, fields, _ in open_table(file, **options).records()]


def lines_of(data: bytes | io.BytesIO) -> list[int]:
    """The line of each record."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    return [line for line, _, _ in open_table(file).records()]


def refusal_of(data: bytes | io.BytesIO, **options: str) -> tuple[str, str]:
    """Code and sentence of the only error with which the file is refused."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    try:
        list(open_table(file, **options).records())
    except Unreadable as refused:
        (error,) = refused.errors
        return error.code, error.message
    raise AssertionError("the file was read")
