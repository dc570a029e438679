"""`batch_job_queue.errors`: a taste for people with psql; the complete list is in the items."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import case, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import BigInteger

from models.batch_job import BatchJob
from models.job_progress import ItemError

MAX_JOB_ERRORS = 100


def appended(errors: Collection[ItemError]) -> Any:
    """The list with errors of items that just failed, as long as there is room."""
    added = literal([error.as_dict() for error in errors][:MAX_JOB_ERRORS], JSONB)
    bounded = func.jsonb_path_query_array(
        BatchJob.errors.op("||")(added), text(f"'$[0 to {MAX_JOB_ERRORS - 1}]'::jsonpath")
    )
    return case(
        (func.jsonb_array_length(BatchJob.errors) < MAX_JOB_ERRORS, bounded), else_=BatchJob.errors
    )


def without(order_ids: Sequence[int]) -> Any:
    """The list without the errors of orders that are tried again."""
    error = func.jsonb_array_elements(BatchJob.errors).table_valued("value").alias("error")
    order_id = error.c.value.op("->>")("order_id").cast(BigInteger)
    kept = func.coalesce(func.jsonb_agg(error.c.value), text("'[]'::jsonb"))
    return (
        select(kept)
        .select_from(error)
        .where(order_id != func.all(literal(list(order_ids), ARRAY(BigInteger))))
        .scalar_subquery()
    )
