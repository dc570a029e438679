"""Every page opens, obeys its Content-Security-Policy, and shows only one organisation."""

from html.parser import HTMLParser
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from models.database import org_transaction
from models.invoices.single_invoice import invoice_order
from models.jobs.claims import claim
from models.jobs.refill import Window
from models.jobs.run import run_items
from models.jobs.submission import Submission, submit_orders
from models.tables.order import Order
from tests.records import Account, new_orders


class Offences(HTMLParser):
    """Collects what the policy `default-src 'self'` would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = dict(attributes)
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}> inline")
        for name, value in names.items():
            if name == "style" or name.startswith("on"):
                self.found.append(f"<{tag} {name}>")
            if name in ("src", "href", "action") and "//" in (value or ""):
                self.found.append(f"<{tag} {name}={value}>")


@pytest.fixture
def addresses(clerk: Account) -> list[str]:
    """Every page, with a finished job that has both outcomes and a singly invoiced order."""
    good, bad, waiting = new_orders(clerk, 3, flawed=[1])
    job_id = finished_job(clerk, [good, bad])
    invoice_id = invoice_order(clerk.organization_id, clerk.user_id, waiting).id
    return [
        "/login", "/orders", "/orders?status=", "/orders?from=nonsense", f"/orders/{bad}",
        f"/orders/{good}", "/invoices", f"/invoices?job={job_id}", "/invoices?job=nonsense",
        f"/invoices/{invoice_id}", "/jobs", f"/jobs/{job_id}", f"/jobs/{job_id}?status=failed",
        f"/jobs/{job_id}/card", f"/jobs/{job_id}/reconciliation",
        "/sessions",
    ]  # fmt: skip


def finished_job(account: Account, order_ids: list[int]) -> UUID:
    submission = Submission(account.user_id)
    job_id = submit_orders(account.organization_id, order_ids, submission).job_id
    claim(account.organization_id, job_id, order_ids)
    run_items(account.organization_id, job_id, order_ids, Window(0))
    return job_id


def test_every_page_opens_and_needs_nothing_inline(
    browser: FlaskClient, addresses: list[str]
) -> None:
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        offences = Offences()
        offences.feed(answer.text)
        assert offences.found == [], address


def test_an_unknown_page_is_reported_in_the_usual_layout(browser: FlaskClient) -> None:
    answer = browser.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "Billmill" in answer.text


@pytest.mark.parametrize("path", ["/jobs", "/invoices", "/orders"])
def test_a_truncated_link_is_explained_in_plain_words(browser: FlaskClient, path: str) -> None:
    answer = browser.get(f"{path}?cursor=zz")
    assert answer.status_code == 422
    for word in ("Unprocessable", "The cursor", "`next`"):
        assert word not in answer.text
    assert f'href="{path}"' in answer.text


def test_the_card_of_a_job_shows_the_gross_and_how_many_numbers_of_the_range_are_its_own(
    browser: FlaskClient, clerk: Account
) -> None:
    first, single, last = new_orders(clerk, 3)
    job_id = submit_orders(clerk.organization_id, [first, last], Submission(clerk.user_id)).job_id
    claim(clerk.organization_id, job_id, [first, last])
    run_items(clerk.organization_id, job_id, [first], Window(0))
    invoice_order(clerk.organization_id, clerk.user_id, single)
    run_items(clerk.organization_id, job_id, [last], Window(0))
    alone = finished_job(clerk, new_orders(clerk, 2, prefix="B"))

    broken = browser.get(f"/jobs/{job_id}/card").text
    unbroken = browser.get(f"/jobs/{alone}/card").text

    assert "Invoiced, gross" in broken
    assert '2 of <span class="nowrap">INV-' in broken
    assert '2 of <span class="nowrap">INV-' not in unbroken


def test_another_organisations_pages_do_not_exist(browser: FlaskClient, stranger: Account) -> None:
    order_id, *_ = order_ids = new_orders(stranger, 1)
    job_id = finished_job(stranger, order_ids)
    for address in (
        f"/orders/{order_id}",
        "/invoices/1",
        f"/jobs/{job_id}",
        f"/jobs/{job_id}/card",
    ):
        assert browser.get(address).status_code == 404, address
    assert "A00000" not in browser.get("/orders?status=").text
    assert str(job_id) not in browser.get("/jobs").text


def test_markup_in_customer_names_is_escaped(browser: FlaskClient, clerk: Account) -> None:
    order_id = new_orders(clerk, 1)[0]
    with org_transaction(clerk.organization_id) as session:
        session.execute(update(Order).values(buyer_name="<script>alert(1)</script>"))
    for address in ("/orders", f"/orders/{order_id}"):
        text = browser.get(address).text
        assert "<script>alert" not in text, address
        assert "&lt;script&gt;alert" in text, address


def test_only_confirmed_orders_can_be_ticked(browser: FlaskClient, clerk: Account) -> None:
    order_ids = [new_orders(clerk, 1, prefix=status, status=status)[0]
                 for status in ("draft", "confirmed", "cancelled")]  # fmt: skip
    text = browser.get("/orders?status=").text
    ticks = [f'name="order" value="{order_id}"' in text for order_id in order_ids]
    assert ticks == [False, True, False]


def test_a_page_without_a_session_redirects_to_the_login_with_its_own_address(
    app_client: FlaskClient,
) -> None:
    answer = app_client.get("/invoices?q=INV&from=2026-01-01")
    assert answer.status_code == 302
    assert answer.location == "/login?next=%2Finvoices%3Fq%3DINV%26from%3D2026-01-01"


@pytest.fixture
def app_client(browser: FlaskClient) -> FlaskClient:
    """A browser without a session."""
    return browser.application.test_client()
