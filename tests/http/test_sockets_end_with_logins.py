"""A socket closes within 5 s after its session, token, membership or password ends."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
import websocket
from flask.testing import FlaskClient
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

from models.accounts.api_tokens import revoke_token
from models.accounts.credentials import Credential
from models.accounts.passwords import hash_password
from models.database import owner_transaction
from models.tables.membership import Membership
from models.tables.user import User
from tests.http.conftest import Shop, log_in, token_of, with_password
from tests.http.gunicorn_process import Gunicorn
from tests.records import Account
from web.live.credential_checks import REASON, CredentialChecks
from web.live.sockets.websocket import Connection

pytestmark = pytest.mark.slow(reason="starts gunicorn, waits for the check of logins")

ENDS_WITHIN = 5.0
REFUSED = 1008
OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}

Headers = dict[str, str]
Open = Callable[[Headers], websocket.WebSocket]


@dataclass(frozen=True)
class Member:
    """A user of alpha with a browser that is logged in and a program with a token."""

    account: Account
    browser: FlaskClient
    cookie: Headers
    bearer: Headers


def new_member(shop: Shop, name: str) -> Member:
    email = f"{name.replace(' ', '-')}@alpha.example"
    with owner_transaction() as session:
        user_id = session.scalars(
            insert(User).values(email=email, password_hash="-").returning(User.id)
        ).one()
        session.execute(
            insert(Membership).values(organization_id=shop.clerk.organization_id, user_id=user_id)
        )
    account = with_password(Account(shop.clerk.organization_id, user_id, "alpha", email))
    browser = shop.app.test_client()
    bearer = {"Authorization": f"Bearer {token_of(account, name)}"}
    return Member(account, browser, logged_in(browser, email), bearer)


def logged_in(browser: FlaskClient, email: str) -> Headers:
    """The session cookie after a login in this browser."""
    assert log_in(browser, email).status_code == 302
    found = browser.get_cookie("billmill_session")
    assert found is not None
    return {"Cookie": f"billmill_session={found.value}"}


@pytest.fixture
def watch(server: Gunicorn, shop: Shop) -> Iterator[Open]:
    """Opens a socket with these headers on a job that no worker runs, and reads the snapshot."""
    submitted = shop.api.post("/api/batch-jobs", json={"order_ids": shop.orders})
    url = f"ws://127.0.0.1:{server.port}/ws/batch-jobs/{submitted.get_json()['id']}"
    with ExitStack() as stack:

        def open_socket(headers: Headers) -> websocket.WebSocket:
            opened = websocket.create_connection(
                url, timeout=30, header=headers, suppress_origin=True
            )
            stack.callback(opened.shutdown)
            assert json.loads(opened.recv())["type"] == "snapshot"
            return opened

        yield open_socket


def closes(watching: websocket.WebSocket, deadline: float) -> tuple[int, str]:
    """The code and reason with which the server closes, before the deadline."""
    while time.monotonic() < deadline:
        kind, data = watching.recv_data(control_frame=True)
        if kind == websocket.ABNF.OPCODE_CLOSE:
            assert time.monotonic() < deadline
            return int.from_bytes(data[:2], "big"), data[2:].decode()
    raise AssertionError("the socket stays open")


def log_out(member: Member) -> None:
    assert member.browser.post("/logout", headers=OWN).status_code == 302


def idle_for_two_hours(member: Member) -> None:
    run(
        "UPDATE user_sessions SET last_seen_at = now() - interval '2 hours' WHERE user_id = :user",
        member,
    )


def change_the_password(member: Member) -> None:
    run(
        "UPDATE users SET password_hash = :hash WHERE id = :user",
        member,
        hash=hash_password("another one"),
    )


def leave_the_organization(member: Member) -> None:
    run("UPDATE memberships SET ended_at = now() WHERE user_id = :user", member)


def revoke_the_token(member: Member) -> None:
    with owner_transaction() as session:
        revoke_token(
            session,
            organization_id=member.account.organization_id,
            name="revoke the token",
        )


def let_the_token_expire(member: Member) -> None:
    run("UPDATE api_tokens SET expires_at = now() WHERE user_id = :user", member)


def run(statement: str, member: Member, **values: str) -> None:
    with owner_transaction() as session:
        session.execute(text(statement), {"user": member.account.user_id, **values})


# What ends a login, and which of the member's sockets it closes.
ENDINGS: dict[Callable[[Member], None], tuple[str, ...]] = {
    log_out: ("cookie",),
    idle_for_two_hours: ("cookie",),
    change_the_password: ("cookie",),
    leave_the_organization: ("cookie", "bearer"),
    revoke_the_token: ("bearer",),
    let_the_token_expire: ("bearer",),
}


def test_a_socket_closes_within_five_seconds_of_the_end_of_its_login(
    shop: Shop, watch: Open
) -> None:
    """Each ending has its own member, so all of them wait for the same checks."""
    members = {end: new_member(shop, end.__name__.replace("_", " ")) for end in ENDINGS}
    leaver = members[log_out]
    elsewhere = watch(logged_in(shop.app.test_client(), leaver.account.email))
    by_token = watch(leaver.bearer)
    closing = {
        end: [watch(getattr(members[end], way)) for way in ways] for end, ways in ENDINGS.items()
    }
    deadlines = {}
    for end, member in members.items():
        end(member)
        deadlines[end] = time.monotonic() + ENDS_WITHIN
    for end, sockets in closing.items():
        for each in sockets:
            assert closes(each, deadlines[end]) == (REFUSED, REASON), end.__name__
    # A logout closes the sockets of its own session only. The first wait is longer than the time
    # between two closes of one check.
    for seconds, staying in ((0.5, elsewhere), (0.1, by_token)):
        staying.settimeout(seconds)
        with pytest.raises(websocket.WebSocketTimeoutException):
            staying.recv()


def test_sockets_stay_open_while_the_database_is_away_and_one_statement_checks_them_all() -> None:
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
    assert len(asked) == 2  # without sockets there is nothing to check
