"""Invoices: list and show."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from models.accounts.users import user_emails
from models.database import org_transaction
from models.errors import NotFound
from models.invoices.search import get_invoice, search_invoices
from models.tables.invoice import Invoice
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import ListOf
from web.api.schemas.invoices import InvoiceShape
from web.auth import current_account, require_account
from web.requests.parsing import read_query
from web.requests.queries import InvoicesQuery

views = Blueprint("invoices_api", __name__, url_prefix="/api/invoices")
views.before_request(require_account)


@views.get("")
@describe(
    Operation(
        "invoices_api_index",
        "Invoices, newest first.",
        query=InvoicesQuery,
        answer=ListOf[InvoiceShape],
    )
)
def index() -> Response:
    """A page of the invoices that match."""
    query = read_query(InvoicesQuery)
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = search_invoices(
            session, query.invoice_filter(), after=query.cursor, limit=query.limit, details=True
        )
        authors = user_emails(session, [invoice.created_by for invoice in page.items])

    def shaped(invoice: Invoice) -> InvoiceShape:
        return InvoiceShape.of(invoice, authors.get(invoice.created_by))

    return answer(ListOf[InvoiceShape].of(page, shaped))


@views.get("/<int:invoice_id>")
@describe(Operation("invoices_api_show", "One invoice.", answer=InvoiceShape, refuses=(NotFound,)))
def show(invoice_id: int) -> Response:
    """With its lines and taxes."""
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        shape = invoice_shape(session, invoice_id)
    return answer(shape)


def invoice_shape(session: Session, invoice_id: int) -> InvoiceShape:
    """The invoice as issued; raises `NotFound`."""
    invoice = get_invoice(session, invoice_id)
    authors = user_emails(session, [invoice.created_by])
    return InvoiceShape.of(invoice, authors.get(invoice.created_by))
