"""Every list and filter uses an index: the number of rows read does not grow with the table.

The tests use twenty thousand orders and their invoices, with statistics, and count rows instead of
seconds. The bounds for a million rows are scaled down with the table.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from benchmarks.filling import fill_invoiced, fill_orders
from models.database import engine, org_transaction, owner_transaction
from models.invoices.search import InvoiceFilter, count_invoices, search_invoices
from models.jobs.item_search import list_items
from models.jobs.search import count_jobs, current_jobs, list_jobs
from models.jobs.submission import Submission, submit_matching
from models.jobs.waiting_orders import waiting_in_jobs
from models.lists.paging import encode_cursor
from models.orders.search import OrderFilter, count_orders, search_orders
from tests.records import Account, new_account
from tests.servers import Database, Servers
from web.embedded.postgres.server import ADMINISTRATOR

INVOICED, CONFIRMED, JOBS = 20_000, 2_000, 3_000
SORTED = 1_500  # numbers of a range, instead of 100,000
COUNTED = 200  # instead of 1,000
MOST_READ = 3_500  # rows by one statement, of 20,000 or more
BIG = {"orders", "invoices", "batch_job_items", "batch_job_queue"}
MAY = {"date_from": date(2025, 5, 1), "date_to": date(2025, 5, 31)}


@dataclass(frozen=True)
class Books:
    """A seller with many orders, a job of the confirmed ones and many old jobs; another seller."""

    seller: Account
    job_id: UUID
    order_number: str
    invoice_number: str
    far_order: str
    far_invoice: str


@dataclass(frozen=True)
class _Administered:
    admin_url: str


@pytest.fixture(scope="module")
def books(shared_database: Database, servers: Servers) -> Books:
    seller, other = new_account("alpha"), new_account("beta")
    filled = _Administered(servers.postgres.url(ADMINISTRATOR, shared_database.name))
    orders = fill_invoiced(filled, seller.organization_id, INVOICED)
    fill_orders(filled, seller.organization_id, CONFIRMED)
    fill_orders(filled, other.organization_id, 2_000)
    submission = Submission(seller.user_id)
    confirmed = OrderFilter(status="confirmed")
    job_id = submit_matching(seller.organization_id, confirmed, submission).job_id
    with owner_transaction() as session:
        session.execute(
            text(
                "INSERT INTO batch_job_queue (organization_id, status, total_items, "
                "failed_items, successful_items, created_by, created_at, completed_at) "
                "SELECT :seller, CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'completed' END, 1, "
                "(n % 100 = 0)::int, (n % 100 <> 0)::int, :user, at, at "
                "FROM generate_series(1, :jobs) n, "
                "LATERAL (SELECT now() - n * interval '1 hour' AS at) AS t"
            ),
            {"seller": seller.organization_id, "user": seller.user_id, "jobs": JOBS},
        )
        session.execute(
            text(
                "UPDATE orders SET attention_code = 'some_code' "
                "WHERE status = 'confirmed' AND organization_id = :seller AND id % 20 = 0"
            ),
            {"seller": seller.organization_id},
        )
        session.execute(text("ANALYZE"))
        middle = orders[INVOICED // 2]
        number = "SELECT order_number, number, id, issue_date FROM invoices WHERE order_id = :id"
        row = session.execute(text(number), {"id": middle}).one()
    far = encode_cursor(row.issue_date, middle), encode_cursor(row.issue_date, row.id)
    return Books(seller, job_id, row.order_number, row.number, *far)


class Reading:
    """The plans of the statements that were run, each run again with EXPLAIN ANALYZE."""

    def __init__(self) -> None:
        self.scanned: set[str] = set()
        self.most_read = 0
        self.statements = 0

    def note(self, node: dict[str, Any]) -> int:
        """How many rows the scans below `node` read."""
        read = sum(self.note(child) for child in node.get("Plans", []))
        table = node.get("Relation Name")
        if table in BIG:
            kept, removed = node["Actual Rows"], node.get("Rows Removed by Filter", 0)
            read += int((kept + removed) * node["Actual Loops"])
            if node["Node Type"] == "Seq Scan":
                self.scanned.add(table)
        self.most_read = max(self.most_read, read)
        return read


@contextmanager
def reading() -> Iterator[Reading]:
    """Explains every SELECT inside the block."""
    found = Reading()

    def explain(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith("SELECT") and "set_config" not in statement:
            with cursor.connection.cursor() as again:
                again.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
                found.statements += 1
                found.note(again.fetchone()[0][0]["Plan"])

    event.listen(engine(), "after_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine(), "after_cursor_execute", explain)


@pytest.fixture(autouse=True)
def scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.lists.listing._MOST_SORTED", SORTED)


def check(books: Books, ask: Callable[[Session], object]) -> None:
    with reading() as found, org_transaction(books.seller.organization_id) as session:
        ask(session)
    assert found.statements > 0
    assert not found.scanned
    assert found.most_read < MOST_READ


def narrowed(books: Books, wanted: dict[str, Any], number: str) -> dict[str, Any]:
    """Replaces an integer `q` by that many characters of the number."""
    q = wanted.get("q")
    return {**wanted, "q": number[:q]} if isinstance(q, int) else wanted


FILTERS: list[dict[str, Any]] = [
    {},
    {"customer": "B00000"},
    {"customer": "B01999"},
    {"customer": "Maier Foods"},
    {"customer": "a"},
    {"customer": "nobody"},
    MAY,
    {"customer": "B00000", **MAY},
    {"customer": "Maier Foods", **MAY},
    {"q": 99},
    {"q": -3},
    {"q": 3},
    {"q": "Tanaka Textiles"},
    {"q": "nobody"},
    {"q": -3, "customer": "Maier Foods"},
    {"q": 3, **MAY},
]


@pytest.mark.parametrize("status", [None, "confirmed", "invoiced", "draft"])
@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_orders(books: Books, wanted: dict[str, Any], status: str | None) -> None:
    wanted = OrderFilter(status=status, **narrowed(books, wanted, books.order_number))
    check(books, lambda session: search_orders(session, wanted))
    check(books, lambda session: search_orders(session, wanted, after=books.far_order))


@pytest.mark.parametrize("wanted", [*FILTERS[:10], {"q": "Tanaka Textiles"}], ids=str)
def test_orders_that_need_attention(books: Books, wanted: dict[str, Any]) -> None:
    wanted = OrderFilter(status="needs_attention", **narrowed(books, wanted, books.order_number))
    with reading() as found, org_transaction(books.seller.organization_id) as session:
        page = search_orders(session, wanted)
        search_orders(session, wanted, after=books.far_order)
        count_orders(session, wanted, at_most=COUNTED)
    assert all(each.attention is not None for each in page.items)
    assert not found.scanned
    assert found.most_read < CONFIRMED / 5  # a twentieth of the confirmed orders need attention


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_invoices(books: Books, wanted: dict[str, Any]) -> None:
    wanted = InvoiceFilter(**narrowed(books, wanted, books.invoice_number))
    check(books, lambda session: search_invoices(session, wanted))
    check(books, lambda session: search_invoices(session, wanted, after=books.far_invoice))


@pytest.mark.parametrize("q", [99, -3, 3])
def test_invoices_by_the_number_of_their_order(books: Books, q: int) -> None:
    wanted = InvoiceFilter(q=books.order_number[:q])
    check(books, lambda session: search_invoices(session, wanted, details=True))


@pytest.mark.parametrize("wanted", [{}, {"customer": "B00000"}, MAY, {"q": 3}], ids=str)
def test_counts_stop_at_their_bound(books: Books, wanted: dict[str, Any]) -> None:
    orders = OrderFilter(**narrowed(books, wanted, books.order_number))
    invoices = InvoiceFilter(**narrowed(books, wanted, books.invoice_number))
    check(books, lambda session: count_orders(session, orders, at_most=COUNTED))
    check(books, lambda session: count_invoices(session, invoices, at_most=COUNTED))


def test_orders_that_wait_in_a_job(books: Books) -> None:
    with org_transaction(books.seller.organization_id) as session:
        page = search_orders(session, OrderFilter(status="confirmed"))
    ids = [found.order.id for found in page.items]
    with reading() as found, org_transaction(books.seller.organization_id) as session:
        waiting = waiting_in_jobs(session, ids)
    assert waiting == dict.fromkeys(ids, books.job_id)
    assert not found.scanned
    assert 0 < found.most_read <= 3 * len(ids)  # of the 2,000 items of the job


@pytest.mark.parametrize("status", [None, "processing", "completed", "failed", "paused"])
def test_jobs(books: Books, status: str | None) -> None:
    def two_pages(session: Session) -> None:
        after = list_jobs(session, status=status).next_cursor
        list_jobs(session, status=status, after=after)
        count_jobs(session, status=status, at_most=COUNTED)
        current_jobs(session, ended_after=datetime.now(UTC) - timedelta(days=1))

    with reading() as found, org_transaction(books.seller.organization_id) as session:
        two_pages(session)
    assert 0 < found.most_read < JOBS / 5


@pytest.mark.parametrize("status", [None, "pending", "failed"])
def test_items_of_a_job(books: Books, status: str | None) -> None:
    for after in (None, encode_cursor(CONFIRMED // 2)):
        with reading() as found, org_transaction(books.seller.organization_id) as session:
            list_items(session, books.job_id, status=status, after=after)
        assert 0 < found.most_read < CONFIRMED / 5
        assert not found.scanned - {"batch_job_queue"}
