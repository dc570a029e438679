"""Passwords, kept only as argon2id hashes (RFC 9106, second recommended option: 64 MiB)."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Each verification takes 64 MiB: a burst of logins waits in line instead of filling the memory.
_VERIFICATIONS_AT_ONCE = 4

# Of 32 random bytes that nobody kept, with the parameters of `_hasher`: making it at the first
# use would take longer once, and tell that an e-mail is unknown.
_NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$HWk/ISOcZ0BQQ0BAH/rSqw"
    "$PlmduIDW9ZacDiA+AfJ/OnzhItPPn8LNUReY23dJXck"
)

_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(_VERIFICATIONS_AT_ONCE)


def hash_password(password: str) -> str:
    """The hash to store, with its own salt and parameters."""
    return _hasher.hash(password)


def password_matches(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed; False for None, an account that is not there.

    Takes as long for None as for a wrong password, so that nobody learns who has an account.
    """
    with _turns:
        try:
            _hasher.verify(password_hash or _NOBODYS_HASH, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None
