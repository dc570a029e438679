"""A change between two reads of a request breaks no page and leaves its figures consistent."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from actors import job_control
from actors.create_invoice import create_invoice
from models.accounts.audit import Author
from models.database import engine
from models.jobs.cancel_and_retry import Selection
from models.jobs.submission import Submission, submit_orders
from tests.http.conftest import Shop
from tests.records import Account, new_orders

pytestmark = pytest.mark.slow(reason="sends each request as often as it has statements")

FLAWED = [1, 2, 4]


@dataclass
class Changing:
    """A job whose failed orders are alternately retried and fail again."""

    clerk: Account
    job_id: UUID
    order_ids: list[int]
    failed: bool = True

    def change(self) -> None:
        if self.failed:
            author = Author(self.clerk.user_id)
            org = self.clerk.organization_id
            job_control.retry_failed(org, self.job_id, author, Selection())
        else:
            for place in FLAWED:
                create_invoice(str(self.job_id), self.order_ids[place])
        self.failed = not self.failed


@pytest.fixture(scope="module")
def browser(shop: Shop) -> FlaskClient:
    """A browser in which the clerk has logged in."""
    return shop.new_browser()


@pytest.fixture(scope="module")
def changing_job(shop: Shop) -> Changing:
    order_ids = new_orders(shop.clerk, 6, flawed=FLAWED, lines=1, prefix="F")
    submission = Submission(shop.clerk.user_id)
    submitted = submit_orders(shop.clerk.organization_id, order_ids, submission)
    for order_id in order_ids:
        create_invoice(str(submitted.job_id), order_id)
    return Changing(shop.clerk, submitted.job_id, order_ids)


@pytest.fixture
def job(changing_job: Changing) -> Changing:
    """The module's job, with its three failures."""
    if not changing_job.failed:
        changing_job.change()
    return changing_job


@contextmanager
def changing_before(number: int, change: Callable[[], None]) -> Iterator[list[str]]:
    """Calls `change` before the statement with this number; yields the statements."""
    seen: list[str] = []
    busy = False
    ours = threading.get_ident()

    def noted(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal busy
        if busy or threading.get_ident() != ours:
            return
        seen.append(statement)
        if len(seen) == number:
            busy = True
            change()
            busy = False

    event.listen(engine(), "before_cursor_execute", noted)
    try:
        yield seen
    finally:
        event.remove(engine(), "before_cursor_execute", noted)


def figure(page: str, label: str) -> int:
    """The number after a label of the card or of the tabs."""
    found = re.search(rf"{label}\s*</dt>\s*<dd[^>]*>(\d+)", page)
    return int(found[1]) if found else 0


def check_job(page: str) -> None:
    """Checks that the card, the tab, the reasons and the rows show the same moment."""
    failed = figure(page, "Failed")
    assert figure(page, "Invoiced") == 3
    table = page[page.index('data-part="body"') :]
    assert table.count("Failed</span>") == failed
    assert (f'<span class="number">{failed}&nbsp;' in page) == (failed > 0)
    assert (f">Retry all {failed}<" in page) == (failed > 0)


def check_reconciliation(page: str) -> None:
    """Checks that items, counters and invoices are of one moment."""
    assert "This job does not add up" not in page


@pytest.mark.parametrize(
    ("address", "check"),
    [
        ("/jobs/{}", check_job),
        ("/jobs/{}?status=failed", None),
        ("/jobs/{}?error_code=quantity_not_positive", None),
        ("/jobs/{}/card", None),
        ("/jobs/{}/reconciliation", check_reconciliation),
        ("/jobs", None),
        ("/orders", None),
        ("/invoices", None),
        ("/api/batch-jobs/{}", None),
        ("/api/batch-jobs/{}/items?status=failed", None),
        ("/api/batch-jobs/{}/failures.csv", None),
        ("/api/batch-jobs/{}/reconciliation", None),
    ],
)
def test_a_retry_between_two_reads_breaks_no_page_and_changes_no_figure_of_it(
    browser: FlaskClient, job: Changing, address: str, check: Callable[[str], None] | None
) -> None:
    for number in count(1):
        with changing_before(number, job.change) as statements:
            answer = browser.get(address.format(job.job_id))
        assert answer.status_code == 200, statements
        if check is not None:
            check(answer.text)
        if len(statements) < number:
            break
    assert number > 3
