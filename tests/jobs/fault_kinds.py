"""Faults that may occur during the work on orders, most of them raised by PostgreSQL."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.database import crossing_transaction
from models.invoices.writer import IssuedInvoice
from models.jobs import run


def raised_as(sqlstate: str) -> Callable[[Session], None]:
    """Makes PostgreSQL raise an error with this code."""
    block = f"DO $$ BEGIN RAISE EXCEPTION 'made for a test' USING ERRCODE = '{sqlstate}'; END $$"
    return lambda session: session.execute(text(block)) and None


def cut_connection(session: Session) -> None:
    """The server closes the connection during the transaction, as a restart does."""
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    with crossing_transaction("sweep") as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    session.scalar(text("SELECT 1"))


def run_out_of_time(session: Session) -> None:
    session.execute(text("SET LOCAL statement_timeout = 20"))
    session.execute(text("SELECT pg_sleep(5)"))


PASSING = {
    "deadlock": raised_as("40P01"),
    "serialization failure": raised_as("40001"),
    "lock timeout": raised_as("55P03"),
    "too many connections": raised_as("53300"),
    "disk full": raised_as("53100"),
    "shutdown": raised_as("57P01"),
    "lost connection": cut_connection,
    "statement timeout": run_out_of_time,
}


class Faulty:
    """Replaces `write_invoices`: writes, then meets a fault, the first `times` times."""

    def __init__(self, fault: Callable[[Session], None], times: int = 1, order_id: int = 0) -> None:
        self.fault, self.left, self.order_id = fault, times, order_id
        self.write = run.write_invoices
        self.met = 0

    def __call__(self, session: Session, issue: Any, drafts: Sequence[Any]) -> list[IssuedInvoice]:
        written = self.write(session, issue, drafts)
        concerned = not self.order_id or self.order_id in [draft.order.id for draft in drafts]
        if drafts and concerned and self.left > 0:
            self.left -= 1
            self.met += 1
            self.fault(session)
        return written
