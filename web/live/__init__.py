"""Live progress of batch jobs over WebSockets."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response
from flask_sock import Sock
from wsproto.utilities import RemoteProtocolError

from models.accounts.credentials import still_valid
from web.errors import Problem, answer
from web.live.credential_checks import Admissions
from web.live.hub import Hub
from web.live.route import read_snapshot, watch_job
from web.live.sockets.detach import NoThread
from web.live.sockets.loop import Outlet


def register_live(app: Flask) -> None:
    """Adds the WebSocket route, and this process's `live_hub`, `live_outlet` and
    `live_admissions`."""
    hub = Hub(app.extensions["settings"].redis_url, read_snapshot)
    outlet = Outlet(lambda: hub.is_closing)
    admissions = Admissions(still_valid, outlet.refuse, lambda: hub.is_closing)
    app.extensions.update(live_hub=hub, live_outlet=outlet, live_admissions=admissions)
    app.config["SOCK_SERVER_OPTIONS"] = {"thread_class": NoThread}
    Sock(app).route("/ws/batch-jobs/<uuid:job_id>")(watch_job)
    app.register_error_handler(RemoteProtocolError, _no_handshake)


def _no_handshake(_error: RemoteProtocolError) -> Response:
    detail = "This address speaks WebSocket, and the handshake was not one."
    return answer(Problem(HTTPStatus.BAD_REQUEST, "bad_request", detail))
