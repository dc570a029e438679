"""How many rows a list has: counted with the page only as far as that takes no time.

A list of a million rows says "more than 1,000" and fetches the exact figure after it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from models.lists.paging import Page

COUNTED = 1_000


def count_of(page: Page[Any], count: Callable[[int], int]) -> int:
    """How many rows there are, `COUNTED` + 1 where they are more.

    `count` counts the rows up to a bound; a list of one page says it itself.
    """
    if page.next_cursor is None and not request.args.get("cursor"):
        return len(page.items)
    return count(COUNTED + 1)
