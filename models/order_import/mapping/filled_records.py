"""Rows with what the user says of the whole file: fixed values, and what 0 % means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from models.order_import.mapping.codes import code_of
from models.order_import.mapping.standard_values import Records
from models.order_import.table_file.records import Damage

Names = Callable[[Sequence[str]], Sequence[str]]
_ZERO: Final = re.compile(r"\s*[+-]?0+(?:\.0*)?\s*", re.ASCII).fullmatch


def filled_records(records: Records, names_of: Names, constants: Mapping[str, str]) -> Records:
    """The records, header first, with `constants` where their columns are empty.

    The constants are by our columns, which `names_of` finds in the header; a column that the file
    does not have stays away. Rows without any value stay so.
    """
    header = next(records, None)
    if header is None:
        return
    yield header
    at = _positions(header[1], names_of)
    fills = [(at[name], code_of(name, value)) for name, value in constants.items() if name in at]
    for line, fields, odd_bytes in records:
        if isinstance(fields, list) and len(fields) >= len(at) and any(map(str.strip, fields)):
            for position, value in fills:
                if not fields[position].strip():
                    fields[position] = value
        yield line, fields, odd_bytes


def with_zero_rate(records: Records, names_of: Names, category: str) -> Records:
    """The records, header first, with the tax category of rows with 0 % of which nothing says why.

    Their numbers are written in the standard way.
    """
    header = next(records, None)
    if header is None:
        return
    yield header
    at = _positions(header[1], names_of)
    percent, stated = at.get("tax_percent"), at.get("tax_category")
    for line, fields, odd_bytes in records:
        if (
            percent is not None
            and stated is not None
            and isinstance(fields, list)
            and len(fields) >= len(at)
            and is_untaxed(fields[percent], fields[stated])
        ):
            fields[stated] = category
        yield line, fields, odd_bytes


def is_untaxed(percent: str, category: str) -> bool:
    """Whether a row has 0 % and nothing says why: no tax category, or S, which is never 0 %."""
    return category.strip().upper() in ("", "S") and _ZERO(percent) is not None


def _positions(header: Sequence[str] | Damage, names_of: Names) -> dict[str, int]:
    if isinstance(header, Damage):
        return {}
    return {name: position for position, name in enumerate(names_of(header))}
