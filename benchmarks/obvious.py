"""The obvious way: one order, one transaction, everything through the ORM.

A competent developer would write this first, with the same rules, the same tables and the same
guarantees. A Dramatiq actor (`obvious_actor`) and a Celery task (`celery_app`) call it.
"""

import uuid
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload, selectinload

from models.database import org_transaction
from models.invoices.numbers_and_dates import SERIES
from models.invoicing.draft import InvoiceDraft, draft_invoice, due_date
from models.invoicing.finding import Finding
from models.invoicing.invoice_number import InvoiceNumber
from models.invoicing.source import Party, Seller, SourceLine, SourceOrder
from models.invoicing.validation import validate
from models.jobs.status import RUNNABLE, ItemStatus, JobStatus
from models.tables.batch_job import BatchJob, BatchJobItem
from models.tables.invoice import Invoice, InvoiceLine, InvoiceTax, NumberSeries
from models.tables.order import Order
from models.tables.organization import Organization


def invoice_order(organization_id: int, job_id: str, order_id: int) -> None:
    """Makes the invoice of one order of a job, or records why there is none."""
    with org_transaction(organization_id) as session:
        job = session.get_one(BatchJob, uuid.UUID(job_id))
        item = session.get_one(BatchJobItem, (job.id, order_id), with_for_update=True)
        if job.status not in RUNNABLE or item.status != ItemStatus.PENDING:
            return
        order = _order(session, order_id)
        seller = _seller(session.get_one(Organization, organization_id))
        source = _source(order)
        findings = validate(source, seller, datetime.now(UTC).date())
        if findings:
            _fail(item, findings[0])
        else:
            invoice = _write(session, job, draft_invoice(source, seller))
            order.status = "invoiced"
            item.status, item.invoice_id = ItemStatus.SUCCEEDED, invoice.id
        item.attempts += 1
        item.ended_at = datetime.now(UTC)
        _count(session, job, item)


def _order(session: Session, order_id: int) -> Order:
    statement = (
        select(Order)
        .options(joinedload(Order.customer), selectinload(Order.lines))
        .where(Order.id == order_id)
        .with_for_update(of=Order)
    )
    return session.scalars(statement).one()


def _seller(organization: Organization) -> Seller:
    party = Party(
        name=organization.name,
        street=organization.street,
        city=organization.city,
        postal_code=organization.postal_code,
        country=organization.country,
        vat_id=organization.vat_id,
    )
    return Seller(party, organization.payment_days)


def _source(order: Order) -> SourceOrder:
    customer = order.customer
    buyer = Party(
        name=order.buyer_name,
        street=order.buyer_street,
        city=order.buyer_city,
        postal_code=order.buyer_postal_code,
        country=order.buyer_country,
        vat_id=order.buyer_vat_id,
        email=order.buyer_email,
    )
    return SourceOrder(
        id=order.id,
        order_number=order.order_number,
        order_date=order.order_date,
        status=order.status,
        currency=order.currency,
        customer_id=customer.id,
        buyer=buyer,
        payment_days=customer.payment_days,
        lines=tuple(
            SourceLine(
                line_number=line.line_number,
                sku=line.sku,
                description=line.description,
                quantity=line.quantity,
                unit=line.unit,
                unit_price=line.unit_price,
                discount_percent=line.discount_percent,
                tax_category=line.tax_category,
                tax_percent=line.tax_percent,
            )
            for line in order.lines
        ),
        customer_number=customer.customer_number,
    )


def _fail(item: BatchJobItem, finding: Finding) -> None:
    item.status = ItemStatus.FAILED
    item.error_code, item.error_message = finding.code, finding.message
    item.error_field, item.error_remedy = finding.field, finding.remedy


def _write(session: Session, job: BatchJob, draft: InvoiceDraft) -> Invoice:
    today = datetime.now(UTC).date()
    series = _series(session, job.organization_id, today.year)
    series.last_number += 1
    series.last_issue_date = max(today, series.last_issue_date or today)
    order, totals = draft.order, draft.totals
    invoice = Invoice(
        organization_id=job.organization_id,
        number=str(InvoiceNumber(SERIES, series.year, series.last_number)),
        series=SERIES,
        year=series.year,
        sequence=series.last_number,
        order_id=order.id,
        order_number=order.order_number,
        order_date=order.order_date,
        customer_id=order.customer_id,
        customer_number=order.customer_number,
        batch_job_id=job.id,
        created_by=job.created_by,
        issue_date=series.last_issue_date,
        due_date=due_date(series.last_issue_date, draft.payment_days),
        payment_days=draft.payment_days,
        currency=totals.currency,
        net=totals.net,
        tax=totals.tax,
        gross=totals.gross,
        seller=asdict(draft.seller.party),
        buyer=asdict(order.buyer),
    )
    session.add(invoice)
    session.flush()
    of_invoice = {"organization_id": job.organization_id, "invoice_id": invoice.id}
    session.add_all(
        InvoiceLine(**of_invoice, **asdict(total.line), net=total.net) for total in totals.lines
    )
    session.add_all(
        InvoiceTax(**of_invoice, **asdict(subtotal)) for subtotal in totals.tax_breakdown
    )
    return invoice


def _series(session: Session, organization_id: int, year: int) -> NumberSeries:
    key = (organization_id, SERIES, year)
    series = session.get(NumberSeries, key, with_for_update=True)
    if series is None:  # the year's first invoice
        names = ("organization_id", "series", "year")
        first = insert(NumberSeries).values(dict(zip(names, key, strict=True)))
        session.execute(first.on_conflict_do_nothing())
        series = session.get_one(NumberSeries, key, with_for_update=True)
    return series


def _count(session: Session, job: BatchJob, item: BatchJobItem) -> None:
    session.refresh(job, with_for_update=True)
    if item.status == ItemStatus.SUCCEEDED:
        job.successful_items += 1
    else:
        job.failed_items += 1
    job.revision += 1
    job.started_at = job.started_at or datetime.now(UTC)
    job.status = JobStatus.PROCESSING
    if job.successful_items + job.failed_items == job.total_items:
        job.status = JobStatus.COMPLETED if job.successful_items else JobStatus.FAILED
        job.completed_at = datetime.now(UTC)
