"""A former member has no access, but past actions keep the member's name."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from models.accounts.memberships import end_membership, membership_of
from models.database import owner_transaction
from models.tables.membership import Membership
from tests.http.conftest import Api, log_in, token_of
from tests.records import Account, new_account, new_orders


def test_the_actions_of_a_former_member_keep_their_name(
    app: Flask, api: Api, browser: FlaskClient, clerk: Account
) -> None:
    orders = new_orders(clerk, 2)
    job_id = api.post("/api/batch-jobs", json={"order_ids": orders[:1]}).get_json()["id"]
    assert api.post(f"/api/orders/{orders[1]}/invoice").status_code == 201
    boss = new_account("boss")
    leave(clerk, boss)

    assert api.get("/api/orders").status_code == 401
    assert browser.get("/api/orders").status_code == 401
    assert log_in(app.test_client(), clerk.email).status_code == 401
    acts_as = Account(clerk.organization_id, boss.user_id, clerk.slug, boss.email)
    bosses = Api(app, token_of(acts_as, "boss"))
    assert bosses.get(f"/api/batch-jobs/{job_id}").get_json()["created_by"] == clerk.email
    log = bosses.get("/api/audit-log").get_json()["items"]
    submitted = [act["user"] for act in log if act["action"] == "job.submitted"]
    assert submitted == [clerk.email]


def leave(member: Account, successor: Account) -> None:
    """The successor becomes the organisation's admin, and the member leaves."""
    with owner_transaction() as session:
        session.execute(
            insert(Membership).values(
                organization_id=member.organization_id, user_id=successor.user_id
            )
        )
        membership = membership_of(session, member.organization_id, member.user_id)
        assert membership
        end_membership(session, member.organization_id, membership)
