"""`billmill org list`, `show` and `edit`."""

import json
from typing import Any

import pytest

from tests.cli.acts import acts_of
from tests.cli.conftest import Type
from tests.records import Account, new_account


def shown(billmill: Type) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(billmill("org", "show", "alpha", "--json").stdout)
    return found


def test_all_organisations_are_listed(billmill: Type, seller: Account) -> None:
    new_account("beta", vat_id=None)
    heading, *lines = billmill("org", "list").stdout.splitlines()
    assert heading.split() == ["slug", "country", "VAT", "id", "currency", "name"]
    assert [line.split()[:3] for line in lines] == [
        ["alpha", "DE", "DE123456789"], ["beta", "DE", "-"]
    ]  # fmt: skip
    items = json.loads(billmill("org", "list", "--json").stdout)["items"]
    assert [(item["slug"], item["vat_id"]) for item in items] == [
        ("alpha", "DE123456789"), ("beta", None)
    ]  # fmt: skip


def test_an_organisation_is_shown_as_on_its_invoices(billmill: Type, seller: Account) -> None:
    assert shown(billmill) == {
        "slug": "alpha", "name": "Alpha GmbH", "street": "Lindenstraße 5", "city": "Köln",
        "postal_code": "50674", "country": "DE", "vat_id": "DE123456789", "currency": "EUR",
        "tax_category": "S", "tax_percent": "19", "payment_days": 30, "tax_number": None,
        "allow_zero_totals": False, "order_date_days_ahead": 30, "users": 1,
    }  # fmt: skip
    lines = billmill("org", "show", "alpha").stdout.splitlines()
    assert "VAT id:                DE123456789" in lines
    assert "allow zero totals:     no" in lines


def test_only_the_given_options_are_changed(billmill: Type, seller: Account) -> None:
    before = shown(billmill)
    options = ["--vat-id", "DE987654321", "--street", "Hauptstr. 2", "--country", "at"]
    edited = billmill("org", "edit", "alpha", *options)
    assert edited.exit_code == 0, edited.output
    assert edited.stdout == "Organisation alpha: street, country, VAT id changed.\n"
    assert shown(billmill) == before | {
        "vat_id": "DE987654321", "street": "Hauptstr. 2", "country": "AT"
    }  # fmt: skip


def test_what_a_seller_chooses_is_given_and_taken_back(billmill: Type, seller: Account) -> None:
    before = shown(billmill)
    chosen = ["--tax-number", "22/815/08151", "--allow-zero-totals", "--order-date-days-ahead", "0"]
    edited = billmill("org", "edit", "alpha", *chosen)
    assert edited.stdout == (
        "Organisation alpha: tax number, allow zero totals, order date days ahead changed.\n"
    )
    assert shown(billmill) == before | {
        "tax_number": "22/815/08151", "allow_zero_totals": True, "order_date_days_ahead": 0
    }  # fmt: skip
    billmill("org", "edit", "alpha", "--tax-number", "", "--no-allow-zero-totals")
    assert shown(billmill) == before | {"order_date_days_ahead": 0}


def test_a_change_is_in_the_audit_log_with_the_previous_values(
    billmill: Type, seller: Account
) -> None:
    billmill("org", "edit", "alpha", "--vat-id", "", "--payment-days", "30")
    billmill("org", "edit", "alpha", "--payment-days", "30")
    assert acts_of(seller) == [
        ("org.edited", None, {"before": {"vat_id": "DE123456789"}, "after": {"vat_id": None}})
    ]


def test_the_percentage_follows_the_category(billmill: Type, seller: Account) -> None:
    billmill("org", "edit", "alpha", "--tax-category", "E")
    assert (shown(billmill)["tax_category"], shown(billmill)["tax_percent"]) == ("E", "0")
    billmill("org", "edit", "alpha", "--tax-category", "S", "--tax-percent", "7")
    assert shown(billmill)["tax_percent"] == "7"
    billmill("org", "edit", "alpha", "--name", "Alpha AG")
    assert shown(billmill)["tax_percent"] == "7"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Say what to change"),
        (["--tax-percent", "0"], "S takes more than 0 percent"),
        (["--tax-category", "E", "--tax-percent", "19"], "E takes 0 percent"),
        (["--name", " "], "it is empty"),
        (["--country", "ZZ"], "no ISO 3166-1"),
        (["--currency", "EURO"], "no ISO 4217"),
        (["--order-date-days-ahead", "-1"], "not in the range"),
        (["--vat-id", "\udcff"], "not encoded as UTF-8"),
    ],
)
def test_an_invalid_change_changes_nothing(
    billmill: Type, seller: Account, options: list[str], said: str
) -> None:
    before = shown(billmill)
    refused = billmill("org", "edit", "alpha", *options)
    assert (refused.exit_code, said in refused.output) == (2, True), refused.output
    assert shown(billmill) == before
    assert acts_of(seller) == []


@pytest.mark.parametrize("command", [["show"], ["edit", "--vat-id", "DE1"]])
def test_a_missing_organisation_is_an_error(
    billmill: Type, seller: Account, command: list[str]
) -> None:
    refused = billmill("org", *command, "nobody")
    assert (refused.exit_code, "no organisation 'nobody'" in refused.stderr) == (1, True)
