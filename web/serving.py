"""Gunicorn's settings and hooks beyond its command line: `gunicorn --config python:web.serving`."""

from __future__ import annotations

import gc
import logging
import resource
import signal
import threading
from types import FrameType

from actors.redis_connection import warn_of_eviction
from models.visible_text import keep_logs_visible
from web.live.hub import Hub
from web.server.worker import Worker

keep_logs_visible()  # before gunicorn logs anything, because it may quote a request

# Gunicorn trusts no header about the scheme: TRUSTED_PROXIES decides (web/app.py).
forwarded_allow_ips = ""

# The share of a process's connections that may be WebSockets.
_SOCKET_SHARE = 0.75
# A connection, the file of its body, and the duplicate descriptor of a WebSocket.
_DESCRIPTORS_PER_CLIENT = 3
# Listeners, PostgreSQL, Redis, files.
_OTHER_DESCRIPTORS = 200
_CLOSE_SOCKETS_SECONDS = 5.0


def post_worker_init(worker: Worker) -> None:
    """Limits the connections and WebSockets of a new process, and closes these when it stops."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    hub: Hub = worker.wsgi.extensions["live_hub"]
    wanted = worker.cfg.worker_connections
    descriptors = _permitted_files(wanted * _DESCRIPTORS_PER_CLIENT + _OTHER_DESCRIPTORS)
    possible = (descriptors - _OTHER_DESCRIPTORS) // _DESCRIPTORS_PER_CLIENT
    clients = max(2, min(wanted, possible))
    worker.worker_connections = clients
    worker.is_behind_proxy = worker.wsgi.extensions["settings"].trusted_proxies > 0
    hub.max_sockets = max(1, int(clients * _SOCKET_SHARE))
    # Ctrl-C reaches the worker twice: from the terminal, and as SIGQUIT from its master. Gunicorn's
    # handler of SIGINT would exit immediately, so SIGTERM's handles all: its graceful stop takes no
    # longer if no socket is open.
    stop_worker = signal.getsignal(signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        _close_hub_on(number, hub, stop_worker)
    # In a thread, because connecting to a Redis that is down times out only after seconds.
    threading.Thread(target=warn_of_eviction, name="redis-memory", daemon=True).start()
    # Loaded modules are never garbage. Without this, a full collection would scan them during a
    # request: 80 ms, where the request itself takes 20.
    gc.collect()
    gc.freeze()


def worker_exit(server: object, worker: Worker) -> None:  # noqa: ARG001
    """Waits until the WebSockets are closed, and writes the failed logins that are still in memory.

    Gunicorn calls it after the last request.
    """
    application = getattr(worker, "wsgi", None)  # None if the application could not be loaded
    if application is not None:
        application.extensions["live_event_loop"].wait_until_closed(_CLOSE_SOCKETS_SECONDS)
        application.extensions["failed_logins"].write(everything=True)


def _permitted_files(wanted: int) -> int:
    """Raises the limit of open descriptors to `wanted` if possible; returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft


def _close_hub_on(number: signal.Signals, hub: Hub, stop_worker: object) -> None:
    """Closes the hub before gunicorn handles a signal; gunicorn's own hooks run too late."""

    def stop(signal_number: int, frame: FrameType | None) -> None:
        hub.close()
        if callable(stop_worker):
            stop_worker(signal_number, frame)

    signal.signal(number, stop)
