"""Takes in a batch: the job and one item per order, in one transaction."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Uuid

from models.batch_job import BatchJob, BatchJobItem
from models.database import org_transaction
from models.errors import FieldError, InvalidRequest
from models.job_status import Priority
from models.order import Order
from models.order_search import OrderFilter, matching_ids_select

MAX_ITEMS = 200_000
_NAMED_IN_ERRORS = 10
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Submission:
    """Who submits, and how."""

    user_id: int
    priority: str = Priority.NORMAL


_UNKNOWN = text(
    """
    SELECT id FROM unnest(:ids) AS asked (id)
    WHERE NOT EXISTS (SELECT FROM orders WHERE orders.id = asked.id)
    ORDER BY id LIMIT :limit
    """
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))
_ITEMS_BY_IDS = text(
    """
    INSERT INTO batch_job_items (organization_id, job_id, order_id, position)
    SELECT :organization_id, :job_id, id, position
    FROM unnest(:ids) WITH ORDINALITY AS asked (id, position)
    """
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)), bindparam("job_id", type_=Uuid))


def submit_orders(
    organization_id: int, order_ids: Sequence[int], submission: Submission
) -> uuid.UUID:
    """Stores a job for these orders and returns its id.

    Raises `InvalidRequest` (no_orders, too_many_orders, duplicate_order_ids, unknown_order_ids);
    nothing is stored then.
    """
    check_ids(order_ids)
    with org_transaction(organization_id) as session:
        check_known(session, order_ids)
        request = {"order_ids": len(order_ids)}
        job_id = _insert_job(session, organization_id, submission, len(order_ids), request)
        session.execute(
            _ITEMS_BY_IDS,
            {"organization_id": organization_id, "job_id": job_id, "ids": list(order_ids)},
        )
        return job_id


def submit_matching(
    organization_id: int, order_filter: OrderFilter, submission: Submission
) -> uuid.UUID:
    """Stores a job for all orders that match and returns its id.

    Raises `InvalidRequest` (no_orders_match, too_many_orders); nothing is stored then.
    """
    with org_transaction(organization_id) as session:
        request = {"filter": _stated(order_filter)}
        # The count is known only after the insert; the real one follows in this transaction.
        job_id = _insert_job(session, organization_id, submission, 1, request)
        count = _insert_matching(session, organization_id, job_id, order_filter)
        if count == 0:
            raise InvalidRequest("No order matches the filter.", code="no_orders_match")
        _check_count(count)
        session.execute(update(BatchJob).where(BatchJob.id == job_id).values(total_items=count))
        return job_id


def _insert_matching(
    session: Session, organization_id: int, job_id: uuid.UUID, order_filter: OrderFilter
) -> int:
    # Oldest first: the lower numbers go to the earlier orders.
    matching = (
        matching_ids_select(order_filter)
        .add_columns(Order.order_date)
        .limit(MAX_ITEMS + 1)
        .subquery()
    )
    items = select(
        literal(organization_id, BigInteger),
        literal(job_id, Uuid),
        matching.c.id,
        func.row_number().over(order_by=(matching.c.order_date, matching.c.id)),
    )
    inserted = session.execute(
        insert(BatchJobItem).from_select(
            ["organization_id", "job_id", "order_id", "position"], items
        ),
        execution_options={"preserve_rowcount": True},
    )
    count: int = inserted.rowcount  # type: ignore[attr-defined]
    return count


def _insert_job(
    session: Session,
    organization_id: int,
    submission: Submission,
    total_items: int,
    request: dict[str, Any],
) -> uuid.UUID:
    return session.scalars(
        insert(BatchJob)
        .values(
            organization_id=organization_id,
            total_items=total_items,
            priority=submission.priority,
            created_by=submission.user_id,
            payload={"request": request, "requested_by": submission.user_id},
        )
        .returning(BatchJob.id)
    ).one()


def _stated(order_filter: OrderFilter) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(order_filter).items() if value is not None}


def check_ids(order_ids: Sequence[int]) -> None:
    if not order_ids:
        raise _refused("no_orders", "No orders are named.", "Name at least one order.")
    _check_count(len(order_ids))
    twice = [id_ for id_, count in Counter(order_ids).items() if count > 1]
    if twice:
        raise _refused(
            "duplicate_order_ids",
            f"{len(twice)} orders are named more than once: {_some(sorted(twice))}.",
            "Name each order once.",
        )


def _check_count(count: int) -> None:
    if count > MAX_ITEMS:
        raise _refused(
            "too_many_orders",
            f"A job takes at most {MAX_ITEMS:,} orders.",
            "Split the request, for example by date.",
        )


def check_known(session: Session, order_ids: Sequence[int]) -> None:
    unknown = [id_ for id_ in order_ids if not 0 < id_ <= _LARGEST_ID]
    if not unknown:
        parameters = {"ids": list(order_ids), "limit": _NAMED_IN_ERRORS + 1}
        unknown = list(session.scalars(_UNKNOWN, parameters))
    if unknown:
        raise _refused(
            "unknown_order_ids",
            f"There are no orders with these ids: {_some(unknown)}.",
            "Take the ids from GET /api/orders of the same organisation.",
        )


def _some(ids: Sequence[int]) -> str:
    named = ", ".join(str(id_) for id_ in ids[:_NAMED_IN_ERRORS])
    return f"{named} and more" if len(ids) > _NAMED_IN_ERRORS else named


def _refused(code: str, message: str, remedy: str) -> InvalidRequest:
    return InvalidRequest(
        message, code=code, errors=[FieldError("order_ids", code, message, remedy)]
    )
