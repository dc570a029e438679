"""For whom and on what a command works: an organisation, a user in whose name, orders."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from models.database import crossing_transaction, org_transaction
from models.errors import InvalidRequest, NotFound
from models.id_arrays import any_text_of
from models.tables.batch_job import BatchJob
from models.tables.membership import Membership
from models.tables.order import Order
from web.cli.accounts.org import organization_named
from web.cli.accounts.user import member_with_email

NAMED = 10


def organization_id_of(slug: str) -> int:
    """The organisation of that slug; raises NotFound."""
    with crossing_transaction("login") as session:
        return organization_named(session, slug).id


def acting_user_id(organization_id: int, email: str | None) -> int:
    """The member of that address, else the organisation's first admin; raises NotFound."""
    with org_transaction(organization_id) as session:
        if email is not None:
            return member_with_email(session, organization_id, email).id
        first_admin = session.scalar(
            select(Membership.user_id)
            .where(
                Membership.organization_id == organization_id,
                Membership.role == "admin",
                Membership.ended_at.is_(None),
            )
            .order_by(Membership.created_at, Membership.user_id)
            .limit(1)
        )
    if first_admin is None:
        raise NotFound("The organisation has no admin to act for: add one with billmill user add.")
    return first_admin


def organization_of_job(job_id: UUID) -> int:
    """The id of the organisation whose job it is; raises NotFound."""
    with crossing_transaction("sweep") as session:
        found = session.scalar(select(BatchJob.organization_id).where(BatchJob.id == job_id))
    if found is None:
        raise NotFound(f"There is no batch job {job_id}.")
    return found


def order_ids_of(organization_id: int, order_numbers: Sequence[str]) -> list[int]:
    """The ids of the orders in the order given; raises NotFound, InvalidRequest."""
    # An argument that is not UTF-8 can be no order's number.
    order_numbers = [number.encode(errors="replace").decode() for number in order_numbers]
    if len(set(order_numbers)) < len(order_numbers):
        raise InvalidRequest("An order number is given more than once.")
    named = select(Order.order_number, Order.id).where(
        Order.order_number == any_text_of(order_numbers)
    )
    with org_transaction(organization_id) as session:
        ids = dict(session.execute(named).all())
    unknown = [number for number in order_numbers if number not in ids]
    if unknown:
        more = " and more" if len(unknown) > NAMED else ""
        raise NotFound(
            f"There are no orders with these numbers: {', '.join(unknown[:NAMED])}{more}."
        )
    return [ids[number] for number in order_numbers]
