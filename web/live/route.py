"""WS /ws/batch-jobs/{id} and /ws/imports/{id}: authorises the client, sends the snapshot first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import current_app, request
from simple_websocket import Server
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from actors.waiting_reasons import NOT, waiting_job
from models.database import org_transaction
from models.errors import BillmillError
from models.jobs.published_state import job_snapshot, job_state
from models.order_import.runs.state import run_state
from web.auth import current_account
from web.live.credential_checks import CredentialChecks
from web.live.events import Event
from web.live.hub import Hub, ReadSnapshot, TooManySockets
from web.live.sockets.detach import detach
from web.live.sockets.loop import EventLoop
from web.live.sockets.websocket import CloseCode, Connection
from web.security import comes_from_elsewhere

logger = logging.getLogger(__name__)


class Refused(Exception):
    """The client may not watch: its socket is closed with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Kind:
    """What can be watched: `check` raises `NotFound` for another organisation's."""

    check: Callable[[Session, UUID], object]
    read_snapshot: ReadSnapshot


def watch_job(socket: Server, job_id: UUID) -> None:
    """Passes the socket to the event loop of this process, which serves it from then on."""
    _watch(socket, job_id, _Kind(job_state, read_snapshot))


def watch_import(socket: Server, import_id: UUID) -> None:
    """As `watch_job`, for an import."""
    _watch(socket, import_id, _Kind(run_state, read_import_snapshot))


def _watch(socket: Server, id_: UUID, kind: _Kind) -> None:
    connection = detach(socket)
    event_loop: EventLoop = current_app.extensions["live_event_loop"]
    try:
        _serve(event_loop, connection, id_, kind)
    except Refused as refused:
        event_loop.reject(connection, refused.code, refused.reason)


def _serve(event_loop: EventLoop, connection: Connection, id_: UUID, kind: _Kind) -> None:
    """Checks who the client is and whether it may watch, before anything is sent."""
    hub: Hub = current_app.extensions["live_hub"]
    try:
        if comes_from_elsewhere(request):
            raise Refused(CloseCode.REFUSED, "The page is another site's.")
        account = current_account()
        organization_id = account.organization_id
        if not hub.is_watched(organization_id, id_):
            with org_transaction(organization_id) as session:
                kind.check(session, id_)
        with ExitStack() as stack:
            checks: CredentialChecks = current_app.extensions["live_credential_checks"]
            stack.enter_context(checks.checking(connection, account.credential))
            on_put = partial(event_loop.wake_up, connection)
            queue = stack.enter_context(
                hub.subscribe(organization_id, id_, on_put, kind.read_snapshot)
            )
            event_loop.serve(connection, queue, stack.pop_all().close)
    except BillmillError as error:
        raise Refused(CloseCode.REFUSED, error.message) from error
    except SQLAlchemyError as error:
        raise Refused(CloseCode.TRY_AGAIN_LATER, "The database cannot be reached.") from error
    except TooManySockets as error:
        reason = "Too many pages are watching; poll instead."
        raise Refused(CloseCode.TRY_AGAIN_LATER, reason) from error
    except Refused:
        raise
    except Exception as error:
        logger.exception("A socket that watches %s failed", id_)
        raise Refused(CloseCode.FAILED, "Something went wrong on our side.") from error


def read_snapshot(organization_id: int, job_id: UUID) -> Event:
    """The job's snapshot from PostgreSQL; raises `NotFound`."""
    with org_transaction(organization_id, one_moment=True) as session:
        snapshot = job_snapshot(session, job_id)
    waiting = waiting_job(job_id, snapshot["status"])
    return {**snapshot, **(waiting.as_dict() if waiting else NOT)}


def read_import_snapshot(organization_id: int, import_id: UUID) -> Event:
    """The import's snapshot from PostgreSQL; raises `NotFound`."""
    with org_transaction(organization_id) as session:
        state = run_state(session, import_id)
    return {"type": "snapshot", **state.as_dict(), "errors": []}
