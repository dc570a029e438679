"""WS /ws/batch-jobs/{id}: the snapshot, then what changes, `done` at the end."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from uuid import UUID

from flask import current_app, request
from simple_websocket import Server
from sqlalchemy.exc import SQLAlchemyError

from actors.waiting_reasons import NOT, waiting_job
from models.database import org_transaction
from models.errors import BillmillError
from models.jobs.state import job_snapshot, job_state
from models.jobs.status import RUNNABLE
from web.auth import current_account
from web.live.credential_checks import Admissions
from web.live.hub import Hub, TooManySockets
from web.live.outgoing_queue import Event
from web.live.sockets.connection import CloseCode, Watcher
from web.live.sockets.detach import take_over
from web.live.sockets.loop import Bell, Outlet
from web.security import comes_from_elsewhere

logger = logging.getLogger(__name__)


class Refused(Exception):
    """The socket is closed with this code and reason before anything is sent."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def watch_job(socket: Server, job_id: UUID) -> None:
    """Sees to it that the socket is served by the outlet of this process, and returns."""
    watcher = take_over(socket)
    outlet: Outlet = current_app.extensions["live_outlet"]
    try:
        _admit(outlet, watcher, job_id)
    except Refused as refused:
        outlet.dismiss(watcher, refused.code, refused.reason)


def _admit(outlet: Outlet, watcher: Watcher, job_id: UUID) -> None:
    """Nothing is sent before we know who is asking, and that they may see the job."""
    hub: Hub = current_app.extensions["live_hub"]
    try:
        if comes_from_elsewhere(request):
            raise Refused(CloseCode.REFUSED, "The page is another site's.")
        account = current_account()
        organization_id = account.organization_id
        if not hub.knows(organization_id, job_id):
            with org_transaction(organization_id) as session:
                job_state(session, job_id)
        with ExitStack() as stack:
            admissions: Admissions = current_app.extensions["live_admissions"]
            stack.enter_context(admissions.admitted(watcher, account.credential))
            bell = Bell(outlet, watcher)
            mailbox = stack.enter_context(hub.watching(organization_id, job_id, bell))
            outlet.take(watcher, mailbox, stack.pop_all().close)
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
    """The job's snapshot as PostgreSQL has it; raises `NotFound`."""
    with org_transaction(organization_id, one_moment=True) as session:
        snapshot = job_snapshot(session, job_id)
    waiting = waiting_job(job_id) if snapshot["status"] in RUNNABLE else None
    return {**snapshot, **(waiting.as_dict() if waiting else NOT)}
