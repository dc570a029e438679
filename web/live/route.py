"""WS /ws/batch-jobs/{id}: authorises the client, and sends it the job's snapshot first."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from functools import partial
from uuid import UUID

from flask import current_app, request
from simple_websocket import Server
from sqlalchemy.exc import SQLAlchemyError

from actors.waiting_reasons import NOT, waiting_job
from models.database import org_transaction
from models.errors import BillmillError
from models.jobs.published_state import job_snapshot, job_state
from web.auth import current_account
from web.live.credential_checks import CredentialChecks
from web.live.events import Event
from web.live.hub import Hub, TooManySockets
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


def watch_job(socket: Server, job_id: UUID) -> None:
    """Passes the socket to the event loop of this process, which serves it from then on."""
    connection = detach(socket)
    event_loop: EventLoop = current_app.extensions["live_event_loop"]
    try:
        _serve(event_loop, connection, job_id)
    except Refused as refused:
        event_loop.reject(connection, refused.code, refused.reason)


def _serve(event_loop: EventLoop, connection: Connection, job_id: UUID) -> None:
    """Checks who the client is and whether it may see the job, before anything is sent."""
    hub: Hub = current_app.extensions["live_hub"]
    try:
        if comes_from_elsewhere(request):
            raise Refused(CloseCode.REFUSED, "The page is another site's.")
        account = current_account()
        organization_id = account.organization_id
        if not hub.is_watched(organization_id, job_id):
            with org_transaction(organization_id) as session:
                job_state(session, job_id)
        with ExitStack() as stack:
            checks: CredentialChecks = current_app.extensions["live_credential_checks"]
            stack.enter_context(checks.checking(connection, account.credential))
            on_put = partial(event_loop.wake_up, connection)
            queue = stack.enter_context(hub.subscribe(organization_id, job_id, on_put))
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
        logger.exception("A socket that watches job %s failed", job_id)
        raise Refused(CloseCode.FAILED, "Something went wrong on our side.") from error


def read_snapshot(organization_id: int, job_id: UUID) -> Event:
    """The job's snapshot from PostgreSQL; raises `NotFound`."""
    with org_transaction(organization_id, one_moment=True) as session:
        snapshot = job_snapshot(session, job_id)
    waiting = waiting_job(job_id, snapshot["status"])
    return {**snapshot, **(waiting.as_dict() if waiting else NOT)}
