"""Timed requests of one person to the web process, over one connection that stays open."""

import http.client
import json
import math
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.running import Running
from benchmarks.services import Database, Organization
from models.accounts.passwords import hash_password

PASSWORD = "only for benchmarks"


class Person:
    """Requests pages and the API as the clerk of an organisation."""

    def __init__(self, running: Running, organization: Organization) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {organization.token}"}
        self._cookie = ""

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def log_in(self, database: Database, organization: Organization) -> None:
        """Logs in: later requests for pages carry the session's cookie."""
        database.sql(
            "UPDATE users SET password_hash = %s WHERE id = %s",
            [hash_password(PASSWORD), organization.user_id],
        )
        form = f"email={organization.slug}%40bench.example&password={PASSWORD.replace(' ', '+')}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
        }
        self._connection.request("POST", "/login", form, headers)
        answer = self._connection.getresponse()
        answer.read()
        cookies = answer.headers.get_all("Set-Cookie", [])
        if answer.status != 302 or not cookies:
            raise AssertionError(f"the login was answered with {answer.status}")
        self._cookie = "; ".join(cookie.partition(";")[0] for cookie in cookies)

    def get(self, path: str) -> float:
        """Seconds until the whole answer has arrived; it must be 200."""
        headers = self._headers if path.startswith("/api/") else {"Cookie": self._cookie}
        began = time.perf_counter()
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - began
        if answer.status != 200:
            raise AssertionError(f"{path} was answered with {answer.status}: {body[:200]!r}")
        return seconds

    def post(self, path: str, body: object) -> tuple[float, dict[str, Any]]:
        """Seconds until the whole answer has arrived, and its JSON; it must be 202."""
        text = json.dumps(body)
        headers = {**self._headers, "Content-Type": "application/json"}
        began = time.perf_counter()
        self._connection.request("POST", path, text, headers)
        answer = self._connection.getresponse()
        read = answer.read()
        seconds = time.perf_counter() - began
        if answer.status != 202:
            raise AssertionError(f"{path} was answered with {answer.status}: {read[:200]!r}")
        found: dict[str, Any] = json.loads(read)
        return seconds, found


def p95(seconds: Sequence[float]) -> float:
    """The smallest of the figures that 95 % of them do not exceed."""
    return sorted(seconds)[math.ceil(len(seconds) * 0.95) - 1]
