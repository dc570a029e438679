"""`billmill user list` and `user password`, and what `user add` says of a person who is known."""

import json

import pytest

from models.accounts import account_by_password
from models.errors import InvalidCredentials
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


def test_who_is_known_keeps_the_password_and_is_told_so(billmill: Type, seller: Account) -> None:
    new_account("beta")
    assert add(billmill, "--org", "alpha") == "ana@example.com can log in to alpha.\n"
    said = add(billmill, "--org", "beta", password="another password")
    assert "can log in to beta" in said
    assert "The password that came by the input is not used" in said
    ana = account_by_password("ana@example.com", PASSWORD)
    assert ana.organization_slug == "alpha"
    assert account_by_password(ana.email, PASSWORD, preferred="beta").organization_slug == "beta"
    with pytest.raises(InvalidCredentials):
        account_by_password("ana@example.com", "another password")


def test_without_a_password_none_is_said_to_be_unused(billmill: Type, seller: Account) -> None:
    new_account("beta")
    add(billmill, "--org", "alpha")
    said = billmill("user", "add", "ana@example.com", "--org", "beta")
    assert (said.exit_code, "not used" in said.stdout) == (0, False)
    assert "keep its password" in said.stdout


def test_who_works_in_an_organisation_is_listed(billmill: Type, seller: Account) -> None:
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


def test_a_password_that_is_too_short_or_nobodys_changes_nothing(
    billmill: Type, seller: Account
) -> None:
    add(billmill, "--org", "alpha")
    change = ["user", "password", "--password-stdin"]
    short = billmill(*change, "ana@example.com", input="short\n")
    assert (short.exit_code, "shorter than 8" in short.output) == (2, True)
    unknown = billmill(*change, "bob@example.com", input="long enough\n")
    assert (unknown.exit_code, "no user bob@example.com" in unknown.stderr) == (1, True)
    assert account_by_password("ana@example.com", PASSWORD)
