"""Imports a file of orders while it is read, about a thousand orders per transaction.

A second import of the same file changes nothing. An error rejects only its own order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, Author, record_act
from models.database import org_transaction
from models.errors import NotFound
from models.order_import.batch import BatchOutcome, write_batch
from models.order_import.changes import MAX_KEPT, CustomerChange, OrderChange
from models.order_import.csv_file.order import Defaults, FileOrder
from models.order_import.csv_file.seen_orders import Outcome, ScatteredOrder
from models.order_import.errors import RowError
from models.order_import.mapping.choosing import Reading
from models.order_import.mapping.conventions import AS_FOUND
from models.order_import.mapping.saved_mappings import reading_for
from models.order_import.orders_file import OrdersFile
from models.order_import.overtaken import Overtaken
from models.order_import.returning_orders import NOTHING, Allowed
from models.order_import.scattered_orders import make_drafts, scattered_error
from models.order_import.table_file.text_lines import Readable
from models.sqlstates import is_collision
from models.tables.organization import Organization

_ATTEMPTS: Final = 5
COUNTED: Final = (
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


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    `errors` are the first thousand by line; `error_count` counts all. `refused` means that the file
    could not be read at all, or not to its end. `stored` says whether anything was written, even if
    it was only a customer's new address or the part before the file became unreadable.
    `ignored_columns` are the first hundred columns that an orders file does not have. `mapping` is
    the name of the saved mapping or preset by which the file was read, empty if by none;
    `needs_mapping` means that the file was refused until someone chooses how to read it. `changes`
    are the first thousand stored orders that came again with changes, `customer_changes` the first
    thousand values of customers' records that changed.
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
    mapping: str
    needs_mapping: bool
    errors: tuple[RowError, ...]
    change_count: int
    changes: tuple[OrderChange, ...]
    customer_change_count: int
    customer_changes: tuple[CustomerChange, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as it is written in JSON."""
        parts = ("errors", "changes", "customer_changes")
        whole = {each.name: getattr(self, each.name) for each in fields(self)}
        return whole | {part: [each.as_dict() for each in whole[part]] for part in parts}


@dataclass(slots=True)
class Step:
    """What storing one batch found and did; `note` adds it to the file's books after the commit.

    `counts` may be negative: an order that was counted as created is found to be scattered.
    """

    outcomes: list[tuple[FileOrder, Outcome]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[RowError] = field(default_factory=list)
    rejected: int = 0
    changes: list[OrderChange] = field(default_factory=list)
    customer_changes: list[CustomerChange] = field(default_factory=list)
    wrote_something: bool = False


@dataclass(slots=True)
class Tally:
    """What the committed batches of an import did, together."""

    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(COUNTED, 0)))
    stored: bool = False
    changes: list[OrderChange] = field(default_factory=list)
    change_count: int = 0
    customer_changes: list[CustomerChange] = field(default_factory=list)
    customer_change_count: int = 0

    def note(self, file: OrdersFile, step: Step) -> None:
        """Adds a committed step, and records how its orders were stored, in case the file returns
        to one."""
        for order, outcome in step.outcomes:
            file.seen.record(order.number, order.first_row, outcome)
        self.counts.update(step.counts)
        self.stored = self.stored or step.wrote_something
        file.rejected += step.rejected
        file.errors.extend(step.errors)
        self.changes += step.changes[: MAX_KEPT - len(self.changes)]
        self.change_count += len(step.changes)
        self.customer_changes += step.customer_changes[: MAX_KEPT - len(self.customer_changes)]
        self.customer_change_count += len(step.customer_changes)

    def report(self, file: OrdersFile) -> ImportReport:
        """The report of an import that has ended."""
        return ImportReport(
            **{name: self.counts[name] for name in COUNTED},
            orders_rejected=file.rejected,
            error_count=file.errors.count,
            refused=file.refused,
            stored=self.stored,
            ignored_columns=file.ignored_columns,
            mapping=file.choice.name if file.choice else "",
            needs_mapping=file.needs_mapping,
            errors=tuple(sorted(file.errors.kept, key=lambda error: error.line)),
            change_count=self.change_count,
            changes=tuple(self.changes),
            customer_change_count=self.customer_change_count,
            customer_changes=tuple(self.customer_changes),
        )


def import_orders(
    organization_id: int,
    stream: Readable,
    author: Author = OPERATOR,
    allowed: Allowed = NOTHING,
    reading: Reading | None = None,
) -> ImportReport:
    """Reads an orders file from `stream` to its end and stores its orders, in `author`'s name.

    `reading` is how the file's columns are read; without it, by the organisation's saved mappings.
    If reading fails midway, the committed batches stay; a second import completes them.
    Raises `NotFound` for an unknown organisation, and what `stream` raises.
    """
    defaults = defaults_of(organization_id)
    reading = reading or reading_for(organization_id, None, AS_FOUND)
    file = OrdersFile(stream, defaults, reading=reading)
    tally = Tally()
    try:
        for orders in file.batches():
            scattered = file.take_scattered()
            work = partial(store, organization_id, orders, scattered, allowed=allowed)
            tally.note(file, transact(organization_id, work))
            file.errors.take_new()
            file.take_rejected()
    finally:
        with org_transaction(organization_id) as session:
            details: dict[str, Any] = {**tally.counts, "orders_rejected": file.rejected}
            record_act(session, organization_id, author, "orders.imported", **details)
    return tally.report(file)


def defaults_of(organization_id: int) -> Defaults:
    """What the organisation's files may leave out; raises `NotFound`."""
    with org_transaction(organization_id) as session:
        organization = session.get(Organization, organization_id)
        if organization is None:
            raise NotFound(f"There is no organisation with the id {organization_id}.")
        percent = f"{organization.tax_percent:f}"
        return Defaults(organization.currency, organization.tax_category, percent)


def store(
    organization_id: int,
    orders: Sequence[FileOrder],
    scattered: Sequence[ScatteredOrder],
    session: Session,
    allowed: Allowed = NOTHING,
) -> Step:
    """Writes a batch and makes drafts of scattered orders; raises `Overtaken`.

    It changes nothing but the database, so it can be tried again in another transaction.
    """
    step = Step()
    if orders:
        with_heads = [(order, order.head) for order in orders if order.head is not None]
        _add_outcome(step, write_batch(session, organization_id, with_heads, allowed))
    if scattered:
        _make_drafts(session, scattered, step)
    return step


Result = TypeVar("Result")


def transact(organization_id: int, work: Callable[[Session], Result]) -> Result:
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


def _add_outcome(step: Step, batch: BatchOutcome) -> None:
    step.wrote_something = batch.wrote_something
    step.counts["customers_created"] += batch.customers_created
    step.counts["customers_updated"] += batch.customers_updated
    for outcome, orders in (
        (Outcome.CREATED, batch.created),
        (Outcome.UPDATED, batch.updated),
        (Outcome.UNCHANGED, batch.unchanged),
        (Outcome.REJECTED, [order for order, _ in batch.rejected]),
    ):
        step.outcomes += [(order, outcome) for order in orders]
        if outcome is not Outcome.REJECTED:
            step.counts[_COUNTED_AS[outcome]] += len(orders)
    step.errors += [RowError(order.first_row, finding) for order, finding in batch.rejected]
    step.rejected += len(batch.rejected)
    step.changes, step.customer_changes = batch.changes, batch.customer_changes


def _make_drafts(session: Session, scattered: Sequence[ScatteredOrder], step: Step) -> None:
    """Reports the orders whose rows are scattered; they count as rejected, not as stored."""
    statuses = make_drafts(session, scattered)
    for order in scattered:
        step.errors.append(scattered_error(order, statuses.get(order.number)))
        if order.before.outcome in _COUNTED_AS:
            step.counts[_COUNTED_AS[order.before.outcome]] -= 1
