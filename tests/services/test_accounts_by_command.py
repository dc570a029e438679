"""`billmill org add`, `user add` and `token create`."""

from decimal import Decimal

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from models.accounts.lookup import account_by_token
from models.accounts.organizations import organization_named
from models.accounts.password_login import account_by_password
from models.database import owner_transaction
from models.tables.organization import Organization
from tests.servers import Database
from web.cli import main

ADDRESS = ["--street", "Hauptstr. 1", "--city", "Köln", "--postal-code", "50667", "--country", "DE"]

pytestmark = pytest.mark.usefixtures("database")


def billmill(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def add_organization(slug: str = "acme", *options: str) -> Result:
    return billmill("org", "add", slug, "--name", "Acme GmbH", *ADDRESS, *options)


def add_user(email: str = "ana@example.com", password: str = "correct horse") -> Result:
    return billmill(
        "user", "add", email, "--org", "acme", "--password-stdin", stdin=f"{password}\n"
    )


def stored(slug: str = "acme") -> Organization:
    with owner_transaction() as session:
        return organization_named(session, slug)


def test_an_organization_is_stored_with_the_given_options() -> None:
    options = [
        "--vat-id",
        "DE1",
        "--currency",
        "JPY",
        "--tax-percent",
        "7.5",
        "--payment-days",
        "9",
    ]
    assert add_organization("acme", *options).exit_code == 0
    acme = stored()
    assert (acme.name, acme.street, acme.city, acme.postal_code, acme.country) == (
        "Acme GmbH", "Hauptstr. 1", "Köln", "50667", "DE"
    )  # fmt: skip
    assert (acme.vat_id, acme.currency, acme.tax_category) == ("DE1", "JPY", "S")
    assert (acme.tax_percent, acme.payment_days) == (Decimal("7.5"), 9)


def test_the_default_organization_is_a_german_seller() -> None:
    assert add_organization().exit_code == 0
    acme = stored()
    assert (acme.currency, acme.tax_category, acme.tax_percent, acme.payment_days) == (
        "EUR", "S", Decimal(19), 30
    )  # fmt: skip


def test_an_untaxed_category_allows_no_percentage_option() -> None:
    assert add_organization("acme", "--tax-category", "E").exit_code == 0
    assert stored().tax_percent == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--currency", "EURO"], "no ISO 4217 currency"),
        (["--country", "Germany"], "no ISO 3166-1 alpha-2 code"),
        (["--country", "ZZ"], "no ISO 3166-1 alpha-2 code"),
        (["--country", ""], "no ISO 3166-1 alpha-2 code"),
        (["--name", ""], "'--name': it is empty"),
        (["--street", " "], "'--street': it is empty"),
        (["--city", ""], "'--city': it is empty"),
        (["--postal-code", ""], "'--postal-code': it is empty"),
        (["--name", "\udcff"], "not encoded as UTF-8"),
        (["--currency", "ZZZ"], "no ISO 4217 currency"),
        (["--tax-percent", "nineteen"], "is not a number"),
        (["--tax-percent", "NaN"], "is not a number"),
        (["--tax-percent", "101"], "not between 0 and 100"),
        (["--tax-category", "E", "--tax-percent", "19"], "E takes 0 percent"),
        (["--tax-category", "S", "--tax-percent", "0"], "S takes more than 0 percent"),
        (["--payment-days", "-1"], "not in the range"),
    ],
)
def test_values_that_prevent_invoices_are_refused(options: list[str], said: str) -> None:
    refused = add_organization("acme", *options)
    assert refused.exit_code == 2
    assert said in refused.output
    assert "There is no organisation" in add_user().output


def test_a_taken_or_invalid_slug_is_refused() -> None:
    add_organization()
    assert "There is an organisation 'acme' already" in add_organization().output
    assert "is not a slug" in add_organization("Acme GmbH").output


def test_a_user_logs_in_with_the_password_that_was_read() -> None:
    add_organization()
    assert add_user().exit_code == 0
    account = account_by_password("ANA@example.com", "correct horse")
    assert (account.organization_slug, account.role) == ("acme", "admin")


def test_a_user_of_two_organizations_keeps_the_first_password() -> None:
    add_organization()
    add_user()
    add_organization("other")
    again = billmill("user", "add", "Ana@example.com", "--org", "other", "--role", "member")
    assert again.exit_code == 0, again.output
    assert account_by_password("ana@example.com", "correct horse").organization_slug == "acme"


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("ana", "correct horse", "not an e-mail address"),
        ("@", "correct horse", "not an e-mail address"),
        ("", "correct horse", "not an e-mail address"),
        ("ana@example.com", "short", "shorter than 10"),
        ("ana@example.com", "", "shorter than 10"),
    ],
)
def test_an_invalid_account_is_refused(email: str, password: str, said: str) -> None:
    add_organization()
    refused = add_user(email, password)
    assert refused.exit_code == 2
    assert said in refused.output


def test_a_user_is_added_once() -> None:
    add_organization()
    add_user()
    assert "is in acme already" in add_user().output


def test_a_token_is_printed_alone_and_acts_for_its_user() -> None:
    add_organization()
    add_user()
    made = billmill(
        "token", "create", "--org", "acme", "--user", "ana@example.com", "--name", "shop"
    )
    assert made.exit_code == 0, made.output
    assert len(made.output.splitlines()) == 1
    assert account_by_token(made.output.strip()).email == "ana@example.com"


def test_a_token_needs_a_member_and_a_name_of_its_own() -> None:
    add_organization()
    add_user()
    create = ["token", "create", "--org", "acme", "--name", "shop", "--user"]
    assert "is not in the organisation" in billmill(*create, "bob@example.com").output
    assert billmill(*create, "ana@example.com").exit_code == 0
    assert "There is a token 'shop' already" in billmill(*create, "ana@example.com").output


def test_an_error_is_one_line_without_a_stack_trace(database: Database) -> None:
    refused = billmill("user", "add", "ana@example.com", "--org", "nobody", "--password-stdin")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: There is no organisation 'nobody'")
    assert len(refused.output.splitlines()) == 1
    assert database.name not in refused.output


def test_accounts_that_an_operator_creates_are_in_the_audit_log(database: Database) -> None:
    add_organization()
    add_user()
    billmill("token", "create", "--org", "acme", "--user", "ana@example.com", "--name", "shop")
    with owner_transaction() as session:
        log = session.execute(
            text("SELECT action, user_id, organization_id, details FROM audit_log ORDER BY id")
        ).all()
    organization_id = stored().id
    assert [tuple(entry) for entry in log] == [
        ("org.added", None, organization_id, {"slug": "acme"}),
        ("user.added", None, organization_id, {"email": "ana@example.com", "role": "admin"}),
        (
            "token.created",
            None,
            organization_id,
            {"days": 90, "email": "ana@example.com", "name": "shop"},
        ),
    ]
