"""Limits the guessing of passwords without locking the owner out of the account.

Failures are counted per account, as the database finds it, and per network address. A browser
that has signed in to the account before (`web/logins/device_cookie.py`) has its own count, so the
failures of other clients do not lock it out.
"""

from __future__ import annotations

import math
from typing import Final

from models.errors import TooManyAttempts
from web.logins.attempt_counts import AttemptCounts, Count, Counter
from web.networks import network_of

# Failures on one account from one address (or known browser).
PAIR_BOUND: Final = 10
PAIR_SECONDS: Final = 5 * 60
# Failures from one address on any account: a wide limit, because many people may share an address.
ADDRESS_BOUND: Final = 100
ADDRESS_SECONDS: Final = 5 * 60
# Failures on one account from all addresses together; then one attempt every few seconds.
ACCOUNT_BOUND: Final = 50
ACCOUNT_SECONDS: Final = 60 * 60
SLOW_SECONDS: Final = 10


class LoginLimit:
    """Call `admit` before a password is checked, and `forget` if the password was right."""

    def __init__(self, counts: AttemptCounts) -> None:
        self._counts = counts

    def admit(self, account: str, address: str, browser: str | None) -> None:
        """Counts a failure in advance, or counts nothing and raises `TooManyAttempts`.

        `account` is the key of a `Candidate`, `browser` the id of a browser that it has used.
        """
        if browser is not None:
            self._admit([(_of_browser(browser), PAIR_BOUND, "for this e-mail address")])
            return
        per_account = _of_account(account)
        _, _, failures = self._admit(
            [
                (_of_pair(account, address), PAIR_BOUND, "for this e-mail address"),
                (_of_address(address), ADDRESS_BOUND, "from your network address"),
                (per_account, None, ""),
            ]
        )
        if failures.attempts > ACCOUNT_BOUND:
            slow = Counter(f"slow\n{account}", SLOW_SECONDS)
            try:
                self._admit([(slow, 1, "for this e-mail address")])
            except TooManyAttempts:
                taken_back = [_of_pair(account, address), _of_address(address), per_account]
                self._counts.take_back(taken_back)
                raise

    def forget(self, account: str, address: str, browser: str | None) -> None:
        """Takes back the count of a login that succeeded."""
        if browser is not None:
            self._counts.forget(_of_browser(browser))
            return
        self._counts.take_back([_of_address(address), _of_account(account)])
        self._counts.forget(_of_pair(account, address))

    def _admit(self, bounds: list[tuple[Counter, int | None, str]]) -> list[Count]:
        counters = [counter for counter, _, _ in bounds]
        counts = self._counts.add(counters)
        for count, (_, bound, whose) in zip(counts, bounds, strict=True):
            if bound is not None and count.attempts > bound:
                self._counts.take_back(counters)
                seconds = max(1, math.ceil(count.seconds_left))
                raise TooManyAttempts(
                    f"Too many logins failed {whose}; try again in {_words(seconds)}.",
                    retry_after=seconds,
                )
        return counts


def _of_pair(account: str, address: str) -> Counter:
    return Counter(f"pair\n{account}\n{network_of(address)}", PAIR_SECONDS)


def _of_browser(browser: str) -> Counter:
    return Counter(f"browser\n{browser}", PAIR_SECONDS)


def _of_address(address: str) -> Counter:
    return Counter(f"address\n{network_of(address)}", ADDRESS_SECONDS)


def _of_account(account: str) -> Counter:
    return Counter(f"account\n{account}", ACCOUNT_SECONDS)


def _words(seconds: int) -> str:
    if seconds <= 60:
        return "a second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(seconds / 60)} minutes"
