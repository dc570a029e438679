"""What gunicorn needs to know beyond its command line: `gunicorn --config python:web.serving`."""

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

keep_logs_visible()  # gunicorn's own, from its first process on: they may quote a request

# Nothing that a header says of the scheme is believed here: TRUSTED_PROXIES decides (web/app.py).
forwarded_allow_ips = ""

# Of the clients that a process may have at once, those that may watch jobs.
_SHARE_OF_SOCKETS = 0.75
# A client's connection, the body it sends, and another client's socket that is served apart.
_FILES_OF_ONE = 3
# Descriptors that are no client's: listeners, PostgreSQL, Redis, files.
_SPARE_DESCRIPTORS = 200
_FAREWELLS_SECONDS = 5.0


def post_worker_init(worker: Worker) -> None:
    """Bounds the process's sockets, ends them when it is told to stop, keeps what is loaded."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    hub: Hub = worker.wsgi.extensions["live_hub"]
    wanted = worker.cfg.worker_connections
    files = _permitted_files(wanted * _FILES_OF_ONE + _SPARE_DESCRIPTORS) - _SPARE_DESCRIPTORS
    clients = max(2, min(wanted, files // _FILES_OF_ONE))
    worker.worker_connections = clients
    worker.is_behind_proxy = worker.wsgi.extensions["settings"].trusted_proxies > 0
    hub.max_sockets = max(1, int(clients * _SHARE_OF_SOCKETS))
    # Ctrl-C reaches the worker twice, from the terminal and as SIGQUIT from its master. Gunicorn
    # would leave from inside the first handler; with the sockets gone, ending in order is as quick.
    stop_worker = signal.getsignal(signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        _close_first(hub, number, stop_worker)
    # Beside the first requests: a Redis that is away takes seconds to say so.
    threading.Thread(target=warn_of_eviction, name="redis-memory", daemon=True).start()
    # What is loaded stays: a full collection would walk through all of it in the midst of an
    # answer, 80 ms where the answer itself takes 20.
    gc.collect()
    gc.freeze()


def worker_exit(server: object, worker: Worker) -> None:  # noqa: ARG001
    """Gives the sockets time for their farewells, and writes what is still to be written; called by
    gunicorn after the last request."""
    application = getattr(worker, "wsgi", None)  # none where it could not be loaded
    if application is not None:
        application.extensions["live_event_loop"].wait_until_closed(_FAREWELLS_SECONDS)
        application.extensions["failed_logins"].write(everything=True)


def _permitted_files(wanted: int) -> int:
    """How many files and sockets the process may have open, after asking for `wanted`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft


def _close_first(hub: Hub, number: signal.Signals, stop_worker: object) -> None:
    """Puts closing the hub before what gunicorn does on a signal; it has a hook for none of them
    that comes early enough."""

    def stop(signal_number: int, frame: FrameType | None) -> None:
        hub.close()
        if callable(stop_worker):
            stop_worker(signal_number, frame)

    signal.signal(number, stop)
