"""Following a batch job on the terminal until it ends."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from redis import RedisError

from models.database import org_transaction
from models.jobs.published_state import JobState, job_state

REREAD_SECONDS = 1.0


def follow(organization_id: int, job_id: UUID) -> JobState:
    """Waits until the job ends; returns its last state. On a terminal a bar shows the progress.

    The state is read from PostgreSQL after each event in Redis, and at least once a second, so
    nothing is missed while Redis is down. Raises `NotFound`.
    """
    with _wake_ups(job_id) as wait:
        state = _read(organization_id, job_id)
        with click.progressbar(
            length=state.total_items,
            label="Invoicing",
            show_pos=True,
            item_show_func=_counts,
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as bar:
            while True:
                done = state.processed_items + state.cancelled_items
                bar.update(done - bar.pos, state)
                if state.ended:
                    return state
                wait()
                state = _read(organization_id, job_id)


def all_invoiced(state: JobState) -> bool:
    """Whether every order of an ended job got its invoice."""
    return state.successful_items == state.total_items


def _read(organization_id: int, job_id: UUID) -> JobState:
    with org_transaction(organization_id) as session:
        return job_state(session, job_id)


def _counts(state: JobState | None) -> str | None:
    if state is None:
        return None
    return f"{state.successful_items:,} invoiced, {state.failed_items:,} failed ({state.status})"


@contextmanager
def _wake_ups(job_id: UUID) -> Iterator[Callable[[], None]]:
    """A function that waits for the job's next event, at most for a second."""
    from actors.progress import job_channel  # needs the settings, which --help does not have
    from actors.redis_connection import shared_client

    listening = shared_client().pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    with listening as pubsub:

        def wait() -> None:
            try:
                if not pubsub.subscribed:
                    pubsub.subscribe(job_channel(job_id))
                pubsub.get_message(timeout=REREAD_SECONDS)
            except RedisError:
                time.sleep(REREAD_SECONDS)

        yield wait
