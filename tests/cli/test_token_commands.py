"""`billmill token list` and `token revoke`."""

import json

import pytest

from models.accounts import account_by_token
from models.errors import InvalidCredentials
from tests.cli.acts import acts_of
from tests.cli.conftest import Type
from tests.records import Account, new_account


def made(billmill: Type, seller: Account, name: str) -> str:
    words = ["--org", seller.slug, "--user", seller.email, "--name", name]
    return billmill("token", "create", *words).stdout.strip()


def test_a_revoked_token_opens_nothing_and_others_stay(billmill: Type, seller: Account) -> None:
    shop, till = made(billmill, seller, "shop"), made(billmill, seller, "till")
    assert billmill("token", "revoke", "--org", "alpha", "--name", "shop").exit_code == 0
    with pytest.raises(InvalidCredentials):
        account_by_token(shop)
    assert account_by_token(till).email == seller.email
    assert acts_of(seller)[-1] == ("token.revoked", None, {"name": "shop"})


def test_tokens_are_listed_with_who_acts_and_when_they_were_revoked(
    billmill: Type, seller: Account
) -> None:
    secret = made(billmill, seller, "shop")
    made(billmill, seller, "till")
    billmill("token", "revoke", "--org", "alpha", "--name", "shop")
    listed = billmill("token", "list", "--org", "alpha").stdout
    heading, shop, till = (line.split() for line in listed.splitlines())
    assert heading == ["name", "user", "created,", "UTC", "revoked,", "UTC"]
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
