"""Changes many orders alike, about a thousand per transaction.

Another person may work on the same orders meanwhile: each transaction locks its orders and reads
them again. A change that is interrupted can be repeated: what is done is then `unchanged`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.audit import Author
from models.database import org_transaction
from models.errors import InvalidRequest
from models.invoicing.finding import Finding
from models.invoicing.source import SourceOrder
from models.jobs.outcome_elsewhere import CLOSED
from models.jobs.search import get_job
from models.orders.loading import load_orders
from models.orders.mending.tally import Tally
from models.orders.mending.writing import store
from models.orders.named_orders import check_ids, check_known, no_orders_match
from models.orders.rule_book import load_rules
from models.orders.search import OrderFilter, oldest_matching
from models.tables.batch_job import BatchJobItem
from models.tables.order import Order

# Of four lines each they take about 9 s of CPU. What a request that breaks off has changed stays, a
# thousand orders at a time; the same change again does the rest.
MAX_CHANGED: Final = 20_000
TOO_MANY: Final = "too_many_orders_to_change"
_SPLIT: Final = "Split the selection, for example by date, and change one part after the other."
_FROM_THE_LIST: Final = (
    "Change them from the list of orders that need attention, for example one customer after the "
    "other, then retry the job's mended orders."
)
_CHUNK: Final = 1_000


@dataclass(frozen=True, slots=True)
class FailedIn:
    """The orders that failed in a job by one rule, and have no invoice since."""

    job_id: UUID
    error_code: str


def chosen_orders(
    organization_id: int, chosen: Sequence[int] | OrderFilter | FailedIn
) -> Sequence[int]:
    """The ids of the orders that are named, match or failed, the oldest first.

    Raises `NotFound` for the job, and `InvalidRequest`: those of a batch job's choice, and
    too_many_orders_to_change.
    """
    with org_transaction(organization_id, one_moment=True) as session:
        if isinstance(chosen, FailedIn):
            ids: Sequence[int] = _failed(session, chosen)
        elif isinstance(chosen, OrderFilter):
            matching = oldest_matching(session, chosen).limit(MAX_CHANGED + 1)
            ids = session.scalars(matching).all()
            if not ids:
                raise no_orders_match()
        else:
            check_ids(chosen)
            check_known(session, chosen)
            ids = chosen
    refuse_too_many(ids, "order_ids", _FROM_THE_LIST if isinstance(chosen, FailedIn) else _SPLIT)
    return ids


def _failed(session: Session, chosen: FailedIn) -> Sequence[int]:
    get_job(session, chosen.job_id)
    failed = (
        select(BatchJobItem.order_id)
        .join(Order, Order.id == BatchJobItem.order_id)
        .where(
            BatchJobItem.job_id == chosen.job_id,
            BatchJobItem.status == "failed",
            BatchJobItem.error_code == chosen.error_code,
            Order.status.not_in(CLOSED),
        )
        .order_by(BatchJobItem.position)
    )
    return session.scalars(failed.limit(MAX_CHANGED + 1)).all()


def refuse_too_many(order_ids: Sequence[int], field: str, remedy: str) -> None:
    """Raises `InvalidRequest` (too_many_orders_to_change) for more than `MAX_CHANGED` orders."""
    if len(order_ids) > MAX_CHANGED:
        message = f"One change takes at most {MAX_CHANGED:,} orders; these are more."
        raise InvalidRequest.of(Finding(TOO_MANY, message, field, remedy))


def check_orders(
    organization_id: int,
    order_ids: Sequence[int],
    change: Callable[[SourceOrder], SourceOrder],
) -> Tally:
    """What the change would do; stores nothing."""
    tally = Tally()
    with org_transaction(organization_id, one_moment=True) as session:
        rules = load_rules(session, organization_id)
        for start in range(0, len(order_ids), _CHUNK):
            orders = load_orders(session, order_ids[start : start + _CHUNK])
            for id_ in order_ids[start : start + _CHUNK]:
                if id_ in orders:
                    tally.note(orders[id_], change(orders[id_]), rules)
    return tally


def change_orders(
    organization_id: int,
    order_ids: Sequence[int],
    change: Callable[[SourceOrder], SourceOrder],
    author: Author,
    *,
    reason: str,
) -> Tally:
    """Does it, and returns what it did. Orders that have an invoice by now keep their values."""
    tally = Tally()
    for start in range(0, len(order_ids), _CHUNK):
        chunk = sorted(order_ids[start : start + _CHUNK])
        with org_transaction(organization_id) as session:
            _change_some(session, organization_id, chunk, change, author, tally, reason)
    return tally


def _change_some(
    session: Session,
    organization_id: int,
    order_ids: Sequence[int],
    change: Callable[[SourceOrder], SourceOrder],
    author: Author,
    tally: Tally,
    reason: str,
) -> None:
    orders = load_orders(session, order_ids, lock=True)
    rules = load_rules(session, organization_id)
    noted = [tally.note(order, change(order), rules) for order in orders.values()]
    mended = [each for each in noted if each is not None]
    store(session, organization_id, author, mended, stamp=rules.stamp, reason=reason)
