"""Live progress of batch jobs and imports over WebSockets."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response
from flask_sock import Sock
from wsproto.utilities import RemoteProtocolError

from models.accounts.credentials import still_valid
from web.error_handlers import answer
from web.error_statuses import Problem
from web.live.credential_checks import CredentialChecks
from web.live.hub import Hub
from web.live.route import read_snapshot, watch_import, watch_job
from web.live.sockets.detach import NoThread
from web.live.sockets.loop import EventLoop


def register_live(app: Flask) -> None:
    """Adds the WebSocket routes, and the `live_hub`, `live_event_loop` and `live_credential_checks`
    of this process."""
    hub = Hub(app.extensions["settings"].redis_url, read_snapshot)
    event_loop = EventLoop(lambda: hub.is_closing)
    checks = CredentialChecks(still_valid, event_loop.revoke, lambda: hub.is_closing)
    app.extensions.update(live_hub=hub, live_event_loop=event_loop, live_credential_checks=checks)
    app.config["SOCK_SERVER_OPTIONS"] = {"thread_class": NoThread}
    sock = Sock(app)
    sock.route("/ws/batch-jobs/<uuid:job_id>")(watch_job)
    sock.route("/ws/imports/<uuid:import_id>")(watch_import)
    app.register_error_handler(RemoteProtocolError, _no_handshake)


def _no_handshake(_error: RemoteProtocolError) -> Response:
    detail = "This address speaks WebSocket, and the handshake was not one."
    return answer(Problem(HTTPStatus.BAD_REQUEST, "bad_request", detail))
