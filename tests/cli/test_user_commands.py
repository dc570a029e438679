"""`billmill user list` and `user password`, and the output of `user add` for a known user."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from models.accounts.lookup import account_by_token
from models.accounts.memberships import end_membership, membership_of
from models.accounts.password_login import account_by_password
from models.accounts.users import user_with_email
from models.database import owner_transaction
from models.errors import InvalidCredentials, InvalidRequest
from tests.cli.acts import acts_of
from tests.cli.conftest import Type
from tests.records import Account, new_account

PASSWORD = "correct horse battery"


def add(billmill: Type, *options: str, password: str = PASSWORD) -> str:
    added = billmill(
        "user", "add", "ana@example.com", "--password-stdin", *options, input=f"{password}\n"
    )
    assert added.exit_code == 0, added.output
    return str(added.stdout)


def test_a_known_user_keeps_the_password_and_the_command_says_so(
    billmill: Type, seller: Account
) -> None:
    new_account("beta")
    assert add(billmill, "--org", "alpha") == "ana@example.com can sign in to alpha.\n"
    said = add(billmill, "--org", "beta", password="another password")
    assert "can sign in to beta" in said
    assert "The password from the input is not used" in said
    ana = account_by_password("ana@example.com", PASSWORD)
    assert ana.organization_slug == "alpha"
    assert account_by_password(ana.email, PASSWORD, preferred="beta").organization_slug == "beta"
    with pytest.raises(InvalidCredentials):
        account_by_password("ana@example.com", "another password")


def test_without_a_given_password_none_is_reported_as_unused(
    billmill: Type, seller: Account
) -> None:
    new_account("beta")
    add(billmill, "--org", "alpha")
    said = billmill("user", "add", "ana@example.com", "--org", "beta")
    assert (said.exit_code, "not used" in said.stdout) == (0, False)
    assert "keep its password" in said.stdout


def test_the_users_of_an_organisation_are_listed(billmill: Type, seller: Account) -> None:
    add(billmill, "--org", "alpha", "--role", "member")
    heading, *lines = billmill("user", "list", "--org", "alpha").stdout.splitlines()
    assert heading.split() == ["e-mail", "role", "added,", "UTC"]
    assert [line.split()[:2] for line in lines] == [
        ["ana@example.com", "member"], [seller.email, "admin"]
    ]  # fmt: skip
    document = billmill("user", "list", "--org", "alpha", "--json").stdout
    assert [(item["email"], item["role"]) for item in json.loads(document)["items"]] == [
        ("ana@example.com", "member"), (seller.email, "admin")
    ]  # fmt: skip
    assert "password" not in document


def test_a_new_password_replaces_the_old_one_in_all_organisations(
    billmill: Type, seller: Account
) -> None:
    beta = new_account("beta")
    for slug in ("alpha", "beta"):
        add(billmill, "--org", slug)
    changed = billmill(
        "user", "password", "Ana@Example.com", "--password-stdin", input="a new password\n"
    )
    assert (changed.exit_code, changed.stdout) == (0, "ana@example.com has a new password.\n")
    assert account_by_password("ana@example.com", "a new password").organization_slug == "alpha"
    with pytest.raises(InvalidCredentials):
        account_by_password("ana@example.com", PASSWORD)
    for organization in (seller, beta):
        told = ("password.changed", None, {"email": "ana@example.com"})
        assert acts_of(organization)[-1] == told


def test_a_short_password_or_an_unknown_user_changes_nothing(
    billmill: Type, seller: Account
) -> None:
    add(billmill, "--org", "alpha")
    change = ["user", "password", "--password-stdin"]
    short = billmill(*change, "ana@example.com", input="short\n")
    assert (short.exit_code, "shorter than 10" in short.output) == (2, True)
    unknown = billmill(*change, "bob@example.com", input="long enough\n")
    assert (unknown.exit_code, "no user bob@example.com" in unknown.stderr) == (1, True)
    assert account_by_password("ana@example.com", PASSWORD)


def test_a_removed_user_and_their_tokens_have_no_access(billmill: Type, seller: Account) -> None:
    add(billmill, "--org", "alpha")
    token = made_token(billmill)
    said = billmill("user", "remove", "Ana@example.com", "--org", "alpha")
    assert said.exit_code == 0, said.output
    assert said.stdout == (
        "ana@example.com is no longer in alpha.\n"
        "Tokens revoked too: 'shop'.\n"
        "It was their last organisation: the account has ended.\n"
    )
    for refused in (
        lambda: account_by_password("ana@example.com", PASSWORD),
        lambda: account_by_token(token),
    ):
        with pytest.raises(InvalidCredentials):
            refused()
    assert "ana@example.com" not in billmill("user", "list", "--org", "alpha").stdout
    assert [(action, details) for action, _, details in acts_of(seller)[-2:]] == [
        ("token.revoked", {"name": "shop"}),
        ("user.removed", {"email": "ana@example.com"}),
    ]


def test_a_returning_user_starts_fresh_and_former_tokens_stay_revoked(
    billmill: Type, seller: Account
) -> None:
    add(billmill, "--org", "alpha")
    token = made_token(billmill)
    billmill("user", "remove", "ana@example.com", "--org", "alpha")
    said = add(billmill, "--org", "alpha", "--role", "member", password="quite another one")
    assert said == "ana@example.com can sign in to alpha.\n"
    account = account_by_password("ana@example.com", "quite another one")
    assert (account.organization_slug, account.role) == ("alpha", "member")
    for refused in (
        lambda: account_by_password("ana@example.com", PASSWORD),
        lambda: account_by_token(token),
    ):
        with pytest.raises(InvalidCredentials):
            refused()


def test_a_user_removed_from_one_organisation_keeps_the_others(
    billmill: Type, seller: Account
) -> None:
    new_account("beta")
    for slug in ("alpha", "beta"):
        add(billmill, "--org", slug)
    said = billmill("user", "remove", "ana@example.com", "--org", "alpha").stdout
    assert said == "ana@example.com is no longer in alpha.\n"
    assert account_by_password("ana@example.com", PASSWORD).organization_slug == "beta"
    again = billmill("user", "remove", "ana@example.com", "--org", "alpha")
    assert (again.exit_code, "is not in the organisation" in again.stderr) == (1, True)


@pytest.mark.parametrize("command", [["remove"], ["role"]])
def test_the_last_admin_stays_until_there_is_another(
    billmill: Type, seller: Account, command: list[str]
) -> None:
    words = [*command, seller.email, *(["member"] if command == ["role"] else []), "--org", "alpha"]
    add(billmill, "--org", "alpha", "--role", "member")
    refused = billmill("user", *words)
    assert refused.exit_code == 1
    assert "alpha would have no admin left: first add one" in refused.stderr
    assert [details for action, _, details in acts_of(seller) if "removed" in action] == []
    assert billmill("user", "role", "ana@example.com", "admin", "--org", "alpha").exit_code == 0
    assert billmill("user", *words).exit_code == 0


def test_a_change_of_role_is_in_the_audit_log(billmill: Type, seller: Account) -> None:
    add(billmill, "--org", "alpha")
    change = ["user", "role", "ana@example.com", "member", "--org", "alpha"]
    assert billmill(*change).stdout == "ana@example.com is member of alpha.\n"
    assert account_by_password("ana@example.com", PASSWORD).role == "member"
    changed = {"email": "ana@example.com", "before": "admin", "after": "member"}
    assert acts_of(seller)[-1] == ("user.role_changed", None, changed)
    assert billmill(*change).stdout == "ana@example.com is member of alpha already.\n"
    assert len(acts_of(seller)) == 2


def test_a_user_whose_account_has_ended_gets_no_new_password(
    billmill: Type, seller: Account
) -> None:
    add(billmill, "--org", "alpha")
    billmill("user", "remove", "ana@example.com", "--org", "alpha")
    change = ["user", "password", "ana@example.com", "--password-stdin"]
    unknown = billmill(*change, input="long enough\n")
    assert (unknown.exit_code, "no user ana@example.com" in unknown.stderr) == (1, True)


def made_token(billmill: Type) -> str:
    words = ["--org", "alpha", "--user", "ana@example.com", "--name", "shop"]
    return str(billmill("token", "create", *words).stdout.strip())


def test_when_two_admins_are_removed_at_once_one_stays(billmill: Type, seller: Account) -> None:
    add(billmill, "--org", "alpha")
    start = Barrier(2)

    def remove(email: str) -> str:
        start.wait(10)
        try:
            with owner_transaction() as session:
                user = user_with_email(session, email)
                assert user
                membership = membership_of(session, seller.organization_id, user.id)
                assert membership
                end_membership(session, seller.organization_id, membership)
        except InvalidRequest as refused:
            return refused.code
        return "removed"

    with ThreadPoolExecutor(2) as pool:
        removed = list(pool.map(remove, ["ana@example.com", seller.email]))
    assert sorted(removed) == ["last_admin", "removed"]
