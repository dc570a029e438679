"""Closes the sockets whose session or API token has ended.

A socket is authorised only when it opens, and may stay open for hours. So every two seconds one
statement checks the credentials of all sockets of this process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from models.accounts.credentials import Credential
from web.live.sockets.websocket import Connection

logger = logging.getLogger(__name__)

CHECK_SECONDS: Final = 2.0
REASON: Final = "Your session or token has ended."

StillValid = Callable[[Collection[Credential]], Collection[Credential]]


class CredentialChecks:
    """One per process; the first socket starts its thread.

    While PostgreSQL does not answer, the sockets stay open.
    """

    def __init__(
        self,
        still_valid: StillValid,
        close: Callable[[Connection, str], None],
        is_closing: Callable[[], bool],
    ) -> None:
        """`close` closes a socket with a reason; `is_closing`: whether the process is ending."""
        self._still_valid = still_valid
        self._close = close
        self._is_closing = is_closing
        self._lock = threading.Lock()
        self._credentials: dict[Connection, Credential] = {}
        self._thread: threading.Thread | None = None
        self._is_database_away = False

    @contextmanager
    def checking(self, connection: Connection, credential: Credential) -> Iterator[None]:
        """Inside the `with` block the connection is closed once its credential has ended."""
        with self._lock:
            self._credentials[connection] = credential
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live-logins", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._credentials.pop(connection, None)

    def check(self) -> None:
        """Closes the sockets whose credential has ended."""
        with self._lock:
            credentials = dict(self._credentials)
        if not credentials:
            return
        try:
            valid = self._still_valid(set(credentials.values()))
        except SQLAlchemyError as error:
            if not self._is_database_away:
                logger.warning("Credentials of sockets not checked: %s", type(error).__name__)
            self._is_database_away = True
            return
        self._is_database_away = False
        for connection, credential in credentials.items():
            if credential not in valid:
                self._close(connection, REASON)

    def _run(self) -> None:
        pause = threading.Event()
        while not self._is_closing():
            pause.wait(CHECK_SECONDS)
            try:
                self.check()
            except Exception:
                # The thread must continue: without it, sockets outlive their sessions.
                logger.exception("Checking the credentials of sockets failed")
