"""The query string of each list and export."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from models.invoices.search import InvoiceFilter
from models.jobs.status import ItemStatus, JobStatus
from models.lists.paging import INVALID_CURSOR, MAX_LIMIT
from models.lists.search_text import INVALID_FILTER
from models.order_import.mapping.dates import DateOrder
from models.order_import.mapping.numbers import DecimalMark
from models.order_import.mapping.saved_mappings import UNKNOWN_MAPPING
from models.order_import.runs.status import ImportStatus
from models.order_import.runs.submission import Options
from models.orders.search import OrderFilter
from web.requests.fields import (
    INVALID_NAME,
    NOT_A_BOOLEAN,
    UNKNOWN_CODE,
    Cursor,
    Day,
    ErrorCode,
    FileText,
    ListedStatus,
    Reading,
    SearchText,
    Whole,
    Yes,
)

DEFAULT_LIMIT = 100


class PageQuery(Reading):
    """Selects a page of a list."""

    refusals: ClassVar = (INVALID_CURSOR,)
    cursor: Cursor | None = Field(None, description="`next` of the previous page.")
    limit: Whole = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="How many at most.")


class OrderFilterFields(Reading):
    """Which orders; all conditions must hold, and none means all orders."""

    refusals: ClassVar = (INVALID_FILTER,)
    status: ListedStatus | None = None
    customer: SearchText | None = Field(None, description="A customer number, or part of a name.")
    date_from: Day | None = Field(None, alias="from", description="Order date, included.")
    date_to: Day | None = Field(None, alias="to", description="Order date, included.")
    q: SearchText | None = Field(
        None, description="The beginning of an order number, or a customer."
    )

    def order_filter(self) -> OrderFilter:
        """Raises `InvalidRequest` for what cannot be searched for."""
        return OrderFilter(
            status=self.status,
            customer=self.customer,
            date_from=self.date_from,
            date_to=self.date_to,
            q=self.q,
        )


class OrdersQuery(PageQuery, OrderFilterFields):
    """A page of the orders that match."""


class InvoiceFilterFields(Reading):
    """Which invoices; all conditions must hold, and none means all invoices."""

    refusals: ClassVar = (INVALID_FILTER,)
    customer: SearchText | None = Field(None, description="A customer number, or part of a name.")
    date_from: Day | None = Field(None, alias="from", description="Issue date, included.")
    date_to: Day | None = Field(None, alias="to", description="Issue date, included.")
    q: SearchText | None = Field(None, description="The beginning of a number, or a customer.")
    batch_job_id: UUID | None = None

    def invoice_filter(self) -> InvoiceFilter:
        """Raises `InvalidRequest` for what cannot be searched for."""
        return InvoiceFilter(
            customer=self.customer,
            date_from=self.date_from,
            date_to=self.date_to,
            q=self.q,
            batch_job_id=self.batch_job_id,
        )


class InvoicesQuery(InvoiceFilterFields, PageQuery):
    """A page of the invoices that match."""


class JobsQuery(PageQuery):
    """A page of the batch jobs, newest first."""

    status: JobStatus | None = None


class FailuresQuery(Reading):
    """Selects some of a job's failed orders."""

    refusals: ClassVar = (UNKNOWN_CODE,)
    error_code: ErrorCode | None = Field(None, description="Only those that failed with this code.")


class ItemsQuery(PageQuery, FailuresQuery):
    """A page of a job's items that meet all conditions, in the order of the job."""

    status: ItemStatus | None = None


class ImportsQuery(PageQuery):
    """A page of the imports, newest first."""

    status: ImportStatus | None = None


class ImportFindingsQuery(PageQuery, FailuresQuery):
    """A page of what is wrong with a file, in the order in which it was found."""


class UploadQuery(Reading):
    """How to read a file of orders."""

    refusals: ClassVar = (NOT_A_BOOLEAN, INVALID_NAME, UNKNOWN_MAPPING)
    encoding: FileText | None = Field(
        None, description="Of a CSV file, such as windows-1252; without it, it is found by looking."
    )
    sheet: FileText | None = Field(
        None, description="The sheet of a workbook; without it, the first one."
    )
    mapping: FileText | None = Field(
        None, description="The name of a saved mapping of columns, or of a preset."
    )
    decimal: DecimalMark | None = Field(
        None, description="The mark before decimals, where the file can be read in two ways."
    )
    dates: DateOrder | None = Field(
        None, description="The order in dates, where the file can be read in two ways."
    )
    file_name: FileText | None = Field(
        None, description="The name to show; the form's own file name comes first."
    )
    allow_customer_changes: Yes = Field(
        False, description="Let an order that comes again name another customer."
    )
    allow_undone_mends: Yes = Field(
        False, description="Let an order bring back the old value of what a person has mended."
    )

    def options(self) -> Options:
        """How to read the file."""
        return Options(
            encoding=self.encoding,
            sheet=self.sheet,
            mapping=self.mapping,
            allow_customer_changes=self.allow_customer_changes,
            allow_undone_mends=self.allow_undone_mends,
            decimal=self.decimal,
            dates=self.dates,
        )


class ReconciliationQuery(Reading):
    """Which format; without it `Accept` decides, and JSON is the default."""

    format: Literal["json", "csv"] | None = None
