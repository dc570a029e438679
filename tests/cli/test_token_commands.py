"""`billmill token list` and `token revoke`."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from models.accounts.lookup import account_by_token
from models.database import owner_transaction
from models.errors import InvalidCredentials
from tests.cli.acts import acts_of
from tests.cli.conftest import Type
from tests.records import Account, new_account


def made(billmill: Type, seller: Account, name: str, *options: str) -> str:
    words = ["--org", seller.slug, "--user", seller.email, "--name", name, *options]
    return billmill("token", "create", *words).stdout.strip()


def test_a_revoked_token_is_refused_and_others_still_work(billmill: Type, seller: Account) -> None:
    shop, till = made(billmill, seller, "shop"), made(billmill, seller, "till")
    assert billmill("token", "revoke", "--org", "alpha", "--name", "shop").exit_code == 0
    with pytest.raises(InvalidCredentials):
        account_by_token(shop)
    assert account_by_token(till).email == seller.email
    assert acts_of(seller)[-1] == ("token.revoked", None, {"name": "shop"})


def test_tokens_are_listed_with_their_user_and_revocation(billmill: Type, seller: Account) -> None:
    secret = made(billmill, seller, "shop")
    made(billmill, seller, "till")
    billmill("token", "revoke", "--org", "alpha", "--name", "shop")
    listed = billmill("token", "list", "--org", "alpha").stdout
    heading, shop, till = (line.split() for line in listed.splitlines())
    assert [word.rstrip(",") for word in heading if word != "UTC"] == [
        "name", "user", "created", "expires", "last", "used", "revoked"
    ]  # fmt: skip
    assert (shop[:2], shop[-1] != "-") == (["shop", seller.email], True)
    assert (till[:2], till[-1]) == (["till", seller.email], "-")
    document = billmill("token", "list", "--org", "alpha", "--json").stdout
    revoked = {item["name"]: item["revoked_at"] for item in json.loads(document)["items"]}
    assert revoked["till"] is None
    assert revoked["shop"].endswith("+00:00")
    assert secret not in listed + document


def test_a_token_is_revoked_once_and_only_by_its_own_organisation(
    billmill: Type, seller: Account
) -> None:
    stranger = new_account("beta")
    token = made(billmill, stranger, "shop")
    revoke = ["token", "revoke", "--name", "shop", "--org"]
    absent = billmill(*revoke, "alpha")
    assert (absent.exit_code, "no token 'shop'" in absent.stderr) == (1, True)
    assert account_by_token(token).organization_slug == "beta"
    assert billmill(*revoke, "beta").exit_code == 0
    again = billmill(*revoke, "beta")
    assert (again.exit_code, "revoked before" in again.stderr) == (1, True)
    assert [action for action, *_ in acts_of(stranger)] == ["token.created", "token.revoked"]


def test_a_token_expires_after_ninety_days_by_default(billmill: Type, seller: Account) -> None:
    made(billmill, seller, "shop")
    made(billmill, seller, "till", "--days", "7")
    made(billmill, seller, "door", "--never")
    document = billmill("token", "list", "--org", "alpha", "--json").stdout
    days = {
        item["name"]: item["expires_at"]
        and (datetime.fromisoformat(item["expires_at"]) - datetime.now(UTC)).total_seconds() / 86400
        for item in json.loads(document)["items"]
    }
    assert days["door"] is None
    assert days["shop"] == pytest.approx(90, abs=0.01)
    assert days["till"] == pytest.approx(7, abs=0.01)
    told = {details["name"]: details["days"] for _, _, details in acts_of(seller)}
    assert told == {"shop": 90, "till": 7, "door": None}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--days", "0"], "not in the range"),
        (["--days", "367"], "not in the range"),
        (["--days", "7", "--never"], "not both"),
    ],
)
def test_an_invalid_lifetime_is_refused(
    billmill: Type, seller: Account, options: list[str], said: str
) -> None:
    words = ["--org", "alpha", "--user", seller.email, "--name", "shop", *options]
    refused = billmill("token", "create", *words)
    assert (refused.exit_code, said in refused.output) == (2, True)


def test_the_name_of_a_revoked_token_can_be_used_again(billmill: Type, seller: Account) -> None:
    first = made(billmill, seller, "shop")
    taken = billmill("token", "create", "--org", "alpha", "--user", seller.email, "--name", "shop")
    assert (taken.exit_code, "a token 'shop' already" in taken.stderr) == (1, True)
    revoke = ["token", "revoke", "--org", "alpha", "--name", "shop"]
    billmill(*revoke)
    second = made(billmill, seller, "shop")
    assert account_by_token(second).email == seller.email
    with pytest.raises(InvalidCredentials):
        account_by_token(first)
    billmill(*revoke)
    with pytest.raises(InvalidCredentials):
        account_by_token(second)


def test_the_name_of_an_expired_token_can_be_used_again(billmill: Type, seller: Account) -> None:
    made(billmill, seller, "shop")
    with owner_transaction() as session:
        session.execute(text("UPDATE api_tokens SET expires_at = now() - interval '1 day'"))
    assert account_by_token(made(billmill, seller, "shop")).email == seller.email
