"""What a batch would do, without doing it: takes no numbers, writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import org_transaction
from models.id_arrays import any_of
from models.invoices.drafting import Refusal, draft_orders
from models.invoices.numbers_and_dates import read_today
from models.invoicing.draft import InvoiceDraft
from models.invoicing.finding import Finding
from models.invoicing.remarks import remarks
from models.invoicing.source import SourceOrder
from models.jobs.failure_groups import Failure, FailureGroups
from models.jobs.money_totals import CurrencyTotal, sum_by_currency
from models.jobs.outcome_elsewhere import CLOSED
from models.jobs.waiting_orders import waiting_in_jobs
from models.orders.loading import load_orders, load_seller
from models.orders.named_orders import MAX_ITEMS, check_ids, check_known, no_orders_match
from models.orders.search import OrderFilter, oldest_matching
from models.tables.customer import Customer

_CHUNK = 1_000


@dataclass(slots=True)
class Reason:
    """Why orders would fail, or what is odd about them: the rule, how many it concerns, and one of
    them as an example."""

    code: str
    message: str
    remedy: str
    order_id: int
    order_number: str
    count: int = 0


@dataclass(slots=True)
class Preview:
    """The outcome that a batch would have if it ran now.

    `waiting` of its orders are also in another active job. The job that reaches such an order first
    invoices it; in the other job it fails. `remarks` concern orders that would be invoiced.
    """

    invoiceable: int = 0
    failing: int = 0
    waiting: int = 0
    reasons: dict[str, Reason] = field(default_factory=dict)
    remarks: dict[str, Reason] = field(default_factory=dict)
    groups: FailureGroups = field(default_factory=FailureGroups)
    totals: tuple[CurrencyTotal, ...] = ()

    @property
    def total(self) -> int:
        """How many orders the batch would have."""
        return self.invoiceable + self.failing

    def add(
        self,
        drafts: Sequence[InvoiceDraft],
        refusals: Sequence[Refusal],
        customer_names: Mapping[int, str],
    ) -> None:
        """Adds more orders, with the names of the refused orders' customers by id."""
        self.invoiceable += len(drafts)
        self.failing += len(refusals)
        added = (CurrencyTotal.of(draft.totals) for draft in drafts)
        self.totals = sum_by_currency((*self.totals, *added))
        for draft in drafts:
            for remark in remarks(draft.order, draft.seller):
                _count(self.remarks, remark, draft.order)
        for refusal in refusals:
            first, order = refusal.findings[0], refusal.order
            self._group(order, first, customer_names[order.customer_id])
            _count(self.reasons, first, order)

    def _group(self, order: SourceOrder, finding: Finding, customer_name: str) -> None:
        said = (finding.code, finding.field, finding.message, finding.remedy)
        of = (order.customer_id, order.buyer.name, customer_name)
        closed = order.status in CLOSED
        group = self.groups.add(Failure(order.id, order.order_number, *said, *of, closed=closed))
        if not closed:
            group.add_money(order)


def _count(reasons: dict[str, Reason], found: Finding, order: SourceOrder) -> None:
    if found.code not in reasons:
        reasons[found.code] = Reason(
            found.code, found.message, found.remedy, order.id, order.order_number
        )
    reasons[found.code].count += 1


def preview_orders(organization_id: int, order_ids: Sequence[int]) -> Preview:
    """Raises `InvalidRequest` as `submit_orders` does."""
    check_ids(order_ids)
    with org_transaction(organization_id, one_moment=True) as session:
        check_known(session, order_ids)
        return _preview(session, organization_id, iter(order_ids))


def preview_matching(organization_id: int, order_filter: OrderFilter) -> Preview:
    """Raises `InvalidRequest` as `submit_matching` does."""
    with org_transaction(organization_id, one_moment=True) as session:
        matching = oldest_matching(session, order_filter).limit(MAX_ITEMS + 1)
        ids = session.scalars(matching).all()
        if not ids:
            raise no_orders_match()
        check_ids(ids)
        return _preview(session, organization_id, iter(ids))


def _preview(session: Session, organization_id: int, order_ids: Iterator[int]) -> Preview:
    preview = Preview()
    seller = load_seller(session, organization_id)
    today = read_today(session)
    while chunk := list(islice(order_ids, _CHUNK)):
        orders = load_orders(session, chunk)
        drafts, refusals = draft_orders(orders.values(), seller, today)
        preview.add(drafts, refusals, _customer_names(session, refusals))
        preview.waiting += len(waiting_in_jobs(session, chunk))
        session.expunge_all()
    return preview


def _customer_names(session: Session, refusals: Sequence[Refusal]) -> dict[int, str]:
    if not refusals:
        return {}
    ids = sorted({refusal.order.customer_id for refusal in refusals})
    named = select(Customer.id, Customer.name).where(Customer.id == any_of(ids))
    return dict(session.execute(named).all())
