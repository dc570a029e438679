"""`billmill orders`: one order with what prevents its invoice, and the orders to be mended."""

from typing import Any, Final

import click

from models.accounts.organizations import organization_id_of
from models.database import org_transaction
from models.orders.mending.checked_order import read_order
from models.orders.named_orders import order_ids_of
from models.orders.search import NEEDS_ATTENTION, FoundOrder, OrderFilter, search_orders
from models.visible_text import visible
from web.api.schemas.order_details import OrderDetail
from web.api.schemas.orders import Order
from web.cli.table import json_option, print_table
from web.cli.terminal import say, say_json

HEADINGS: Final = {
    "order_number": "order",
    "order_date": "date",
    "customer_number": "customer",
    "currency": "cur",
    "gross": "gross",
    "problem": "problem",
}
_org = click.option("--org", "slug", required=True, help="Slug of the organisation.")


@click.group(
    epilog="""\b
Examples:
  billmill orders attention --org acme
  billmill orders show N-1 --org acme"""
)
def orders() -> None:
    """Show orders, and why some cannot be invoiced."""


@orders.command(
    epilog="""\b
Examples:
  billmill orders show N-1 --org acme
  billmill orders show N-1 --org acme --json"""
)
@click.argument("number")
@_org
@json_option
def show(number: str, slug: str, as_json: bool) -> None:
    """Show the order NUMBER, its amounts, and everything that prevents its invoice."""
    organization_id = organization_id_of(slug)
    (order_id,) = order_ids_of(organization_id, [number])
    with org_transaction(organization_id, one_moment=True) as session:
        order = OrderDetail.of(read_order(session, organization_id, order_id))
    if as_json:
        say_json(order.model_dump(mode="json"))
        return
    buyer, total = order.buyer, order.totals.payable if order.totals else None
    facts = {
        "order": f"{order.order_number} of {order.order_date}, {order.status}",
        "customer": f"{order.customer_number} {buyer.name}",
        "address": f"{buyer.street}, {buyer.postal_code} {buyer.city}, {buyer.country}",
        "lines": len(order.lines),
        "payable": f"{total} {order.currency}" if total is not None else "cannot be computed",
        "invoice": order.invoice_number or "-",
    }
    for name, fact in facts.items():
        say(f"{name + ':':<10}{visible(str(fact))}")
    for finding in order.findings:
        say(visible(f"{finding.message} {finding.remedy} ({finding.code}, {finding.field})"))


@orders.command(
    epilog="""\b
Examples:
  billmill orders attention --org acme
  billmill orders attention --org acme --limit 500 --json"""
)
@_org
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@json_option
def attention(slug: str, limit: int, as_json: bool) -> None:
    """Show confirmed orders that cannot be invoiced, the newest first, with the reason."""
    with org_transaction(organization_id_of(slug), one_moment=True) as session:
        wanted = OrderFilter(status=NEEDS_ATTENTION)
        found = search_orders(session, wanted, limit=limit).items
    print_table(HEADINGS, [_row(each) for each in found], as_json=as_json)


def _row(found: FoundOrder) -> dict[str, Any]:
    shape = Order.of(found).model_dump(mode="json")
    return {**shape, "problem": found.attention.message if found.attention else None}
