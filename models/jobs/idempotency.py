"""The same idempotency key with the same request names the same job; another request is refused.

The database keeps a key unique within its organisation, so if two requests come at once, one stores
the job and the other finds it.
"""

from __future__ import annotations

import json
import uuid
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import InvalidRequest
from models.invoicing.finding import Finding
from models.tables.batch_job import BatchJob

KEY_REUSED: Final = "idempotency_key_reused"


def hash_of(orders: dict[str, Any], priority: str, expected_total: int | None) -> str:
    """The hash of a request's orders or filter, its priority and its expected total."""
    request = {**orders, "priority": priority}
    if expected_total is not None:
        request["expected_total"] = expected_total
    return sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def known_job(session: Session, key: str | None, request_hash: str) -> uuid.UUID | None:
    """The job that the key names already; raises `InvalidRequest` (idempotency_key_reused)."""
    if key is None:
        return None
    job = session.scalars(select(BatchJob).where(BatchJob.idempotency_key == key)).one_or_none()
    if job is None:
        return None
    if job.request_hash != request_hash:
        message = "This idempotency key was used before, with another request."
        remedy = "Use a new key for each new request."
        raise InvalidRequest.of(Finding(KEY_REUSED, message, "Idempotency-Key", remedy))
    return job.id
