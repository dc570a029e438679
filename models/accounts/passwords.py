"""Passwords, kept only as argon2id hashes, and how many of them are checked at once.

The parameters are OWASP's recommended minimum (19 MiB, two passes, one lane): 34 ms of one
processor, where the library's default takes 220 ms in four threads. Beside the bounds on guessing
(`web/logins/limit.py`) the difference protects nobody, and it is what a flood of logins costs us.

A hash with other parameters is checked with its own. It is replaced when the password is, not at
a login: the application's role may not write `users`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.errors import LoginsBusy

# Per process. One check keeps one processor busy: pages and jobs have the others.
CHECKED_AT_ONCE: Final = 1
# Beside the one that is checked: each holds a thread of the web process, for 0.3 s in all.
WAITING_AT_MOST: Final = 8
_BUSY_SECONDS = 2

# Of 32 random bytes that nobody kept, with the parameters of `_hasher`.
NOBODYS_HASH: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$fQiRl3QDuvQqenL6kBZV5g"
    "$q5hoiELin3a8QXIt7ea1QanHTehQdG7XNy/1yYJEeCQ"
)

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_checking = threading.BoundedSemaphore(CHECKED_AT_ONCE)
_places = threading.BoundedSemaphore(CHECKED_AT_ONCE + WAITING_AT_MOST)


def hash_password(password: str) -> str:
    """The hash to store, with its own salt and parameters."""
    return _hasher.hash(password)


@contextmanager
def place_to_log_in() -> Iterator[None]:
    """Bounds the logins in progress in this process; raises `LoginsBusy` when there are too many.

    It refuses at once instead of waiting: a waiting login would hold a thread that pages need.
    """
    if not _places.acquire(blocking=False):
        raise LoginsBusy(
            "Too many people are logging in at this moment; try again in a few seconds.",
            retry_after=_BUSY_SECONDS,
        )
    try:
        yield
    finally:
        _places.release()


def password_matches(password_hash: str, password: str) -> bool:
    """Whether `password` is the one that was hashed; waits while another one is checked."""
    with _checking:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
