"""Issues the invoice of a single order, without a job."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models.accounts.audit import Author, record_act
from models.database import org_transaction
from models.errors import NotFound, OrderNotInvoiceable
from models.invoices.drafting import draft_orders
from models.invoices.numbers_and_dates import read_today
from models.invoices.writer import Issue, IssuedInvoice, write_invoices
from models.lists.paging import MAX_ID
from models.orders.loading import load_orders, load_seller


def invoice_order(
    organization_id: int, user_id: int, order_id: int, author: Author | None = None
) -> IssuedInvoice:
    """Invoices one order at once, in the user's name; `author` also says from where.

    Raises `NotFound` or `OrderNotInvoiceable`.
    """
    with org_transaction(organization_id) as session:
        return issue_invoice(session, organization_id, user_id, order_id, author)


def issue_invoice(
    session: Session,
    organization_id: int,
    user_id: int,
    order_id: int,
    author: Author | None = None,
) -> IssuedInvoice:
    """Like `invoice_order`, but in the caller's transaction, which should end soon because it keeps
    the number series locked."""
    orders = load_orders(session, [order_id], lock=True) if order_id <= MAX_ID else {}
    if not orders:
        raise NotFound(f"There is no order with id {order_id}.")
    today = read_today(session)
    seller = load_seller(session, organization_id)
    drafts, refusals = draft_orders(orders.values(), seller, today)
    for refusal in refusals:
        raise OrderNotInvoiceable(refusal.findings)
    issue = Issue(organization_id, user_id, today)
    issued = write_invoices(session, issue, drafts)[0]
    record_act(
        session,
        organization_id,
        author or Author(user_id),
        "invoice.issued",
        number=issued.number,
        order_id=order_id,
    )
    return issued
