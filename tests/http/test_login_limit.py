"""Password guessing is slowed down per account and address, without locking out the owner."""

from dataclasses import replace

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from models.database import owner_transaction
from models.settings import Settings
from tests.http.conftest import PASSWORD, log_in, with_password
from tests.records import Account, new_account
from web.app import create_app
from web.logins.attempt_counts import MOST_IN_MEMORY, AttemptCounts, Count, Counter

pytestmark = pytest.mark.slow(reason="tries up to 100 logins in a test")

NO_REDIS = "redis://127.0.0.1:1/0"


def try_from(app: Flask, address: str, email: str, password: str = "wrong") -> TestResponse:
    """One attempt with a new browser, from this address."""
    return log_in(app.test_client(), email, password, environ_base={"REMOTE_ADDR": address})


def fail(app: Flask, times: int, address: str, email: str) -> None:
    for _ in range(times):
        assert try_from(app, address, email).status_code == 401


def test_after_ten_failures_the_eleventh_attempt_waits_even_with_the_right_password(
    app: Flask, clerk: Account
) -> None:
    fail(app, 10, "192.0.2.1", clerk.email)
    refused = try_from(app, "192.0.2.1", clerk.email, PASSWORD)
    assert refused.status_code == 429
    assert "Too many logins failed for this e-mail address; try again in 5 minutes." in refused.text
    assert 290 <= int(refused.headers["Retry-After"]) <= 300


def test_the_limit_treats_unknown_and_known_emails_alike(app: Flask, clerk: Account) -> None:
    fail(app, 10, "192.0.2.1", clerk.email)
    fail(app, 10, "192.0.2.1", "nobody@alpha.example")
    known = try_from(app, "192.0.2.1", clerk.email)
    unknown = try_from(app, "192.0.2.1", "Nobody@alpha.example")
    assert known.status_code == unknown.status_code == 429
    assert known.text.replace(clerk.email, "") == unknown.text.replace("Nobody@alpha.example", "")


@pytest.mark.parametrize("letter", ["I", "\u0130", "K", "\u212a"])
def test_all_spellings_of_an_email_share_one_limit(app: Flask, letter: str) -> None:
    account = with_password(new_account("kiki-milli"))
    upper, lower = letter, {"K": "k", "\u212a": "k"}.get(letter, "i")
    spellings = [
        "".join(upper if number >> place & 1 else lower for place in range(4))
        for number in range(16)
    ]
    with owner_transaction() as session:
        email = f"{lower * 4}@alpha.example"
        session.execute(text("UPDATE users SET email = :email"), {"email": email})
        found = [
            each
            for each in spellings
            if session.scalar(text("SELECT lower(:a) = lower(:b)"), {"a": each, "b": lower * 4})
        ]
    counted = [try_from(app, "192.0.2.1", f"{each}@alpha.example").status_code for each in found]
    assert counted == ([401] * 10 + [429] * 6)[: len(found)]
    assert len(found) in (1, 16)  # depends on whether the database folds the letter
    assert account.slug


def test_the_limit_ends_when_its_counters_expire(
    app: Flask, clerk: Account, redis_client: redis.Redis
) -> None:
    fail(app, 10, "192.0.2.1", clerk.email)
    assert try_from(app, "192.0.2.1", clerk.email, PASSWORD).status_code == 429
    keys = list(redis_client.scan_iter("login:attempts:*"))
    assert len(keys) == 3
    for key in keys:
        assert clerk.email not in key
        assert 0 < redis_client.ttl(key) <= 3600
    redis_client.delete(*keys)
    assert try_from(app, "192.0.2.1", clerk.email, PASSWORD).status_code == 302


def test_a_successful_login_clears_earlier_failures(app: Flask, clerk: Account) -> None:
    for _ in range(2):
        fail(app, 9, "192.0.2.1", clerk.email)
        assert try_from(app, "192.0.2.1", clerk.email, PASSWORD).status_code == 302


def test_an_address_that_fails_on_many_accounts_must_wait_and_others_need_not(
    app: Flask, clerk: Account
) -> None:
    for number in range(100):
        fail(app, 1, "192.0.2.1", f"nobody-{number}@alpha.example")
    refused = try_from(app, "192.0.2.1", clerk.email, PASSWORD)
    assert refused.status_code == 429
    assert "Too many logins failed from your network address" in refused.text
    assert try_from(app, "192.0.2.2", clerk.email, PASSWORD).status_code == 302


def test_successful_logins_do_not_count_against_their_address(app: Flask, clerk: Account) -> None:
    for number in range(99):
        fail(app, 1, "192.0.2.1", f"nobody-{number}@alpha.example")
    for _ in range(3):
        assert try_from(app, "192.0.2.1", clerk.email, PASSWORD).status_code == 302


def test_the_addresses_of_one_ipv6_network_share_a_limit(app: Flask, clerk: Account) -> None:
    for host in range(10):
        fail(app, 1, f"2001:db8::{host:x}", clerk.email)
    assert try_from(app, "2001:db8::ff", clerk.email, PASSWORD).status_code == 429
    assert try_from(app, "2001:db8:0:1::1", clerk.email, PASSWORD).status_code == 302


def test_guessing_from_many_addresses_is_slowed_down_but_the_account_is_never_locked(
    app: Flask, clerk: Account, redis_client: redis.Redis
) -> None:
    for number in range(50):
        fail(app, 1, f"192.0.2.{number}", clerk.email)
    assert try_from(app, "198.51.100.1", clerk.email).status_code == 401
    refused = try_from(app, "198.51.100.2", clerk.email, PASSWORD)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    (slow,) = [
        key for key in redis_client.scan_iter("login:attempts:*") if redis_client.ttl(key) <= 10
    ]
    redis_client.delete(slow)  # ten seconds later
    assert try_from(app, "198.51.100.2", clerk.email, PASSWORD).status_code == 302


def test_a_browser_that_has_logged_in_before_is_not_locked_out_by_others(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    """This also holds behind an unconfigured proxy, where all clients have one address."""
    browser.post("/logout")
    fail(app, 10, "127.0.0.1", clerk.email)
    for number in range(90):
        fail(app, 1, "127.0.0.1", f"nobody-{number}@alpha.example")
    assert try_from(app, "127.0.0.1", clerk.email, PASSWORD).status_code == 429
    assert log_in(browser, clerk.email).status_code == 302
    assert browser.get("/api/orders").status_code == 200


def test_a_known_browser_has_the_usual_limit_and_only_for_its_own_account(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    beta = with_password(new_account("beta"))
    fail(app, 10, "127.0.0.1", beta.email)
    assert log_in(browser, beta.email).status_code == 429
    for _ in range(10):
        assert log_in(browser, clerk.email, "wrong").status_code == 401
    assert log_in(browser, clerk.email).status_code == 429


def test_a_session_goes_on_while_others_guess(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    fail(app, 10, "127.0.0.1", clerk.email)
    assert browser.get("/orders").status_code == 200


def test_without_redis_people_can_log_in_and_guesses_are_counted_in_memory(
    settings: Settings, clerk: Account
) -> None:
    alone = create_app(replace(settings, redis_url=NO_REDIS))
    fail(alone, 10, "192.0.2.1", clerk.email)
    assert try_from(alone, "192.0.2.1", clerk.email, PASSWORD).status_code == 429
    assert try_from(alone, "192.0.2.2", clerk.email, PASSWORD).status_code == 302


def test_taking_back_an_expired_attempt_gives_no_extra_attempt(redis_client: redis.Redis) -> None:
    counts, pair = AttemptCounts(redis_client), Counter("too late", 300)
    counts.take_back([pair])
    assert counts.add([pair])[0].attempts == 1


def test_counts_in_memory_expire_and_are_bounded() -> None:
    now = 0.0
    nowhere = redis.Redis.from_url(NO_REDIS)
    counts = AttemptCounts(nowhere, clock=lambda: now)
    pair = Counter("pair", 300)
    assert [counts.add([pair])[0].attempts for _ in range(3)] == [1, 2, 3]
    counts.take_back([pair])
    now = 299.0
    assert counts.add([pair]) == [Count(3, 1)]
    now = 300.0
    assert counts.add([pair])[0].attempts == 1
    for number in range(MOST_IN_MEMORY):
        counts._memory.add([Counter(f"other {number}", 300)], 1)
    assert len(counts._memory._counts) == MOST_IN_MEMORY
    assert counts.add([pair])[0].attempts == 1  # the oldest count was removed
