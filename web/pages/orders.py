"""The pages of orders: the list to select from, and one order with the totals of its invoice."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from sqlalchemy.orm import Session

from models.database import org_transaction
from models.errors import InvalidRequest
from models.invoices.numbers_and_dates import read_today
from models.invoicing.remarks import remarks
from models.invoicing.validation import validate
from models.jobs.waiting_orders import waiting_in_jobs
from models.orders.loading import load_seller
from models.orders.search import (
    LISTED_STATUSES,
    NEEDS_ATTENTION,
    OrderFilter,
    any_orders,
    count_orders,
    get_order,
    search_orders,
)
from web.auth import current_account, login_required
from web.pages.counting import COUNTED, count_of
from web.pages.filters import as_api_filter, order_filter
from web.pages.paging import page_links

pages = Blueprint("orders", __name__, url_prefix="/orders")


@pages.get("")
@login_required
def index() -> str:
    """The list, in which orders that can still be invoiced are selectable."""
    try:
        wanted = order_filter()
    except InvalidRequest as refused:
        asked = {"status": "confirmed"} | request.args.to_dict()
        return render_template(
            "orders/list.html", findings=refused.errors, asked=asked, statuses=LISTED_STATUSES
        )
    return _listed(wanted)


def _listed(wanted: OrderFilter) -> str:
    ready = _selectable(wanted)
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = search_orders(session, wanted, after=request.args.get("cursor"))
        total = count_of(page, lambda bound: count_orders(session, wanted, at_most=bound))
        if wanted == ready or total == 0:
            matching = total
        else:
            matching = _count_ready(session, wanted, at_most=COUNTED + 1)
        confirmed = [found.order.id for found in page.items if found.order.status == "confirmed"]
        waiting = waiting_in_jobs(session, confirmed)
        nothing_imported = total == 0 and not any_orders(session)
    asked = {"status": wanted.status or "", **as_api_filter(wanted)}
    return render_template(
        "orders/list.html",
        orders=page.items,
        waiting=waiting,
        total=total,
        matching=matching,
        count_url=f"{url_for('orders.count')}?{urlencode(asked)}",
        count_bound=COUNTED,
        nothing_imported=nothing_imported,
        links=page_links(page.next_cursor),
        asked=asked,
        batch_filter=as_api_filter(ready),
        statuses=LISTED_STATUSES,
    )


def _selectable(wanted: OrderFilter) -> OrderFilter:
    """Those of the orders that are confirmed, which orders that need attention are already."""
    return wanted if wanted.status == NEEDS_ATTENTION else replace(wanted, status="confirmed")


def _count_ready(session: Session, wanted: OrderFilter, *, at_most: int | None = None) -> int:
    """How many of the orders that match can be selected."""
    if wanted.status not in (None, "confirmed", NEEDS_ATTENTION):
        return 0
    return count_orders(session, _selectable(wanted), at_most=at_most)


@pages.get("/count")
@login_required
def count() -> Response:
    """How many orders the list has, exactly, and how many of these can be invoiced."""
    wanted = order_filter()
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        total = count_orders(session, wanted)
        is_ready = wanted == _selectable(wanted)
        return jsonify(total=total, matching=total if is_ready else _count_ready(session, wanted))


@pages.get("/<int:order_id>")
@login_required
def show(order_id: int) -> str:
    """One order, and everything that prevents its invoice."""
    organization_id = current_account().organization_id
    with org_transaction(organization_id, one_moment=True) as session:
        found = get_order(session, order_id)
        seller = load_seller(session, organization_id)
        today = read_today(session)
        waiting = waiting_in_jobs(session, [order_id])
    order, totals = found.order, found.totals
    return render_template(
        "orders/show.html",
        order=order,
        totals=totals,
        lines=[(entry.line, entry.net) for entry in totals.lines]
        if totals
        else [(line, None) for line in order.lines],
        invoice_id=found.invoice_id,
        job_id=waiting.get(order_id),
        findings=validate(order, seller, today),
        remarks=remarks(order, seller),
        payment_days=seller.payment_days if order.payment_days is None else order.payment_days,
    )
