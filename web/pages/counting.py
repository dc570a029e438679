"""Counts the rows of a list up to a bound, so that the page is fast.

A list of a million rows first shows "more than 1,000"; the page fetches the exact number later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from models.lists.paging import Page

COUNTED = 1_000


def count_of(page: Page[Any], count: Callable[[int], int]) -> int:
    """The number of rows, or `COUNTED` + 1 if there are more.

    `count` counts the rows up to a bound; a list that fits on one page needs no count.
    """
    if page.next_cursor is None and not request.args.get("cursor"):
        return len(page.items)
    return count(COUNTED + 1)
