"""Links to the previous and the next page of a list.

A keyset cursor only leads forward; for the way back the URL has the cursors of earlier pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

_LONGEST_TRAIL = 20


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The URLs of the previous and the next page; None if there is no such page."""

    previous: str | None
    next: str | None


def page_links(next_cursor: str | None) -> PageLinks:
    """The links of the requested page, whose next page starts at `next_cursor`."""
    cursor = request.args.get("cursor") or None
    trail = [part for part in request.args.get("trail", "").split(".") if part]
    behind = [*trail, cursor] if cursor else []
    return PageLinks(
        previous=_url(trail[-1] if trail else None, trail[:-1]) if cursor else None,
        next=_url(next_cursor, behind[-_LONGEST_TRAIL:]) if next_cursor else None,
    )


def _url(cursor: str | None, trail: list[str]) -> str:
    query = {name: text for name, text in request.args.items() if name not in ("cursor", "trail")}
    if cursor:
        query["cursor"] = cursor
    if trail:
        query["trail"] = ".".join(trail)
    return f"{request.path}?{urlencode(query)}" if query else request.path
