"""`batch_job_queue.errors`: a job's first errors, for people with psql; the items have them all."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, text
from sqlalchemy.types import BigInteger

from models.jobs.published_state import ItemError
from models.tables.batch_job import BatchJob

MAX_JOB_ERRORS = 100

_ERRORS = BatchJob.__table__.c.errors


def error_list(errors: Collection[ItemError]) -> list[dict[str, Any]]:
    """Errors of items as the column holds them: at most `MAX_JOB_ERRORS`."""
    return [error.as_dict() for error in errors][:MAX_JOB_ERRORS]


def appended(added: ColumnElement[Any]) -> Any:
    """The list with the errors in `added`, up to `MAX_JOB_ERRORS`."""
    bounded = func.jsonb_path_query_array(
        _ERRORS.op("||")(added), text(f"'$[0 to {MAX_JOB_ERRORS - 1}]'::jsonpath")
    )
    return case((func.jsonb_array_length(_ERRORS) < MAX_JOB_ERRORS, bounded), else_=_ERRORS)


def without(order_ids: ColumnElement[Any]) -> Any:
    """The list without the errors of the orders in this array, which are retried."""
    error = func.jsonb_array_elements(_ERRORS).table_valued("value").alias("error")
    order_id = error.c.value.op("->>")("order_id").cast(BigInteger)
    kept = func.coalesce(func.jsonb_agg(error.c.value), text("'[]'::jsonb"))
    return select(kept).select_from(error).where(order_id != func.all(order_ids)).scalar_subquery()
