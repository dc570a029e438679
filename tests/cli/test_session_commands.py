"""`billmill user sessions` and `user end-sessions`; the effect of a new password on sessions."""

import json

import pytest
from sqlalchemy import insert

from models.accounts.audit import Author
from models.accounts.lookup import account_by_session
from models.accounts.password_login import account_by_password
from models.accounts.user_sessions import Beginning, begin_session
from models.database import owner_transaction
from models.tables.membership import Membership
from tests.cli.acts import acts_of
from tests.cli.conftest import Type
from tests.http.conftest import PASSWORD, with_password
from tests.records import Account, new_account


def begin(seller: Account, token_hash: str, slug: str = "alpha") -> int:
    """Logs the seller's user in, as the web does."""
    account = account_by_password(seller.email, PASSWORD, preferred=slug)
    beginning = Beginning(
        account.organization_id, account.user_id, account.password_mark, token_hash,
        "192.0.2.7", "Firefox/140.0",
    )  # fmt: skip
    return begin_session(beginning, Author(account.user_id, "192.0.2.7"))


@pytest.fixture
def clerk(seller: Account) -> Account:
    """A user of alpha and beta."""
    beta = new_account("beta")
    with owner_transaction() as session:
        session.execute(
            insert(Membership).values(organization_id=beta.organization_id, user_id=seller.user_id)
        )
    return with_password(seller)


def test_the_sessions_of_a_user_are_listed(billmill: Type, clerk: Account) -> None:
    first, second = begin(clerk, "one"), begin(clerk, "two", "beta")
    listed = billmill("user", "sessions", clerk.email.upper(), "--json")
    items = json.loads(listed.stdout)["items"]
    assert [(each["id"], each["organization"]) for each in items] == [
        (second, "beta"), (first, "alpha")
    ]  # fmt: skip
    table = billmill("user", "sessions", clerk.email).stdout
    assert all(word in table for word in ("192.0.2.7", "Firefox/140.0", "last seen, UTC"))
    for secret in ("one", "two", "hash", "password"):
        assert secret not in listed.stdout


def test_an_operator_logs_a_user_out_everywhere(billmill: Type, clerk: Account) -> None:
    first, second = begin(clerk, "one"), begin(clerk, "two")
    begin(clerk, "three", "beta")
    ended = billmill("user", "end-sessions", clerk.email)
    assert (ended.exit_code, ended.stdout) == (0, f"3 sessions of {clerk.email} ended.\n")
    assert [account_by_session(each) for each in ("one", "two", "three")] == [None] * 3
    told = ("session.ended", None, {"why": "operator", "session_ids": [first, second]})
    assert acts_of(clerk)[-1] == told
    assert billmill("user", "end-sessions", clerk.email).stdout.startswith("0 sessions")


def test_a_new_password_ends_all_sessions_and_says_so(billmill: Type, clerk: Account) -> None:
    begun = begin(clerk, "one")
    billmill("user", "password", clerk.email, "--password-stdin", input="a quite new password\n")
    assert account_by_session("one") is None
    assert acts_of(clerk)[-1] == (
        "session.ended", None, {"why": "new_password", "session_ids": [begun]}
    )  # fmt: skip


@pytest.mark.parametrize("command", ["sessions", "end-sessions"])
def test_a_missing_user_is_named(billmill: Type, seller: Account, command: str) -> None:
    answer = billmill("user", command, "bob@example.com")
    assert (answer.exit_code, "no user bob@example.com" in answer.stderr) == (1, True)
