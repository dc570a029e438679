"""A user in several organisations: where a login begins, and how to switch."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, text

from models.database import org_transaction, owner_transaction
from models.tables.membership import Membership
from tests.http.conftest import Api, log_in
from tests.records import Account, new_account, new_orders

OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def gamma(clerk: Account) -> Account:
    """A second organisation of the clerk of `alpha`."""
    found = new_account("gamma")
    join(clerk, found)
    return found


def join(person: Account, organization: Account) -> None:
    with owner_transaction() as session:
        session.execute(
            insert(Membership).values(
                organization_id=organization.organization_id, user_id=person.user_id
            )
        )


def switch(browser: FlaskClient, slug: str, headers: dict[str, str] = OWN) -> int:
    answer = browser.post("/organization", data={"organization": slug}, headers=headers)
    return answer.status_code


def works_in(browser: FlaskClient) -> str:
    """The slug of the organisation on the page."""
    page = browser.get("/orders").text
    return page.partition('data-organization="')[2].partition('"')[0]


def opened(account: Account) -> list[tuple[int | None, str | None]]:
    with org_transaction(account.organization_id) as session:
        log = "SELECT user_id, source_address FROM audit_log WHERE action = 'session.opened'"
        return [tuple(row) for row in session.execute(text(log))]


def test_a_login_begins_in_the_organisation_that_the_user_joined_first(
    browser: FlaskClient, gamma: Account
) -> None:
    assert works_in(browser) == "alpha"


def test_a_switch_shows_the_other_organisations_orders(
    browser: FlaskClient, clerk: Account, gamma: Account
) -> None:
    new_orders(clerk, 1, prefix="A")
    new_orders(gamma, 1, prefix="G")
    assert switch(browser, "gamma") == 302
    assert works_in(browser) == "gamma"
    orders = browser.get("/api/orders").get_json()["items"]
    assert [order["order_number"] for order in orders] == ["G00000"]
    assert switch(browser, "alpha") == 302
    assert works_in(browser) == "alpha"


def test_a_switch_is_in_the_audit_log_of_the_new_organisation(
    browser: FlaskClient, clerk: Account, gamma: Account
) -> None:
    assert opened(gamma) == []
    switch(browser, "gamma")
    assert opened(gamma) == [(clerk.user_id, "127.0.0.1")]
    assert len(opened(clerk)) == 1


@pytest.mark.parametrize("slug", ["beta", "no-such", "", "gamma\0", "'; --"])
def test_a_user_cannot_switch_to_a_foreign_organisation(
    browser: FlaskClient, stranger: Account, gamma: Account, slug: str
) -> None:
    assert switch(browser, slug) == 404
    assert works_in(browser) == "alpha"
    assert opened(stranger) == opened(gamma) == []


def test_a_former_member_cannot_switch_to_the_organisation(
    browser: FlaskClient, clerk: Account, gamma: Account
) -> None:
    with owner_transaction() as session:
        session.execute(
            delete(Membership).where(
                Membership.organization_id == gamma.organization_id,
                Membership.user_id == clerk.user_id,
            )
        )
    assert switch(browser, "gamma") == 404


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_foreign_page_cannot_switch_the_organisation(
    browser: FlaskClient, gamma: Account, headers: dict[str, str]
) -> None:
    assert switch(browser, "gamma", headers) == 403
    assert browser.get("/organization").status_code == 405
    assert works_in(browser) == "alpha"


def test_without_a_login_there_is_nothing_to_switch(app: Flask, gamma: Account) -> None:
    answer = app.test_client().post("/organization", data={"organization": "gamma"}, headers=OWN)
    assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/login")


def test_a_token_stays_in_its_organisation(api: Api, gamma: Account) -> None:
    assert api.post("/organization", data={"organization": "gamma"}).status_code == 404
    assert opened(gamma) == []


def test_the_page_offers_a_switch_only_to_members_of_several_organisations(
    app: Flask, browser: FlaskClient, clerk: Account
) -> None:
    assert 'action="/organization"' not in browser.get("/orders").text
    join(clerk, new_account("gamma"))
    page = browser.get("/orders").text
    assert 'action="/organization"' in page
    assert page.index('value="alpha" aria-current="true"') < page.index('value="gamma">')


def test_the_next_login_begins_in_the_organisation_used_last(
    browser: FlaskClient, clerk: Account, gamma: Account
) -> None:
    switch(browser, "gamma")
    browser.post("/logout", headers=OWN)
    log_in(browser, clerk.email)
    assert works_in(browser) == "gamma"


def test_the_organisation_in_the_cookie_gives_no_access_to_a_foreign_one(
    app: Flask, clerk: Account, stranger: Account
) -> None:
    for remembered in ("beta", "a\0b", "x" * 3000):
        client = app.test_client()
        client.set_cookie("billmill_organization", remembered)
        assert log_in(client, clerk.email).status_code == 302
        assert works_in(client) == "alpha"


def test_a_page_that_was_open_before_the_switch_acts_on_neither_organisation(
    browser: FlaskClient, clerk: Account, gamma: Account
) -> None:
    new_orders(clerk, 2, prefix="A")
    new_orders(gamma, 2, prefix="G")
    switch(browser, "gamma")
    everything = {"filter": {"status": "confirmed"}}
    headers = {**OWN, "Billmill-Organization": "alpha"}
    refused = browser.post("/api/batch-jobs", json=everything, headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "other_organization")
    assert "Gamma GmbH" in refused.get_json()["detail"]
    assert browser.get("/api/batch-jobs").get_json()["items"] == []
    headers["Billmill-Organization"] = "gamma"
    assert browser.post("/api/batch-jobs", json=everything, headers=headers).status_code == 202
