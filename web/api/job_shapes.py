"""Batch jobs, their items and previews, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from actors.waiting import NOT, Waiting
from models.batch_job import BatchJob
from models.invoicing.money import round_money
from models.job_preview import Preview
from models.job_search import FoundItem
from web.api.shapes import Exact, Finding, Shape


class ItemError(Finding):
    """Why an order of a job got no invoice."""

    order_id: int
    order_number: str


class Job(Shape):
    """A batch job; `errors` holds its first failures, its items hold all."""

    id: UUID
    job_type: str
    status: str
    priority: str
    total_items: int
    processed_items: int
    successful_items: int
    failed_items: int
    cancelled_items: int
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    created_by: str | None
    errors: list[ItemError]
    waiting_for: str | None
    waiting_since: datetime | None

    @classmethod
    def of(cls, job: BatchJob, author: str | None, waiting: Waiting | None) -> Self:
        """`author` is the e-mail address of who asked for the job, `waiting` what it waits for."""
        told = {"created_by": author, **(waiting.as_dict() if waiting else NOT)}
        fields = {name: getattr(job, name) for name in cls.model_fields if name not in told}
        return cls.model_validate(fields | told)


class Item(Shape):
    """One order of a job."""

    order_id: int
    order_number: str
    status: str
    error: Finding | None
    invoice_id: int | None
    invoice_number: str | None
    attempts: int

    @classmethod
    def of(cls, item: FoundItem) -> Self:
        """As found."""
        return cls.model_validate(item)


class PreviewReason(Shape):
    """Why some orders would fail, with the message of one of them, which is named."""

    code: str
    message: str
    remedy: str
    order_id: int
    order_number: str
    count: int


class PreviewTotal(Shape):
    """What would be invoiced in one currency."""

    currency: str
    count: int
    net: Exact
    tax: Exact
    gross: Exact


class PreviewShape(Shape):
    """How a batch would end if it ran now; `waiting` orders are in another open job as well."""

    total: int
    invoiceable: int
    failing: int
    waiting: int
    reasons: list[PreviewReason]
    totals: list[PreviewTotal]

    @classmethod
    def of(cls, preview: Preview) -> Self:
        """The most frequent reason first, currencies in alphabetical order."""
        reasons = sorted(preview.reasons.values(), key=lambda reason: (-reason.count, reason.code))
        return cls(
            total=preview.total,
            invoiceable=preview.invoiceable,
            failing=preview.failing,
            waiting=preview.waiting,
            reasons=[PreviewReason.model_validate(reason) for reason in reasons],
            totals=[
                PreviewTotal(
                    currency=currency,
                    count=total.count,
                    net=round_money(total.net, currency),
                    tax=round_money(total.tax, currency),
                    gross=round_money(total.gross, currency),
                )
                for currency, total in sorted(preview.totals.items())
            ],
        )


class SweepShape(Shape):
    """What a sweep did; `ran` is false when another one was at work."""

    ran: bool
    jobs: int
    messages_sent: int
    jobs_ended: int
