"""The number series has no gap, whatever fails."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import accumulate
from uuid import UUID

import pytest
from sqlalchemy import select

from actors.create_invoice import create_invoice
from models.database import org_transaction
from models.invoices.drafting import draft_orders
from models.invoices.single_invoice import invoice_order
from models.invoices.writer import Issue, write_invoices
from models.jobs import status_updates
from models.jobs.refill import Window
from models.jobs.run import JobNotRunning, run_items
from models.orders.loading import load_orders, load_seller
from models.tables.invoice import Invoice, NumberSeries
from tests.jobs.concurrency import at_once
from tests.records import Account, new_account, new_orders

Submit = Callable[[Sequence[int]], UUID]


def sequences(account: Account) -> list[int]:
    with org_transaction(account.organization_id) as session:
        return list(session.scalars(select(Invoice.sequence).order_by(Invoice.id)))


def test_a_group_that_fails_after_writing_returns_its_numbers(
    seller: Account, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_ids = new_orders(seller, 4)
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[0])

    with monkeypatch.context() as broken:
        broken.setattr(status_updates, "record", lambda *_, **__: None)
        with pytest.raises(JobNotRunning):  # the job does run, so its messages are postponed
            run_items(seller.organization_id, job_id, order_ids[1:3], Window(0))
    create_invoice(str(job_id), order_ids[3])

    assert sequences(seller) == [1, 2]


def test_groups_that_run_at_once_number_consecutively(seller: Account, submit: Submit) -> None:
    order_ids = new_orders(seller, 60)
    job_id = submit(order_ids)
    create_invoice(str(job_id), order_ids[0])
    groups = [order_ids[place : place + 6] for place in range(0, 60, 6)]
    run = partial(run_items, seller.organization_id, job_id, window=Window(0))
    at_once([partial(run, group) for group in groups])

    assert sorted(sequences(seller)) == list(range(1, 61))


def test_each_organisation_has_its_own_number_series(seller: Account) -> None:
    other = new_account("beta")
    for account in (seller, other):
        for order_id in new_orders(account, 2):
            invoice_order(account.organization_id, account.user_id, order_id)

    assert sequences(seller) == sequences(other) == [1, 2]


def test_the_issue_date_does_not_go_back_when_the_clock_does(seller: Account) -> None:
    """The first invoice has today's date, and none is dated before its predecessor."""
    first = date(2026, 7, 1)
    clock = [first + timedelta(days=days) for days in (0, -3, 0, 5, 2, 4, 6, -150)]
    for order_id, day in zip(new_orders(seller, len(clock)), clock, strict=True):
        issue_on(day, seller, order_id)

    with org_transaction(seller.organization_id) as session:
        dates = session.scalars(select(Invoice.issue_date).order_by(Invoice.sequence)).all()
        series = session.scalars(select(NumberSeries)).one()
    assert dates == list(accumulate(clock, max))
    assert (series.last_number, series.last_issue_date) == (len(clock), max(clock))


def issue_on(day: date, seller: Account, order_id: int) -> None:
    """Invoices the order while PostgreSQL's clock shows this day."""
    with org_transaction(seller.organization_id) as session:
        drafts, _ = draft_orders(
            load_orders(session, [order_id], lock=True).values(),
            load_seller(session, seller.organization_id),
            day,
        )
        write_invoices(session, Issue(seller.organization_id, seller.user_id, today=day), drafts)


def test_a_new_year_starts_a_new_series(seller: Account) -> None:
    first, second = new_orders(seller, 2)
    issue_on(date(2026, 12, 31), seller, first)
    issue_on(date(2027, 1, 1), seller, second)

    with org_transaction(seller.organization_id) as session:
        numbers = session.scalars(select(Invoice.number).order_by(Invoice.id)).all()
    assert numbers == ["INV-2026-000001", "INV-2027-000001"]
