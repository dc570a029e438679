"""The failed orders of a job, read in chunks and grouped by cause and object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Uuid

from models.database import org_transaction
from models.jobs.failure_groups import Failure, FailureGroup, FailureGroups
from models.jobs.mended import MENDED, present_stamp
from models.jobs.outcome_elsewhere import CLOSED, outcomes_elsewhere
from models.jobs.search import get_job
from models.orders.loading import load_orders
from models.planner import LOOKUPS

# Amounts are added up for so many failures: that takes about a second.
MAX_ADDED_UP: Final = 5_000
_CHUNK: Final = 2_000

_FAILED: Final = text(
    f"""
    SELECT i.position, i.order_id, o.order_number, i.status, i.error_code AS code,
           coalesce(i.error_field, '') AS field, coalesce(i.error_message, '') AS message,
           coalesce(i.error_remedy, '') AS remedy, o.customer_id, o.buyer_name,
           c.name AS customer_name,
           o.status AS order_status, {MENDED} AS mended
    FROM batch_job_items i JOIN orders o ON o.id = i.order_id
    JOIN customers c ON c.id = o.customer_id
    WHERE i.job_id = :job_id AND i.status = 'failed' AND i.position > :after
    ORDER BY i.position LIMIT {_CHUNK}
    """  # noqa: S608 - conditions of our own
).bindparams(bindparam("job_id", type_=Uuid), bindparam("stamp", type_=BigInteger))


def failure_groups(organization_id: int, job_id: UUID) -> FailureGroups:
    """The failed orders of a job in their groups; raises `NotFound`.

    Reads a job of 100,000 failures in some seconds; no transaction is open between two chunks.
    """
    found = FailureGroups()
    groups_by_order: dict[int, FailureGroup] = {}
    with org_transaction(organization_id) as session:
        get_job(session, job_id)
        stamp = present_stamp(session, organization_id)
    for failure in _failures(organization_id, job_id, stamp):
        group = found.add(failure)
        if not failure.closed and len(groups_by_order) <= MAX_ADDED_UP:
            groups_by_order[failure.order_id] = group
    with org_transaction(organization_id) as session:
        _name_invoices(session, found.groups)
        if len(groups_by_order) <= MAX_ADDED_UP:
            _add_up(session, groups_by_order)
        else:
            for group in found.groups:
                group.is_added_up = False
    return found


def _failures(organization_id: int, job_id: UUID, stamp: int) -> Iterator[Failure]:
    after = -1
    while True:
        with org_transaction(organization_id, settings=LOOKUPS) as session:
            wanted = {"job_id": job_id, "after": after, "stamp": stamp}
            rows = session.execute(_FAILED, wanted).all()
        for row in rows:
            yield Failure(
                row.order_id,
                row.order_number,
                row.code,
                row.field,
                row.message,
                row.remedy,
                row.customer_id,
                row.buyer_name,
                row.customer_name,
                row.status,
                row.mended,
                row.order_status in CLOSED,
            )
        if len(rows) < _CHUNK:
            return
        after = rows[-1].position


def _name_invoices(session: Session, groups: Iterable[FailureGroup]) -> None:
    listed = {order.order_id: order for group in groups for order in group.orders}
    for order_id, closed in outcomes_elsewhere(session, list(listed)).items():
        listed[order_id].invoice_id = closed.invoice_id
        listed[order_id].invoice_number = closed.invoice_number


def _add_up(session: Session, groups: dict[int, FailureGroup]) -> None:
    order_ids: Sequence[int] = sorted(groups)
    for start in range(0, len(order_ids), _CHUNK):
        for order in load_orders(session, order_ids[start : start + _CHUNK]).values():
            groups[order.id].add_money(order)
