"""Taking a socket over from the thread that shook hands on it."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import Any

from simple_websocket import Server

from web.live.sockets.connection import Watcher


class NoThread(threading.Thread):
    """Stands in for the thread that would read a socket: `Outlet` reads them all."""

    def __init__(self, **options: Any) -> None:
        super().__init__(daemon=True, **options)

    def start(self) -> None:
        """Starts nothing."""


def take_over(socket_of_thread: Server) -> Watcher:
    """The connection, which the server that accepted it does not hold any more.

    That server will answer and close what it believes to be the connection: its descriptor leads
    to a socket at whose other end is nobody. It must not be one that speaks TLS itself.
    """
    accepted: socket.socket = socket_of_thread.sock
    ours = accepted.dup()
    nobody, decoy = socket.socketpair()
    nobody.close()
    os.dup2(decoy.fileno(), accepted.fileno(), inheritable=False)
    decoy.close()
    socket_of_thread.connected = False  # so that nobody says goodbye on it
    return Watcher(ours, socket_of_thread.ws, time.monotonic())
