"""An admin mends what invoices say of the organisation, and its orders become ready."""

import pytest
from sqlalchemy import text

from actors.attention import check_outdated
from models.database import owner_transaction
from tests.http.conftest import Api
from tests.http.test_orders_that_need_attention import needing
from tests.records import Account, new_orders

URL = "/api/organization"


def without_numbers(account: Account) -> None:
    """As an operator may have left it: with neither VAT id nor tax number."""
    change = text("UPDATE organizations SET vat_id = NULL, tax_number = NULL WHERE id = :id")
    with owner_transaction() as session:
        session.execute(change, {"id": account.organization_id})


def test_orders_of_a_seller_without_numbers_become_ready_with_the_tax_number(
    api: Api, clerk: Account
) -> None:
    new_orders(clerk, 2)
    without_numbers(clerk)
    assert check_outdated(10)
    assert set(needing(api).values()) == {"seller_tax_number_missing"}
    shown = api.get(URL)
    tag = shown.headers["ETag"]
    assert shown.get_json()["may_change"]
    given = {"tax_number": " 27/123/45678 ", "allow_zero_totals": True}
    checked = api.post(f"{URL}/check", json=given).get_json()
    assert checked["findings"] == []
    assert api.get(URL).headers["ETag"] == tag

    answer = api.patch(URL, json=given, seen=tag)
    assert answer.get_json() == checked["organization"]
    assert answer.get_json() == shown.get_json() | given | {"tax_number": "27/123/45678"}
    assert api.get(URL).headers["ETag"] == answer.headers["ETag"] != tag
    assert check_outdated(10)
    assert needing(api) == {}
    act = api.get("/api/audit-log").get_json()["items"][0]
    assert (act["action"], act["user"]) == ("org.edited", clerk.email)
    assert act["details"] == {
        "before": {"tax_number": None, "allow_zero_totals": False},
        "after": {"tax_number": "27/123/45678", "allow_zero_totals": True},
    }
    refused = api.patch(URL, json={"city": "Bremen"}, seen=tag)
    assert refused.status_code == 412
    assert api.get(URL).get_json() == answer.get_json()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"street": " "}, "missing_value"),
        ({"country": "XX"}, "seller_country_unknown"),
        ({"country": "Germany"}, "bad_country"),
        ({"vat_id": "12345"}, "seller_vat_id_invalid"),
        ({"name": "A\x07B"}, "control_character"),
    ],
)
def test_what_no_invoice_can_say_is_refused_at_its_field(
    api: Api, given: dict[str, str], code: str
) -> None:
    before = api.get(URL).get_json()
    refused = api.patch(URL, json=given)
    assert refused.status_code == 422
    [error] = refused.get_json()["errors"]
    assert (error["code"], error["field"]) == (code, f"organization.{next(iter(given))}")
    assert api.post(f"{URL}/check", json=given).get_json()["findings"] == [error]
    assert api.get(URL).get_json() == before
