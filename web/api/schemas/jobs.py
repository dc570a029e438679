"""Batch jobs, their items and previews, as the API answers them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field

from actors.waiting_reasons import NOT, Waiting
from models.jobs.item_search import FoundItem
from models.jobs.preview import Preview, Reason
from models.jobs.status import ItemStatus, JobStatus, Priority
from models.tables.batch_job import BatchJob
from web.api.schemas.base import Code, Count, Finding, Id, Shape
from web.api.schemas.failure_groups import FailureGroups
from web.api.schemas.reconciliation import MoneyShape


class ItemError(Finding):
    """Why an order of a job got no invoice."""

    order_id: Id
    order_number: str


class Job(Shape):
    """A batch job; `errors` has its first failures, its items have all."""

    answers_ids: ClassVar = {"job_id": "id"}
    id: UUID
    job_type: str = Field(examples=["bulk_invoice_generation"])
    status: JobStatus
    priority: Priority
    total_items: Count
    processed_items: Count
    successful_items: Count
    failed_items: Count
    cancelled_items: Count
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    created_by: str | None
    errors: list[ItemError]
    waiting_for: str | None
    waiting_since: datetime | None

    @classmethod
    def of(cls, job: BatchJob, author: str | None, waiting: Waiting | None) -> Self:
        """`author` is the e-mail address of the job's author, `waiting` what the job waits for."""
        added = {"created_by": author, **(waiting.as_dict() if waiting else NOT)}
        fields = {name: getattr(job, name) for name in cls.model_fields if name not in added}
        return cls.model_validate(fields | added)

    @property
    def pending_items(self) -> int:
        """How many orders have not ended yet; not part of the answer."""
        return self.total_items - self.processed_items - self.cancelled_items


class Elsewhere(Shape):
    """How an order that the job did not invoice was closed elsewhere: `status` is `invoiced` (on
    its own page or by another job) or `cancelled`."""

    status: Literal["invoiced", "cancelled"]
    invoice_id: Id | None
    invoice_number: str | None


class Item(Shape):
    """One order of a job. If the job did not invoice it, `elsewhere` says how it was closed outside
    the job; `mended` means that an order which failed could be invoiced now."""

    order_id: Id
    order_number: str
    status: ItemStatus
    error: Finding | None
    invoice_id: Id | None
    invoice_number: str | None
    attempts: Count
    elsewhere: Elsewhere | None
    mended: bool

    @classmethod
    def of(cls, item: FoundItem) -> Self:
        """The item as found."""
        return cls.model_validate(item)


class PreviewReason(Shape):
    """Why some orders would fail, or what is odd about them, with one as an example and its
    message."""

    code: Code
    message: str
    remedy: str
    order_id: Id
    order_number: str
    count: Count


class PreviewTotal(MoneyShape):
    """What would be invoiced in one currency."""


class PreviewShape(Shape):
    """How a batch would end if it ran now; `waiting` orders are in another open job as well.

    `remarks` are worth a look and stop no order, such as a VAT id with a wrong check digit.
    """

    total: Count
    invoiceable: Count
    failing: Count
    waiting: Count
    reasons: list[PreviewReason]
    remarks: list[PreviewReason]
    failures: FailureGroups
    totals: list[PreviewTotal]

    @classmethod
    def of(cls, preview: Preview) -> Self:
        """The most frequent reason first, currencies in alphabetical order."""
        return cls(
            total=preview.total,
            invoiceable=preview.invoiceable,
            failing=preview.failing,
            waiting=preview.waiting,
            reasons=_most_frequent_first(preview.reasons),
            remarks=_most_frequent_first(preview.remarks),
            failures=FailureGroups.model_validate(preview.groups),
            totals=[PreviewTotal.of(total) for total in preview.totals],
        )


def _most_frequent_first(reasons: Mapping[str, Reason]) -> list[PreviewReason]:
    found = sorted(reasons.values(), key=lambda reason: (-reason.count, reason.code))
    return [PreviewReason.model_validate(reason) for reason in found]


class SweepShape(Shape):
    """What a sweep did for the organisation; `ran` is false when another sweep was running.

    `jobs_left` were not checked for lack of time; the next sweep, within a minute, checks them.
    """

    ran: bool
    jobs: Count
    jobs_left: Count
    messages_sent: Count
    jobs_ended: Count
