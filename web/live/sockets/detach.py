"""Detaches a WebSocket from the request thread that did its handshake."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import Any

from simple_websocket import Server

from web.live.sockets.websocket import Connection


class NoThread(threading.Thread):
    """Replaces the thread that simple_websocket starts per socket: `EventLoop` reads them all."""

    def __init__(self, **options: Any) -> None:
        super().__init__(daemon=True, **options)

    def start(self) -> None:
        """Starts nothing."""


def detach(server: Server) -> Connection:
    """Returns a connection that the web server can no longer write to or close.

    The web server will still write an answer to its file descriptor and close it. So we make this
    descriptor refer to a socket whose other end is closed. TLS would not work: a duplicated socket
    has no TLS state.
    """
    accepted: socket.socket = server.sock
    ours = accepted.dup()
    other_end, replacement = socket.socketpair()
    other_end.close()
    os.dup2(replacement.fileno(), accepted.fileno(), inheritable=False)
    replacement.close()
    server.connected = False  # so that simple_websocket sends no close frame
    return Connection(ours, server.ws, time.monotonic())
