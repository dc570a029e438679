"""Customers: list, show, change, and check what a change would do to their open orders."""

from __future__ import annotations

from typing import ClassVar

from flask import Blueprint, Response
from pydantic import Field

from models.customers.mending import MendedCustomer, check_customer, mend_customer
from models.customers.search import get_customer, search_customers, state_of
from models.database import org_transaction
from models.errors import ChangedMeanwhile, NotFound
from models.lists.search_text import INVALID_FILTER
from models.orders.mending.many_orders import TOO_MANY
from models.orders.mending.one_order import UNREADABLE
from models.tables.customer import Customer
from web.api.if_match import IF_MATCH, seen_state
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.base import Finding, ListOf
from web.api.schemas.customers import ChangedCustomer, CustomerCheck, CustomerShape, FreedMoney
from web.auth import current_account, current_author, require_account
from web.requests.fields import SearchText
from web.requests.mending import CustomerChange
from web.requests.parsing import read_body, read_query
from web.requests.queries import PageQuery

views = Blueprint("customers_api", __name__, url_prefix="/api/customers")
views.before_request(require_account)


class CustomersQuery(PageQuery):
    """A page of the customers that match."""

    refusals: ClassVar = (INVALID_FILTER,)
    q: SearchText | None = Field(None, description="A customer number, or part of a name.")


@views.get("")
@describe(
    Operation(
        "customers_api_index",
        "Customers, newest first.",
        query=CustomersQuery,
        answer=ListOf[CustomerShape],
    )
)
def index() -> Response:
    """A page of the customers that match."""
    query = read_query(CustomersQuery)
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        page = search_customers(session, query.q, after=query.cursor, limit=query.limit)
    return answer(ListOf[CustomerShape].of(page, CustomerShape.model_validate))


@views.get("/<int:customer_id>")
@describe(
    Operation(
        "customers_api_show",
        "One customer.",
        answer=CustomerShape,
        tagged=True,
        refuses=(NotFound,),
    )
)
def show(customer_id: int) -> Response:
    """As in the address book."""
    with org_transaction(current_account().organization_id, one_moment=True) as session:
        customer = get_customer(session, customer_id)
    return answer(CustomerShape.model_validate(customer), tag=state_of(customer))


@views.patch("/<int:customer_id>")
@describe(
    Operation(
        "customers_api_change",
        "Change a customer, and their open orders if wanted; the audit log keeps the old values.",
        body=CustomerChange,
        answer=ChangedCustomer,
        tagged=True,
        headers=(IF_MATCH,),
        refuses=(NotFound, UNREADABLE, TOO_MANY),
    )
)
def change(customer_id: int) -> Response:
    """Issued invoices stay as they are."""
    account, seen = current_account(), seen_state()
    wanted = read_body(CustomerChange)
    try:
        mended = mend_customer(
            account.organization_id,
            customer_id,
            wanted.given(),
            current_author(),
            state=seen,
            apply=wanted.apply_to_open_orders,
        )
    except ChangedMeanwhile as error:
        if isinstance(error.current, Customer):
            error.current = CustomerShape.model_validate(error.current).model_dump(mode="json")
        raise
    shape = ChangedCustomer(
        customer=CustomerShape.model_validate(mended.customer),
        orders_changed=mended.tally.changed,
        freed_orders=mended.tally.freed_orders,
        frees=_money(mended),
    )
    return answer(shape, tag=state_of(mended.customer))


@views.post("/<int:customer_id>/check")
@describe(
    Operation(
        "customers_api_check",
        "Show what changing a customer would do to their open orders; writes nothing.",
        body=CustomerChange,
        answer=CustomerCheck,
        refuses=(NotFound, UNREADABLE, TOO_MANY),
    )
)
def check(customer_id: int) -> Response:
    """How many open orders would take the new data, and which money that frees."""
    given = read_body(CustomerChange).given()
    mended = check_customer(current_account().organization_id, customer_id, given)
    return answer(
        CustomerCheck(
            customer=CustomerShape.model_validate(mended.customer),
            unreadable=[Finding.model_validate(each) for each in mended.unreadable],
            open_orders=mended.tally.total,
            differing=mended.tally.changed,
            freed_orders=mended.tally.freed_orders,
            frees=_money(mended),
            blocked_orders=mended.tally.blocked_orders,
        )
    )


def _money(mended: MendedCustomer) -> list[FreedMoney]:
    return [FreedMoney.model_validate(each) for each in mended.tally.frees]
