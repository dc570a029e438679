"""Values that people have mended, where a file has the old ones again.

Only the very value that was there before the first mend counts as old: any other is news from the
order's source, and replaces the mended value.
"""

from __future__ import annotations

from typing import Any

from models.order_import.content import HEAD_FIELDS, LINE_FIELDS, Content
from models.orders.mends import Mends
from models.value_text import value_text

_LineValues = tuple[Any, ...]


def keep_mends(stored: Content, given: Content, mends: Mends) -> Content:
    """The file's order, with the mended values in place of the old ones that it has again."""

    def kept(path: str, here: Any, there: Any) -> Any:
        old_and_new = (value_text(there), value_text(here))
        return here if here != there and mends.get(path) == old_and_new else there

    head = tuple(map(kept, HEAD_FIELDS, stored.head, given.head))
    status = kept("status", stored.status, given.status)
    here, there = (_by_number(content) for content in (stored, given))
    lines = []
    for number in sorted(here.keys() | there.keys()):
        paths = [f"lines[{number}].{name}" for name in LINE_FIELDS]
        mine, theirs = here.get(number), there.get(number)
        if mine is not None and theirs is not None:
            lines.append((number, *map(kept, paths, mine, theirs)))
        elif theirs is not None and not _undoes_line(paths, theirs, mends, place=0):
            lines.append((number, *theirs))
        elif mine is not None and _undoes_line(paths, mine, mends, place=1):
            lines.append((number, *mine))
    return Content(head, str(status), lines)


def _by_number(content: Content) -> dict[int, _LineValues]:
    return {line[0]: line[1:] for line in content.lines}


def _undoes_line(paths: list[str], values: _LineValues, mends: Mends, *, place: int) -> bool:
    """Whether a person has removed just this line (`place` 0), or added it (1)."""
    known = [mends.get(path, (None, None)) for path in paths]
    texts = [value_text(value) for value in values]
    return [each[place] for each in known] == texts and not any(each[1 - place] for each in known)
