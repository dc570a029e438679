"""Imports a file of orders while it is read, about a thousand orders per transaction.

A second import of the same file changes nothing. An error rejects only its own order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, Author, record_act
from models.database import org_transaction
from models.errors import NotFound
from models.order_import.batch import BatchOutcome, Overtaken, write_batch
from models.order_import.csv_file.columns import ORDER_NUMBER, shown
from models.order_import.csv_file.errors import RowError
from models.order_import.csv_file.order import Defaults, FileOrder
from models.order_import.csv_file.order_batches import OrdersFile
from models.order_import.csv_file.seen_orders import Outcome
from models.order_import.csv_file.text_lines import Readable
from models.order_import.scattered_orders import make_drafts, report_scattered
from models.sqlstates import is_collision
from models.tables.organization import Organization

_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    `errors` are the first thousand by line; `error_count` counts all. `refused` means that the file
    could not be read at all, or not to its end. `stored` says whether anything was written, even if
    it was only a customer's new address or the part before the file became unreadable.
    `ignored_columns` are the first hundred columns that an orders file does not have.
    """

    orders_created: int
    orders_updated: int
    orders_unchanged: int
    orders_rejected: int
    customers_created: int
    customers_updated: int
    error_count: int
    refused: bool
    stored: bool
    ignored_columns: tuple[str, ...]
    errors: tuple[RowError, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as it is written in JSON."""
        return {**asdict(self), "errors": [error.as_dict() for error in self.errors]}


def import_orders(
    organization_id: int, stream: Readable, author: Author = OPERATOR
) -> ImportReport:
    """Reads an orders file from `stream` to its end and stores its orders, in `author`'s name.

    If reading fails midway, the committed batches stay; a second import completes them.
    Raises `NotFound` for an unknown organisation, and what `stream` raises.
    """
    file = OrdersFile(stream, _defaults(organization_id))
    counts = Counter(dict.fromkeys(_COUNTS, 0))
    stored = False
    try:
        for outcome in _import(organization_id, file, counts):
            stored = stored or outcome.wrote_something
    finally:
        with org_transaction(organization_id) as session:
            details: dict[str, Any] = {**counts, "orders_rejected": file.rejected}
            record_act(session, organization_id, author, "orders.imported", **details)
    return ImportReport(
        **counts,
        orders_rejected=file.rejected,
        error_count=file.errors.count,
        refused=file.refused,
        stored=stored,
        ignored_columns=file.ignored_columns,
        errors=tuple(sorted(file.errors.kept, key=lambda error: error.line)),
    )


_COUNTS: Final = (
    "orders_created",
    "orders_updated",
    "orders_unchanged",
    "customers_created",
    "customers_updated",
)
_COUNTED_AS: Final = {
    Outcome.CREATED: "orders_created",
    Outcome.UPDATED: "orders_updated",
    Outcome.UNCHANGED: "orders_unchanged",
}


def _import(organization_id: int, file: OrdersFile, counts: Counter[str]) -> Iterator[BatchOutcome]:
    """The outcome of each batch, after its commit."""
    for orders in file.batches():
        if orders:
            outcome = _write(organization_id, orders)
            _note(file, outcome, counts)
            yield outcome
        if file.scattered:
            _make_drafts(organization_id, file, counts)


def _note(file: OrdersFile, batch: BatchOutcome, counts: Counter[str]) -> None:
    """Counts a batch, and records how its orders were stored, in case the file returns to one."""
    counts["customers_created"] += batch.customers_created
    counts["customers_updated"] += batch.customers_updated
    for outcome, orders in (
        (Outcome.CREATED, batch.created),
        (Outcome.UPDATED, batch.updated),
        (Outcome.UNCHANGED, batch.unchanged),
        (Outcome.REJECTED, batch.invoiced),
    ):
        for order in orders:
            file.seen.record(order.number, order.first_row, outcome)
        if outcome is not Outcome.REJECTED:
            counts[_COUNTED_AS[outcome]] += len(orders)
    for order in batch.invoiced:
        message = (
            f"Order {shown(order.number)} has been invoiced and differs from the file; "
            "correct its invoice with a credit note."
        )
        file.errors.add(order.first_row, ORDER_NUMBER, "order_already_invoiced", message)
    file.rejected += len(batch.invoiced)


def _make_drafts(organization_id: int, file: OrdersFile, counts: Counter[str]) -> None:
    """Reports the orders whose rows are scattered; they count as rejected, not as stored."""
    scattered, file.scattered = file.scattered, []
    statuses = _transact(organization_id, lambda session: make_drafts(session, scattered))
    for order in scattered:
        report_scattered(file.errors, order, statuses.get(order.number))
        if order.before.outcome in _COUNTED_AS:
            counts[_COUNTED_AS[order.before.outcome]] -= 1


def _defaults(organization_id: int) -> Defaults:
    with org_transaction(organization_id) as session:
        organization = session.get(Organization, organization_id)
        if organization is None:
            raise NotFound(f"There is no organisation with the id {organization_id}.")
        percent = f"{organization.tax_percent:f}"
        return Defaults(organization.currency, organization.tax_category, percent)


def _write(organization_id: int, orders: Sequence[FileOrder]) -> BatchOutcome:
    with_heads = [(order, order.head) for order in orders if order.head is not None]
    return _transact(
        organization_id, lambda session: write_batch(session, organization_id, with_heads)
    )


Result = TypeVar("Result")


def _transact(organization_id: int, work: Callable[[Session], Result]) -> Result:
    """Runs `work` in its own transaction, and tries again if another import collided with it."""
    for _ in range(_ATTEMPTS - 1):
        try:
            with org_transaction(organization_id) as session:
                return work(session)
        except Overtaken:
            continue
        except DBAPIError as error:
            if not is_collision(error):
                raise
    with org_transaction(organization_id) as session:
        return work(session)
