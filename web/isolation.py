"""Values within sentences: each keeps its writing direction to itself.

Without isolation an Arabic name moves the brackets and numbers beside it (Unicode Standard
Annex 9). Tags do it in text; attributes and titles take isolating characters.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# Letters and digits of scripts that run from right to left, and the marks for it.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Embeddings, overrides and isolates, which would reach behind the value's end.
_REACHING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_QUOTED = re.compile("“([^”]*)”")


def isolated(text: str) -> str:
    """The value for an attribute or a title, between isolates if it runs from right to left."""
    text = _REACHING.sub("", text)
    return f"\u2068{text}\u2069" if _RIGHT_TO_LEFT.search(text) else text


def sentence(text: str, *values: str | None) -> Markup:
    """A sentence in which the quoted parts, and the given values, stand in `<bdi>`."""
    parts = []
    place = 0
    for found in _parts(*values).finditer(text):
        start, end = found.span(1) if found[1] is not None else found.span()
        parts += [escape(text[place:start]), Markup("<bdi>{}</bdi>").format(text[start:end])]
        place = end
    return Markup("").join([*parts, escape(text[place:])])


def _parts(*values: str | None) -> re.Pattern[str]:
    named = sorted(filter(None, values), key=len, reverse=True)
    if not named:
        return _QUOTED
    any_value = "|".join(map(re.escape, named))
    return re.compile(rf"{_QUOTED.pattern}|(?<!\w)(?:{any_value})(?!\w)")
