"""Passwords: stored as argon2id hashes, and checked one at a time.

The parameters are OWASP's recommended minimum (19 MiB, two passes, one lane): a check takes 34 ms
of one processor. The library's default takes 220 ms in four threads, and a flood of logins would
pay that for no gain: guesses are limited anyway (`web/logins/limit.py`).

A hash with other parameters is checked with its own. It is replaced when its password changes, not
at a login, because the application's role may not write `users`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.errors import LoginsBusy

# Per process. One check keeps one processor busy, and leaves the others to pages and jobs.
CHECKED_AT_ONCE: Final = 1
# Each waiting login holds a thread of the web process, for 0.3 s at most.
WAITING_AT_MOST: Final = 8
_BUSY_SECONDS = 2

# The hash of 32 random bytes that were not kept, with the parameters of `_hasher`.
UNKNOWN_USER_HASH: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$fQiRl3QDuvQqenL6kBZV5g"
    "$q5hoiELin3a8QXIt7ea1QanHTehQdG7XNy/1yYJEeCQ"
)

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_checking = threading.BoundedSemaphore(CHECKED_AT_ONCE)
_slots = threading.BoundedSemaphore(CHECKED_AT_ONCE + WAITING_AT_MOST)


def hash_password(password: str) -> str:
    """The hash to store, with its own salt and parameters."""
    return _hasher.hash(password)


@contextmanager
def login_slot() -> Iterator[None]:
    """Holds one of this process's slots for logins; raises `LoginsBusy` when none is free.

    It refuses at once instead of waiting: a waiting login would hold a thread that pages need.
    """
    if not _slots.acquire(blocking=False):
        raise LoginsBusy(
            "Too many people are signing in at this moment; try again in a few seconds.",
            retry_after=_BUSY_SECONDS,
        )
    try:
        yield
    finally:
        _slots.release()


def password_matches(password_hash: str, password: str) -> bool:
    """Whether `password` is the one that was hashed; waits while another is checked."""
    with _checking:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
