"""An open socket closes within 5 s when what admitted it ends: session, token, member, password."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import websocket
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from models.accounts.api_tokens import revoke_token
from models.accounts.credentials import Credential
from models.accounts.passwords import hash_password
from models.database import owner_transaction
from tests.http.conftest import Shop, log_in, token_of, with_password
from tests.http.gunicorn_process import Gunicorn, gunicorn
from tests.records import Account
from web.live.credential_checks import REASON, CredentialChecks
from web.live.sockets.connection import Connection

ENDS_WITHIN = 5.0
REFUSED = 1008
OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}

Open = Callable[[dict[str, str]], websocket.WebSocket]


@pytest.fixture(scope="module")
def server(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """One for the whole module."""
    log: Path = tmp_path_factory.mktemp("gunicorn") / "log"
    with gunicorn(shop.app.extensions["settings"], log) as started:
        yield started
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def job_id(shop: Shop) -> str:
    """A job that nobody works on."""
    found: str = shop.api.post("/api/batch-jobs", json={"order_ids": shop.orders}).get_json()["id"]
    return found


@pytest.fixture
def watch(server: Gunicorn, job_id: str) -> Iterator[Open]:
    """Opens a socket on the job with these headers, and reads the snapshot."""
    sockets: list[websocket.WebSocket] = []

    def open_socket(headers: dict[str, str]) -> websocket.WebSocket:
        url = f"ws://127.0.0.1:{server.port}/ws/batch-jobs/{job_id}"
        sockets.append(
            websocket.create_connection(url, timeout=30, header=headers, suppress_origin=True)
        )
        assert json.loads(sockets[-1].recv())["type"] == "snapshot"
        return sockets[-1]

    yield open_socket
    for socket in sockets:
        socket.shutdown()


@pytest.fixture
def clerk(shop: Shop) -> Iterator[Account]:
    """Who works in alpha again after the test, with the same password."""
    yield shop.clerk
    with owner_transaction() as session:
        session.execute(
            text("UPDATE memberships SET ended_at = NULL WHERE user_id = :user"),
            {"user": shop.clerk.user_id},
        )
    with_password(shop.clerk)


def cookie_of(browser: FlaskClient) -> dict[str, str]:
    found = browser.get_cookie("billmill_session")
    assert found is not None
    return {"Cookie": f"billmill_session={found.value}"}


@pytest.fixture
def browser(shop: Shop, clerk: Account) -> FlaskClient:
    """A browser in which the clerk has logged in."""
    client = shop.app.test_client()
    assert log_in(client, clerk.email).status_code == 302
    return client


def closes(watching: websocket.WebSocket) -> tuple[int, str]:
    """The code and reason with which the server closes, within the time it has."""
    deadline = time.monotonic() + ENDS_WITHIN
    while time.monotonic() < deadline:
        kind, data = watching.recv_data(control_frame=True)
        if kind == websocket.ABNF.OPCODE_CLOSE:
            assert time.monotonic() < deadline
            return int.from_bytes(data[:2], "big"), data[2:].decode()
    raise AssertionError("the socket stays open")


def test_logging_out_closes_the_sockets_of_that_session_only(
    shop: Shop, browser: FlaskClient, watch: Open
) -> None:
    other = shop.app.test_client()
    log_in(other, shop.clerk.email)
    watching, elsewhere = watch(cookie_of(browser)), watch(cookie_of(other))
    by_token = watch(shop.api.headers)
    browser.post("/logout", headers=OWN)
    assert closes(watching) == (REFUSED, REASON)
    for staying in (elsewhere, by_token):
        staying.settimeout(0.5)  # longer than what lies between two closes of one check
        with pytest.raises(websocket.WebSocketTimeoutException):
            staying.recv()


def test_a_revoked_token_watches_no_longer(shop: Shop, clerk: Account, watch: Open) -> None:
    token = token_of(clerk, "short-lived")
    watching = watch({"Authorization": f"Bearer {token}"})
    with owner_transaction() as session:
        revoke_token(session, organization_id=clerk.organization_id, name="short-lived")
    assert closes(watching) == (REFUSED, REASON)


def test_a_token_that_expires_watches_no_longer(shop: Shop, clerk: Account, watch: Open) -> None:
    token = token_of(clerk, "soon-over")
    watching = watch({"Authorization": f"Bearer {token}"})
    with owner_transaction() as session:
        session.execute(text("UPDATE api_tokens SET expires_at = now() WHERE name = 'soon-over'"))
    assert closes(watching) == (REFUSED, REASON)


def test_who_has_left_the_organisation_watches_no_longer_with_session_or_token(
    shop: Shop, clerk: Account, browser: FlaskClient, watch: Open
) -> None:
    sockets = [watch(cookie_of(browser)), watch(shop.api.headers)]
    with owner_transaction() as session:
        session.execute(
            text("UPDATE memberships SET ended_at = now() WHERE user_id = :user"),
            {"user": clerk.user_id},
        )
    assert [closes(each) for each in sockets] == [(REFUSED, REASON)] * 2


def test_a_new_password_ends_watching(clerk: Account, browser: FlaskClient, watch: Open) -> None:
    watching = watch(cookie_of(browser))
    with owner_transaction() as session:
        session.execute(
            text("UPDATE users SET password_hash = :hash WHERE id = :user"),
            {"hash": hash_password("another one"), "user": clerk.user_id},
        )
    assert closes(watching) == (REFUSED, REASON)


def test_two_idle_hours_end_watching_too(browser: FlaskClient, watch: Open) -> None:
    watching = watch(cookie_of(browser))
    with owner_transaction() as session:
        session.execute(text("UPDATE user_sessions SET last_seen_at = now() - interval '2 hours'"))
    assert closes(watching) == (REFUSED, REASON)


def test_while_the_database_is_away_sockets_stay_and_are_asked_for_in_one_statement() -> None:
    asked: list[set[Credential]] = []
    closed: list[object] = []
    away = True
    sessions = [Credential("session", number) for number in range(3)]
    connections = [object.__new__(Connection) for _ in sessions]

    def still_valid(credentials: set[Credential]) -> set[Credential]:
        asked.append(credentials)
        if away:
            raise OperationalError("SELECT", {}, Exception("away"))
        return {sessions[0]}

    checks = CredentialChecks(still_valid, lambda one, _: closed.append(one), lambda: True)
    with (
        checks.checking(connections[0], sessions[0]),
        checks.checking(connections[1], sessions[1]),
    ):
        with checks.checking(connections[2], sessions[2]):
            checks.check()
        assert closed == []
        away = False
        checks.check()
    assert closed == [connections[1]]
    assert asked == [set(sessions), set(sessions[:2])]
    checks.check()
    assert len(asked) == 2  # without sockets nobody is asked
