"""Closes the sockets of this process whose login has ended.

A socket is admitted once, by a session or an API token, and may stay open for hours. So PostgreSQL
is asked every two seconds, in one statement for all sockets, which of these logins still hold.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from models.accounts.credentials import Credential
from web.live.sockets.connection import Watcher

logger = logging.getLogger(__name__)

CHECK_SECONDS: Final = 2.0
REASON: Final = "Your session or token has ended."

StillValid = Callable[[Collection[Credential]], Collection[Credential]]


class Admissions:
    """One per process; its thread starts with the first socket.

    While PostgreSQL does not answer, the sockets stay.
    """

    def __init__(
        self,
        still_valid: StillValid,
        close: Callable[[Watcher, str], None],
        is_closing: Callable[[], bool],
    ) -> None:
        """`close` closes a socket for a reason; `is_closing` says that the process ends."""
        self._still_valid = still_valid
        self._close = close
        self._is_closing = is_closing
        self._lock = threading.Lock()
        self._admitted: dict[Watcher, Credential] = {}
        self._thread: threading.Thread | None = None
        self._is_away = False

    @contextmanager
    def admitted(self, watcher: Watcher, credential: Credential) -> Iterator[None]:
        """Within it the socket is closed once its credential has ended."""
        with self._lock:
            self._admitted[watcher] = credential
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live-logins", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._admitted.pop(watcher, None)

    def check(self) -> None:
        """Closes the sockets whose login has ended meanwhile."""
        with self._lock:
            admitted = dict(self._admitted)
        if not admitted:
            return
        try:
            valid = self._still_valid(set(admitted.values()))
        except SQLAlchemyError as error:
            if not self._is_away:
                logger.warning("Logins of sockets are not checked: %s", type(error).__name__)
            self._is_away = True
            return
        self._is_away = False
        for watcher, credential in admitted.items():
            if credential not in valid:
                self._close(watcher, REASON)

    def _run(self) -> None:
        pause = threading.Event()
        while not self._is_closing():
            pause.wait(CHECK_SECONDS)
            try:
                self.check()
            except Exception:
                # Without this thread an ended login would go on watching.
                logger.exception("Checking the logins of sockets failed")
