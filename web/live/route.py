"""WS /ws/batch-jobs/{id}: the snapshot, then what changes, `done` at the end."""

from __future__ import annotations

import json
import logging
import threading
from enum import IntEnum
from typing import Any, Final
from uuid import UUID

from flask import current_app, request
from simple_websocket import ConnectionClosed, Server
from sqlalchemy.exc import SQLAlchemyError

from models.database import org_transaction
from models.errors import BillmillError
from models.job_progress import job_snapshot, job_state
from web.auth import current_account
from web.live.bounded_socket import BoundedSocket
from web.live.hub import Hub, TooManySockets
from web.live.mailbox import Event, Mailbox
from web.security import comes_from_elsewhere

logger = logging.getLogger(__name__)

PING_SECONDS = 20
# Nobody has anything to say to us here.
MAX_MESSAGE_BYTES = 1024
FAREWELL_SECONDS = 1.0
_LONGEST_REASON = 100  # a close frame carries 123 bytes (RFC 6455 section 5.5)


class CloseCode(IntEnum):
    """Why we close a socket (RFC 6455 section 7.4.1, and 1013 of its registry)."""

    DONE = 1000
    GOING_AWAY = 1001
    REFUSED = 1008
    FAILED = 1011
    TRY_AGAIN_LATER = 1013


class ReaderThread(threading.Thread):
    """A socket's own thread, which does not keep the process from ending."""

    def __init__(self, **options: Any) -> None:
        super().__init__(daemon=True, **options)


OPTIONS: Final = {
    "ping_interval": PING_SECONDS,
    "max_message_size": MAX_MESSAGE_BYTES,
    "thread_class": ReaderThread,
}


def watch_job(socket: Server, job_id: UUID) -> None:
    """Serves one socket until the job has ended, the client has gone or the server goes down."""
    socket.sock = BoundedSocket(socket.sock)
    try:
        code, reason = _serve(socket, job_id)
        socket.close(code, reason[:_LONGEST_REASON])
        socket.thread.join(FAREWELL_SECONDS)  # the client's answer
    except (ConnectionClosed, OSError):
        pass  # the client has gone, or does not read
    finally:
        socket.sock.close()


def _serve(socket: Server, job_id: UUID) -> tuple[CloseCode, str]:
    """Nothing is sent before we know who is asking, and that they may see the job."""
    try:
        if comes_from_elsewhere(request):
            return CloseCode.REFUSED, "The page is another site's."
        organization_id = current_account().organization_id
        with org_transaction(organization_id) as session:
            job_state(session, job_id)
    except BillmillError as error:
        return CloseCode.REFUSED, error.message
    except SQLAlchemyError:
        return CloseCode.TRY_AGAIN_LATER, "The database cannot be reached."
    hub: Hub = current_app.extensions["live_hub"]
    try:
        with hub.watching(organization_id, job_id, socket.event) as mailbox:
            return _send_events(socket, mailbox, hub)
    except TooManySockets:
        return CloseCode.TRY_AGAIN_LATER, "Too many pages are watching; poll instead."
    except (ConnectionClosed, OSError):
        raise
    except Exception:
        logger.exception("A socket that watches job %s failed", job_id)
        return CloseCode.FAILED, "Something went wrong on our side."


def _send_events(socket: Server, mailbox: Mailbox, hub: Hub) -> tuple[CloseCode, str]:
    while not hub.is_closing:
        socket.event.clear()
        socket.input_buffer.clear()
        for event in mailbox.take():
            socket.send(json.dumps(event))
            if event["type"] == "done":
                return CloseCode.DONE, ""
        if not socket.connected:
            raise ConnectionClosed(socket.close_reason, socket.close_message)
        socket.event.wait(PING_SECONDS)
    return CloseCode.GOING_AWAY, "The server is being restarted."


def read_snapshot(organization_id: int, job_id: UUID) -> Event:
    """The job's snapshot as PostgreSQL has it; raises `NotFound`."""
    with org_transaction(organization_id) as session:
        return job_snapshot(session, job_id)
