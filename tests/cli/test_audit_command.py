"""`billmill audit`: the actions with their users and tokens."""

import json

from models.accounts.audit import Author, record_act
from models.database import org_transaction
from tests.cli.conftest import Type
from tests.http.conftest import token_of
from tests.records import Account, new_account


def test_actions_are_shown_newest_first_with_user_and_token(
    billmill: Type, seller: Account
) -> None:
    token_of(seller, "shop")
    with org_transaction(seller.organization_id) as session:
        author = Author(seller.user_id, "192.0.2.7", 1)
        record_act(session, seller.organization_id, author, "invoice.issued", number="R-\x1b[2J")
    assert billmill("org", "edit", "alpha", "--vat-id", "").exit_code == 0
    lines = billmill("audit", "--org", "alpha").stdout.splitlines()
    assert lines[0].split()[2:] == ["action", "user", "token", "address", "job", "details"]
    assert lines[1].split()[2:7] == ["org.edited", "-", "-", "-", "-"]
    assert lines[2].split()[2:6] == ["invoice.issued", seller.email, "shop", "192.0.2.7"]
    assert "\x1b" not in lines[2]
    items = json.loads(billmill("audit", "--org", "alpha", "--json").stdout)["items"]
    assert [(each["user"], each["token"]) for each in items] == [
        (None, None), (seller.email, "shop"), (None, None)
    ]  # fmt: skip
    assert len(billmill("audit", "--org", "alpha", "--limit", "1").stdout.splitlines()) == 2


def test_another_organisations_actions_are_not_shown(billmill: Type, seller: Account) -> None:
    new_account("beta")
    billmill("org", "edit", "beta", "--vat-id", "")
    assert len(billmill("audit", "--org", "alpha").stdout.splitlines()) == 1
