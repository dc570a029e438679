"""`batch_job_queue.errors`: a taste for people with psql; the complete list is in the items."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from models.jobs.state import ItemError
from models.tables.batch_job import BatchJob

MAX_JOB_ERRORS = 100

_ERRORS = BatchJob.__table__.c.errors


def error_list(errors: Collection[ItemError]) -> list[dict[str, Any]]:
    """Errors of items as the column holds them, at most as many as it has room for."""
    return [error.as_dict() for error in errors][:MAX_JOB_ERRORS]


def appended(added: ColumnElement[Any]) -> Any:
    """The list with those that were `added`, as long as there is room."""
    bounded = func.jsonb_path_query_array(
        _ERRORS.op("||")(added), text(f"'$[0 to {MAX_JOB_ERRORS - 1}]'::jsonpath")
    )
    return case((func.jsonb_array_length(_ERRORS) < MAX_JOB_ERRORS, bounded), else_=_ERRORS)


def without(order_ids: Sequence[int]) -> Any:
    """The list without the errors of orders that are tried again."""
    error = func.jsonb_array_elements(_ERRORS).table_valued("value").alias("error")
    order_id = error.c.value.op("->>")("order_id").cast(BigInteger)
    kept = func.coalesce(func.jsonb_agg(error.c.value), text("'[]'::jsonb"))
    return (
        select(kept)
        .select_from(error)
        .where(order_id != func.all(literal(list(order_ids), ARRAY(BigInteger))))
        .scalar_subquery()
    )
