"""Live progress of batch jobs over WebSockets."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response
from flask_sock import Sock
from wsproto.utilities import RemoteProtocolError

from web.errors import Problem, answer
from web.live.hub import Hub
from web.live.route import OPTIONS, read_snapshot, watch_job


def register_live(app: Flask) -> None:
    """Adds the WebSocket route, and the hub of this process as `live_hub`."""
    app.extensions["live_hub"] = Hub(app.extensions["settings"].redis_url, read_snapshot)
    app.config["SOCK_SERVER_OPTIONS"] = OPTIONS
    Sock(app).route("/ws/batch-jobs/<uuid:job_id>")(watch_job)
    app.register_error_handler(RemoteProtocolError, _no_handshake)


def _no_handshake(_error: RemoteProtocolError) -> Response:
    detail = "This address speaks WebSocket, and the handshake was not one."
    return answer(Problem(HTTPStatus.BAD_REQUEST, "bad_request", detail))
