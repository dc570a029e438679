"""The pages of invoices: the list, and one invoice as issued."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from models.accounts.users import user_emails
from models.database import org_transaction
from models.errors import InvalidRequest
from models.invoices.search import count_invoices, get_invoice, search_invoices
from web.auth import current_account, login_required
from web.pages.counting import COUNTED, count_of
from web.pages.filters import invoice_filter
from web.pages.paging import page_links

FILTERS = ("q", "customer", "from", "to", "job")

pages = Blueprint("invoices", __name__, url_prefix="/invoices")


@pages.get("")
@login_required
def index() -> str:
    """The list, newest first."""
    try:
        wanted = invoice_filter()
    except InvalidRequest as refused:
        return render_template("invoices/list.html", findings=refused.errors, asked=request.args)
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = search_invoices(session, wanted, after=request.args.get("cursor"))
        total = count_of(page, lambda bound: count_invoices(session, wanted, at_most=bound))
    asked = {name: text for name in FILTERS if (text := request.args.get(name))}
    return render_template(
        "invoices/list.html",
        invoices=page.items,
        total=total,
        count_url=f"{url_for('invoices.count')}?{urlencode(asked)}",
        count_bound=COUNTED,
        links=page_links(page.next_cursor),
        asked=request.args,
        filtered=bool(asked),
    )


@pages.get("/count")
@login_required
def count() -> Response:
    """How many invoices the list has, exactly."""
    wanted = invoice_filter()
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        return jsonify(total=count_invoices(session, wanted))


@pages.get("/<int:invoice_id>")
@login_required
def show(invoice_id: int) -> str:
    """The invoice as it was issued."""
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        invoice = get_invoice(session, invoice_id)
        authors = user_emails(session, [invoice.created_by])
    return render_template(
        "invoices/show.html",
        invoice=invoice,
        lines=[(line, line.net) for line in invoice.lines],
        created_by=authors.get(invoice.created_by),
    )
