"""Invoices: the list, and one that reads like an invoice."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from models.database import org_transaction
from models.errors import InvalidRequest
from models.invoice_search import count_invoices, get_invoice, search_invoices
from models.job_search import user_emails
from web.auth import current_account, login_required
from web.pages.filters import invoice_filter
from web.pages.paging import page_links

pages = Blueprint("invoices", __name__, url_prefix="/invoices")


@pages.get("")
@login_required
def index() -> str:
    """The list, the last issued first."""
    try:
        wanted = invoice_filter()
        with org_transaction(current_account().organization_id) as session:
            page = search_invoices(session, wanted, after=request.args.get("cursor"))
            total = count_invoices(session, wanted)
    except InvalidRequest as refused:
        if refused.code != "invalid_filter":
            raise
        return render_template("invoices/list.html", problem=refused.message, asked=request.args)
    return render_template(
        "invoices/list.html",
        invoices=page.items,
        total=total,
        links=page_links(page.next_cursor),
        asked=request.args,
        filtered=any(request.args.get(name) for name in ("q", "customer", "from", "to", "job")),
    )


@pages.get("/<int:invoice_id>")
@login_required
def show(invoice_id: int) -> str:
    """The invoice as it was issued."""
    with org_transaction(current_account().organization_id) as session:
        invoice = get_invoice(session, invoice_id)
        authors = user_emails(session, [invoice.created_by])
    return render_template(
        "invoices/show.html",
        invoice=invoice,
        lines=[(line, line.net) for line in invoice.lines],
        created_by=authors.get(invoice.created_by),
    )
