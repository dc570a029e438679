"""Of many concurrent logins few are checked, the rest are refused, and pages stay fast."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask

from models.accounts.passwords import (
    CHECKED_AT_ONCE,
    WAITING_AT_MOST,
    hash_password,
    login_slot,
)
from models.database import owner_transaction
from models.settings import Settings
from models.tables.user import User
from tests.http.conftest import PASSWORD, log_in
from tests.http.gunicorn_process import gunicorn
from tests.records import Account
from tests.waiting import wait_for

pytestmark = pytest.mark.slow(reason="starts gunicorn, checks passwords at their real cost")

AT_ONCE = 60
PLACES = CHECKED_AT_ONCE + WAITING_AT_MOST


def test_pages_load_within_a_second_during_sixty_concurrent_logins(
    settings: Settings, clerk: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "1")  # lets each client have its own address
    with owner_transaction() as session:
        user = session.get(User, clerk.user_id)
        assert user
        user.password_hash = hash_password(PASSWORD)  # at its real cost
    statuses: Counter[int] = Counter()
    stop = threading.Event()

    def keep_logging_in(number: int) -> None:
        for attempt in count():
            if stop.is_set():
                return
            known = number % 2 and attempt < 2
            email = clerk.email if known else f"nobody-{number}-{attempt}@alpha.example"
            address = f"192.0.2.{number}"
            status, retry_after, _ = ask(served.port, "/login", address, email, "wrong")
            statuses[status] += 1
            if status == 429:
                assert int(retry_after) >= 1
                stop.wait(0.5)  # as a client does on Retry-After

    with gunicorn(settings, tmp_path / "log") as served, ThreadPoolExecutor(AT_ONCE) as pool:
        asking = [pool.submit(keep_logging_in, number) for number in range(AT_ONCE)]
        try:
            wait_for(lambda: sum(statuses.values()) > AT_ONCE, 120)
            seconds = sorted(
                ask(served.port, path)[2] for _ in range(10) for path in ("/healthz", "/login")
            )
        finally:
            stop.set()
        for each in asking:
            each.result()

    assert statuses[401] > 0  # some logins are still checked
    assert statuses[429] > AT_ONCE / 2
    assert set(statuses) == {401, 429}
    assert seconds[-2] < 1, seconds  # one slow response may be due to the machine


def test_a_login_without_a_free_slot_is_refused_at_once_and_counts_as_no_failure(
    app: Flask, clerk: Account
) -> None:
    taken = [login_slot() for _ in range(PLACES)]
    for place in taken:
        place.__enter__()
    try:
        for _ in range(11):
            refused = log_in(app.test_client(), clerk.email)
            assert refused.status_code == 429
            assert "Too many people are signing in at this moment" in refused.text
            assert 'role="alert"' in refused.text  # on the form, which keeps the e-mail
            assert refused.headers["Retry-After"] == "2"
    finally:
        for place in taken:
            place.__exit__(None, None, None)
    assert log_in(app.test_client(), clerk.email).status_code == 302


def ask(
    port: int, path: str, address: str = "192.0.2.200", email: str = "", password: str = ""
) -> tuple[int, str, float]:
    """Status, Retry-After and seconds of a request; it is a login if there is an e-mail."""
    before = time.monotonic()
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"X-Forwarded-For": address, "Content-Type": "application/x-www-form-urlencoded"}
    form = urlencode({"email": email, "password": password})
    try:
        connection.request("POST" if email else "GET", path, form if email else None, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Retry-After") or "", time.monotonic() - before
    finally:
        connection.close()
