"""One column changed in a whole selection of orders: shown first, then done."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response

from models.errors import NotFound
from models.order_import.importer import defaults_of
from models.orders.mending.many_orders import (
    TOO_MANY,
    FailedIn,
    change_orders,
    check_orders,
    chosen_orders,
)
from models.orders.mending.one_column import Change, one_column
from models.orders.search import OrderFilter
from web.api.openapi.describing import Operation, answer, describe
from web.api.schemas.order_changes import ChangeCheck, ChangeDone
from web.auth import current_account, current_author, require_account
from web.requests.mending import OrdersChange
from web.requests.parsing import read_body

views = Blueprint("order_changes", __name__, url_prefix="/api/orders/change")
views.before_request(require_account)


@views.post("/check")
@describe(
    Operation(
        "order_changes_check",
        "Show what changing one column of many orders would do; writes nothing.",
        body=OrdersChange,
        answer=ChangeCheck,
        refuses=(NotFound, TOO_MANY),
    )
)
def check() -> Response:
    """Counts, and the first values before and after."""
    order_ids, change = _wanted()
    tally = check_orders(current_account().organization_id, order_ids, change)
    return answer(ChangeCheck.model_validate(tally))


@views.post("")
@describe(
    Operation(
        "order_changes_do",
        "Change one column of many orders; the audit log keeps the old values.",
        body=OrdersChange,
        answer=ChangeDone,
        refuses=(NotFound, TOO_MANY),
    )
)
def do() -> Response:
    """Orders that are invoiced keep their values."""
    order_ids, change = _wanted()
    tally = change_orders(
        current_account().organization_id, order_ids, change, current_author(), reason="selection"
    )
    return answer(ChangeDone.model_validate(tally))


def _wanted() -> tuple[Sequence[int], Change]:
    organization_id = current_account().organization_id
    wanted = read_body(OrdersChange)
    change = one_column(
        wanted.column,
        wanted.value,
        defaults_of(organization_id),
        where=wanted.where,
        line_number=wanted.line_number,
    )
    return chosen_orders(organization_id, _chosen(wanted)), change


def _chosen(wanted: OrdersChange) -> Sequence[int] | OrderFilter | FailedIn:
    if wanted.failed_in is not None:
        return FailedIn(wanted.failed_in.job_id, wanted.failed_in.error_code)
    return wanted.order_ids if wanted.order_ids is not None else wanted.chosen_filter()
