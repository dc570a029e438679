"""One order in full: show it, check a change, change it; and taking in orders as JSON."""

from __future__ import annotations

from flask import Blueprint, Response

from models.database import org_transaction
from models.errors import ChangedMeanwhile, NotFound, OrderInvoiced
from models.order_import.returning_orders import Allowed
from models.orders.mending.checked_order import CheckedOrder, read_order
from models.orders.mending.new_orders import take_in
from models.orders.mending.one_order import UNREADABLE, check_change, mend_order
from web.api.if_match import IF_MATCH, seen_state
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import Finding
from web.api.schemas.order_details import OrderCheck, OrderDetail, TakenOrders
from web.auth import current_account, current_author, require_account
from web.requests.mending import NewOrders, OrderChange
from web.requests.parsing import read_body

views = Blueprint("order_mending", __name__, url_prefix="/api/orders")
views.before_request(require_account)


@views.get("/<int:order_id>")
@describe(
    Operation(
        "orders_api_show",
        "One order, with what prevents its invoice.",
        answer=OrderDetail,
        tagged=True,
        refuses=(NotFound,),
    )
)
def show(order_id: int) -> Response:
    """As it would be invoiced now."""
    organization_id = current_account().organization_id
    with org_transaction(organization_id, one_moment=True) as session:
        found = read_order(session, organization_id, order_id)
    return _tagged(found)


@views.patch("/<int:order_id>")
@describe(
    Operation(
        "orders_api_change",
        "Change an order that is not invoiced; the audit log keeps the old values.",
        body=OrderChange,
        answer=OrderDetail,
        tagged=True,
        headers=(IF_MATCH,),
        refuses=(NotFound, OrderInvoiced, UNREADABLE),
    )
)
def change(order_id: int) -> Response:
    """Stores all given values, or none."""
    account, seen = current_account(), seen_state()
    given = read_body(OrderChange).given()
    try:
        found = mend_order(
            account.organization_id, order_id, given, current_author(), revision=seen
        )
    except ChangedMeanwhile as error:
        if isinstance(error.current, CheckedOrder):
            error.current = OrderDetail.of(error.current).model_dump(mode="json")
        raise
    return _tagged(found)


@views.post("/<int:order_id>/check")
@describe(
    Operation(
        "orders_api_check",
        "Show what an order would be after a change; writes nothing.",
        body=OrderChange,
        answer=OrderCheck,
        refuses=(NotFound,),
    )
)
def check(order_id: int) -> Response:
    """The order with the given values, its new totals, and what would still prevent an invoice."""
    given = read_body(OrderChange).given()
    found = check_change(current_account().organization_id, order_id, given)
    order = OrderDetail.of(found.checked)
    unreadable = [Finding.model_validate(each) for each in found.unreadable]
    return answer(
        OrderCheck(order=order, unreadable=unreadable, totals=order.totals, findings=order.findings)
    )


@views.post("")
@describe(
    Operation(
        "orders_api_take_in",
        "Take in up to 1,000 orders; an order whose number is known is replaced.",
        body=NewOrders,
        answer=TakenOrders,
    )
)
def take() -> Response:
    """Each order is stored whole or rejected, whatever the others are."""
    wanted = read_body(NewOrders)
    given = [order.given() for order in wanted.orders]
    allowed = Allowed(wanted.allow_customer_changes, wanted.allow_undone_mends)
    taken = take_in(current_account().organization_id, given, current_author(), allowed)
    return answer(TakenOrders.of(taken))


def _tagged(found: CheckedOrder) -> Response:
    return answer(OrderDetail.of(found), tag=str(found.revision))
