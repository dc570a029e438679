"""Takes a file of orders in: as it is read, a thousand orders per transaction.

Importing a file twice changes nothing the second time. A fault rejects its own order only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from models.audit import OPERATOR, Author, record_act
from models.database import org_transaction
from models.errors import NotFound
from models.order_import_batch import BatchOutcome, Overtaken, write_batch
from models.orders_file.faults import Fault
from models.orders_file.order import DefaultTax, FileOrder
from models.orders_file.orders import OrdersFile
from models.orders_file.records import Readable
from models.orders_file.values import ORDER_NUMBER, shown
from models.organization import Organization

_ATTEMPTS: Final = 5
_TRY_AGAIN: Final = frozenset({"40001", "40P01"})  # serialization failure, deadlock


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    `errors` are the first thousand by line, `error_count` is their true number. `refused` means
    that the file could not be read as a whole, or not to its end.
    """

    orders_created: int
    orders_updated: int
    orders_unchanged: int
    orders_rejected: int
    customers_created: int
    customers_updated: int
    error_count: int
    refused: bool
    errors: tuple[Fault, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as it is written in JSON."""
        return asdict(self)


def import_orders(
    organization_id: int, stream: Readable, author: Author = OPERATOR
) -> ImportReport:
    """Reads an orders file from `stream` to its end and stores its orders, in `author`'s name.

    What was committed stays if reading fails midway; importing the file again completes it.
    Raises `NotFound` for an unknown organisation, and what `stream` raises.
    """
    file = OrdersFile(stream, _default_tax(organization_id))
    counts = dict.fromkeys(_COUNTS, 0)
    try:
        _import(organization_id, file, counts)
    finally:
        with org_transaction(organization_id) as session:
            details: dict[str, Any] = {**counts, "orders_rejected": file.rejected}
            record_act(session, organization_id, author, "orders.imported", **details)
    return ImportReport(
        **counts,
        orders_rejected=file.rejected,
        error_count=file.faults.count,
        refused=file.refused,
        errors=tuple(sorted(file.faults.kept, key=lambda fault: fault.line)),
    )


def _import(organization_id: int, file: OrdersFile, counts: dict[str, int]) -> None:
    for orders in file.batches():
        outcome = _write(organization_id, orders)
        for name in counts:
            counts[name] += getattr(outcome, name)
        for order in outcome.invoiced:
            message = (
                f"Order {shown(order.number)} has been invoiced and differs from the file; "
                "correct its invoice with a credit note."
            )
            file.faults.add(order.first_row, ORDER_NUMBER, "order_already_invoiced", message)
        file.rejected += len(outcome.invoiced)


_COUNTS: Final = tuple(item.name for item in fields(BatchOutcome) if item.name != "invoiced")


def _default_tax(organization_id: int) -> DefaultTax:
    with org_transaction(organization_id) as session:
        organization = session.get(Organization, organization_id)
        if organization is None:
            raise NotFound(f"There is no organisation with the id {organization_id}.")
        return DefaultTax(organization.tax_category, f"{organization.tax_percent:f}")


def _write(organization_id: int, orders: Sequence[FileOrder]) -> BatchOutcome:
    """Writes a batch in a transaction of its own, again where another import came in between."""
    with_heads = [(order, order.head) for order in orders if order.head is not None]
    for _ in range(_ATTEMPTS - 1):
        try:
            with org_transaction(organization_id) as session:
                return write_batch(session, organization_id, with_heads)
        except Overtaken:
            continue
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                raise
    with org_transaction(organization_id) as session:
        return write_batch(session, organization_id, with_heads)
