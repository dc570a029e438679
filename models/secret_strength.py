"""Whether a secret setting is guessable: a placeholder, a sequence or a repetition.

It accepts what a generator makes (hexadecimal, base64, UUIDs) and refuses what people type.
"""

from __future__ import annotations

import re
from typing import Final

SHORTEST: Final = 32
# How much must remain of the secret without the words of placeholders.
_SHORTEST_REST = 12
_FEWEST_CHARACTERS = 8
_REPEATED = 8
_RUN = 4

# Words of at least `_INSIDE` letters count inside longer words too: no generator makes them.
_PLACEHOLDERS: Final = (
    "a", "app", "at", "be", "billmill", "change", "changeit", "changeme", "char", "chars",
    "character", "characters", "default", "demo", "dev", "development", "django", "do", "dummy",
    "example", "flask", "for", "generate", "here", "in", "insecure", "is", "it", "key", "keys",
    "least", "local", "long", "me", "must", "my", "not", "of", "only", "or", "password",
    "placeholder", "please", "prod", "production", "random", "replace", "sample", "secret",
    "secrets", "session", "some", "string", "strong", "super", "test", "testing", "tests", "that",
    "the", "this", "to", "top", "token", "use", "value", "very", "with", "you", "your",
)  # fmt: skip
_INSIDE: Final = 6
_LINES: Final = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiop", "azertyuiop",
    "asdfghjkl", "zxcvbnm", "yxcvbnm",
)  # fmt: skip
_ALONG_LINES: Final = frozenset(
    each[place : place + _RUN]
    for line in _LINES
    for each in (line, line[::-1])
    for place in range(len(line) - _RUN + 1)
)


def weakness(secret: str) -> str | None:
    """What is wrong with the secret, to follow its name in a sentence; None if nothing is."""
    if len(secret) < SHORTEST:
        return f"is missing or shorter than {SHORTEST} characters"
    lowered = secret.lower()
    rest = _without_placeholders(lowered)
    if len(set(rest)) < _FEWEST_CHARACTERS or len(rest) < _SHORTEST_REST:
        return "is a placeholder or has too few different characters"
    if _repeats(lowered):
        return "repeats itself"
    if _covered_by_sequences(rest) > len(rest) / 2:
        return "is a sequence"
    return None


def _without_placeholders(lowered: str) -> str:
    inside = sorted((word for word in _PLACEHOLDERS if len(word) >= _INSIDE), key=len, reverse=True)
    cut = re.sub("|".join(inside), " ", lowered)
    return "".join(word for word in re.split(r"[\W_]+", cut) if word not in _PLACEHOLDERS)


def _repeats(text: str) -> bool:
    pieces = [text[place : place + _REPEATED] for place in range(len(text) - _REPEATED + 1)]
    return len(set(pieces)) < len(pieces)


def _covered_by_sequences(text: str) -> int:
    """How many characters are in a run such as abcd, 3210, qwer or aaaa."""
    covered: set[int] = set()
    for place in range(len(text) - _RUN + 1):
        piece = text[place : place + _RUN]
        if piece in _ALONG_LINES or len(set(piece)) == 1:
            covered.update(range(place, place + _RUN))
    return len(covered)
