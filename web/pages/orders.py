"""Orders: the list to choose from, and one order with what an invoice of it would say."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template, request

from models.database import org_transaction
from models.errors import InvalidRequest
from models.invoicing.validation import validate
from models.order import ORDER_STATUSES
from models.order_search import OrderFilter, count_orders, get_order, search_orders
from models.order_source import load_seller
from web.auth import current_account, login_required
from web.pages.filters import as_api_filter, order_filter
from web.pages.paging import page_links

pages = Blueprint("orders", __name__, url_prefix="/orders")


@pages.get("")
@login_required
def index() -> str:
    """The list, with those selectable that can still be invoiced."""
    try:
        return _listed(order_filter())
    except InvalidRequest as refused:
        if refused.code != "invalid_filter":
            raise
        asked = {"status": "confirmed"} | request.args.to_dict()
        return render_template(
            "orders/list.html", problem=refused.message, asked=asked, statuses=ORDER_STATUSES
        )


def _listed(wanted: OrderFilter) -> str:
    ready = replace(wanted, status="confirmed")
    with org_transaction(current_account().organization_id) as session:
        page = search_orders(session, wanted, after=request.args.get("cursor"))
        total = count_orders(session, wanted)
        matching = 0
        if wanted.status in (None, "confirmed"):
            matching = total if wanted == ready else count_orders(session, ready)
        empty = total == 0 and count_orders(session, OrderFilter()) == 0
    return render_template(
        "orders/list.html",
        orders=page.items,
        total=total,
        matching=matching,
        nothing_imported=empty,
        links=page_links(page.next_cursor),
        asked={"status": wanted.status or "", **as_api_filter(wanted)},
        batch_filter=as_api_filter(ready),
        statuses=ORDER_STATUSES,
    )


@pages.get("/<int:order_id>")
@login_required
def show(order_id: int) -> str:
    """One order, and everything that stands in the way of its invoice."""
    organization_id = current_account().organization_id
    with org_transaction(organization_id) as session:
        found = get_order(session, order_id)
        seller = load_seller(session, organization_id)
    order, totals = found.order, found.totals
    return render_template(
        "orders/show.html",
        order=order,
        totals=totals,
        lines=[(entry.line, entry.net) for entry in totals.lines]
        if totals
        else [(line, None) for line in order.lines],
        invoice_id=found.invoice_id,
        violations=validate(order, seller),
        payment_days=seller.payment_days if order.payment_days is None else order.payment_days,
    )
