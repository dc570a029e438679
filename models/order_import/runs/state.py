"""What is published about a run after each commit, and the first event for those who watch it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.order_import.runs.status import ENDED
from models.tables.import_run import ImportRun

COUNTED: Final = (
    "size_bytes",
    "bytes_read",
    "rows",
    "orders_created",
    "orders_updated",
    "orders_unchanged",
    "orders_rejected",
    "customers_created",
    "customers_updated",
    "error_count",
    "change_count",
    "customer_change_count",
)
"""The figures of a run that grow while it works."""

_RUN = ImportRun.__table__.c
STATE_COLUMNS: Final[tuple[ColumnElement[Any], ...]] = (
    _RUN.organization_id,
    _RUN.id,
    _RUN.revision,
    _RUN.status,
    _RUN.started_at,
    _RUN.completed_at,
    *(_RUN[name] for name in COUNTED),
)


@dataclass(frozen=True, slots=True)
class RunState:
    """A run as one commit left it; a higher revision is newer."""

    organization_id: int
    id: uuid.UUID
    revision: int
    status: str
    started_at: str | None
    completed_at: str | None
    counts: dict[str, int]

    @classmethod
    def of(cls, run: ImportRun | Row[*tuple[Any, ...]]) -> Self:
        """The state that a row with `STATE_COLUMNS` shows."""
        return cls(
            organization_id=run.organization_id,
            id=run.id,
            revision=run.revision,
            status=run.status,
            started_at=run.started_at.isoformat() if run.started_at else None,
            completed_at=run.completed_at.isoformat() if run.completed_at else None,
            counts={name: getattr(run, name) for name in COUNTED},
        )

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ENDED

    @property
    def has_results(self) -> bool:
        """Whether the run has counted anything; the first event with a result is not delayed."""
        return self.counts["rows"] > 0

    def as_dict(self) -> dict[str, Any]:
        """The scalar fields of every event and of the Redis hash `import:{id}`."""
        return {
            "import_id": str(self.id),
            "revision": self.revision,
            "status": self.status,
            **self.counts,
            "started_at": self.started_at,
            "completed_at": self.completed_at,
        }


def run_state(session: Session, run_id: uuid.UUID) -> RunState:
    """The run's state now; raises `NotFound`."""
    run = session.execute(select(*STATE_COLUMNS).where(ImportRun.id == run_id)).one_or_none()
    if run is None:
        raise NotFound(f"There is no import {run_id}.")
    return RunState.of(run)
