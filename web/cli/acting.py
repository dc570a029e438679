"""For whom a command works: an organisation, and the user in whose name it acts."""

from uuid import UUID

from sqlalchemy import select

from models.batch_job import BatchJob
from models.database import crossing_transaction, org_transaction
from models.errors import NotFound
from models.organization import Membership
from web.cli.org import organization_named
from web.cli.user import member_with_email


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
            .where(Membership.organization_id == organization_id, Membership.role == "admin")
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
        raise NotFound(f"There is no batch job with the id {job_id}.")
    return found
