"""Whether a new password is hard enough to guess, by zxcvbn's estimate.

zxcvbn knows the 30,000 most frequent passwords of breaches, words and names, keyboard patterns,
sequences, dates, and all of these written with other letters. Its lists take a tenth of a second
to load: import this module only where a password is set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from zxcvbn import zxcvbn

from models.errors import InvalidRequest

SHORTEST: Final = 10
# "Safely unguessable: moderate protection from offline slow-hash scenario", 10^8 guesses.
LOWEST_SCORE: Final = 3
_LONGEST_ESTIMATED = 72  # zxcvbn takes no more; what follows can only add to it
_REMEDY = "Choose four or more words that have nothing to do with each other, or let a password "
_REMEDY += "manager make one."


def check_new_password(password: str, known: Iterable[str]) -> None:
    """Raises `InvalidRequest` for a password that is short or easy to guess.

    `known` are texts that an attacker knows about the user: e-mail address, organisations' names.
    """
    if len(password) < SHORTEST:
        raise InvalidRequest(
            f"The password is shorter than {SHORTEST} characters. {_REMEDY}", code="weak_password"
        )
    estimate = zxcvbn(password[:_LONGEST_ESTIMATED], user_inputs=_words([*known, "billmill"]))
    if estimate["score"] < LOWEST_SCORE:
        why = estimate["feedback"]["warning"] or "It is a word or a name with little around it."
        raise InvalidRequest(
            f"The password is too easy to guess. {_sentence(why)} {_REMEDY}", code="weak_password"
        )


def _words(texts: Iterable[str]) -> list[str]:
    """The texts and their parts: of ana@acme.example also ana, acme and example."""
    found: set[str] = set()
    for text in texts:
        lowered = text.lower()
        found |= {lowered, *(part for part in re.split(r"[\W_]+", lowered) if len(part) > 2)}
    return sorted(found)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
