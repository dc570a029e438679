"""The items of a new job, oldest order first: the lower numbers go to the earlier orders."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, func, insert, literal, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Uuid

from models.database import set_locally
from models.id_arrays import IdArray
from models.orders.search import OrderFilter, oldest_matching
from models.orders.selection import MAX_ITEMS
from models.planner import SUBMIT
from models.tables.batch_job import BatchJobItem

# Each order is looked up by its id, where a join might read all orders instead.
_BY_IDS = text(
    """
    INSERT INTO batch_job_items (organization_id, job_id, order_id, position)
    SELECT :organization_id, :job_id, o.id, row_number() OVER (ORDER BY o.order_date, o.id)
    FROM unnest(:ids) AS asked (id),
         LATERAL (SELECT id, order_date FROM orders WHERE id = asked.id OFFSET 0) AS o
    """
).bindparams(bindparam("ids", type_=IdArray()), bindparam("job_id", type_=Uuid))


def insert_items(
    session: Session, organization_id: int, job_id: UUID, order_ids: Sequence[int]
) -> None:
    """An item for each of these orders, which are known to exist."""
    parameters = {"organization_id": organization_id, "job_id": job_id, "ids": list(order_ids)}
    session.execute(_BY_IDS, parameters)


def insert_matching_items(
    session: Session, organization_id: int, job_id: UUID, order_filter: OrderFilter
) -> int:
    """An item for each order that matches; returns how many, which is one too many at most."""
    # Read in the order of the positions, by an index where there is one: nothing is left to sort.
    matching = oldest_matching(session, order_filter).limit(MAX_ITEMS + 1).subquery()
    items = select(
        literal(organization_id, BigInteger),
        literal(job_id, Uuid),
        matching.c.id,
        func.row_number().over(order_by=(matching.c.order_date, matching.c.id)),
    )
    set_locally(session, SUBMIT)
    inserted = session.execute(
        insert(BatchJobItem).from_select(
            ["organization_id", "job_id", "order_id", "position"], items
        ),
        execution_options={"preserve_rowcount": True},
    )
    count: int = inserted.rowcount  # type: ignore[attr-defined]
    return count
