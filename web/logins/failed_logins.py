"""Writes failed logins to the audit log, without revealing to the client who has an account.

A request only adds to a list in memory, whether or not the e-mail address has an account. A thread
writes the failures of real accounts: the first one within a second, after that one row per account
and minute with their number.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.accounts.audit import Author, record_act
from models.accounts.lookup import Account
from models.accounts.password_login import Candidate
from models.database import org_transaction

logger = logging.getLogger(__name__)

# Tests set shorter times.
GATHER_SECONDS = 1.0
EVERY_SECONDS = 60.0
MAX_ACCOUNTS: Final = 1_000
_MAX_ADDRESSES = 5


@dataclass(slots=True)
class Failures:
    """The failures of one account: wrong passwords, and attempts that the login limit refused.

    Keeps the first few addresses.
    """

    accounts: tuple[Account, ...]
    wrong: int = 0
    refused: int = 0
    addresses: list[str] = field(default_factory=list)

    def add(self, other: Failures) -> None:
        """Adds later failures."""
        self.wrong += other.wrong
        self.refused += other.refused
        new = [address for address in other.addresses if address not in self.addresses]
        self.addresses = (self.addresses + new)[:_MAX_ADDRESSES]


def note_in_audit_log(failures: Failures) -> None:
    """Writes one row in each organisation of the account; its author is unknown."""
    for account in failures.accounts:
        with org_transaction(account.organization_id) as session:
            record_act(
                session,
                account.organization_id,
                Author(None, failures.addresses[0]),
                "login.failed",
                email=account.email,
                addresses=failures.addresses,
                wrong_passwords=failures.wrong,
                refused=failures.refused,
            )


class FailedLogins:
    """One per process; its thread runs while there is something to write."""

    def __init__(
        self,
        note: Callable[[Failures], None] = note_in_audit_log,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._note = note
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, Failures] = {}
        self._written_at: dict[str, float] = {}
        self._thread: threading.Thread | None = None

    def add(self, candidate: Candidate, address: str, *, refused: bool) -> None:
        """Adds a wrong password, or an attempt `refused` before its password was checked."""
        one = Failures(candidate.accounts, int(not refused), int(refused), [address])
        with self._lock:
            waiting = self._waiting.get(candidate.key)
            if waiting is not None:
                waiting.add(one)
            elif len(self._waiting) < MAX_ACCOUNTS:
                self._waiting[candidate.key] = one
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="failed-logins", daemon=True)
                self._thread.start()

    def write(self, *, everything: bool = False) -> None:
        """Writes what is due; with `everything`, as before the process ends, all of it."""
        now = self._clock()
        with self._lock:
            recent = {key: at for key, at in self._written_at.items() if now - at < EVERY_SECONDS}
            due = [key for key in self._waiting if everything or key not in recent]
            taken = {key: self._waiting.pop(key) for key in due}
            known = [key for key, failures in taken.items() if failures.accounts]
            self._written_at = recent | dict.fromkeys(known, now)
        for key in known:
            try:
                self._note(taken[key])
            except (OperationalError, PoolTimeout) as error:
                logger.warning("Failed logins are not written yet: %s", type(error).__name__)
                self._put_back(key, taken[key])

    def _put_back(self, key: str, failures: Failures) -> None:
        with self._lock:
            later = self._waiting.get(key)
            if later is not None:
                failures.add(later)
            self._waiting[key] = failures

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(GATHER_SECONDS)
            try:
                self.write()
            except Exception:
                logger.exception("Writing failed logins failed")
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
