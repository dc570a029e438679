"""Orders: list, and invoice a single one."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from models.database import org_transaction
from models.errors import NotFound, OrderNotInvoiceable, SeriesInUse
from models.invoices.single_invoice import issue_invoice
from models.orders.search import search_orders
from web.api.invoices import invoice_shape
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import ListOf
from web.api.schemas.invoices import InvoiceShape
from web.api.schemas.orders import Order
from web.auth import current_account, current_author, require_account
from web.requests.parsing import read_query
from web.requests.queries import OrdersQuery

views = Blueprint("orders_api", __name__, url_prefix="/api/orders")
views.before_request(require_account)


@views.get("")
@describe(
    Operation("orders_api_index", "Orders, newest first.", query=OrdersQuery, answer=ListOf[Order])
)
def index() -> Response:
    """A page of the orders that match."""
    query = read_query(OrdersQuery)
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = search_orders(session, query.order_filter(), after=query.cursor, limit=query.limit)
    return answer(ListOf[Order].of(page, Order.of))


@views.post("/<int:order_id>/invoice")
@describe(
    Operation(
        "orders_api_invoice",
        "Invoice one order now.",
        answer=InvoiceShape,
        status=201,
        located=True,
        refuses=(NotFound, OrderNotInvoiceable, SeriesInUse),
    )
)
def invoice(order_id: int) -> Response:
    """Issues the invoice and returns it."""
    account = current_account()
    with org_transaction(account.organization_id) as session:
        issued = issue_invoice(
            session, account.organization_id, account.user_id, order_id, current_author()
        )
        # Read before the commit: nothing that the answer needs can fail after it.
        shape = invoice_shape(session, issued.id)
    location = url_for("invoices_api.show", invoice_id=issued.id)
    return answer(shape, status=201, location=location)
