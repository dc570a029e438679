"""What gunicorn needs to know beyond its command line: `gunicorn --config python:web.serving`."""

from __future__ import annotations

import logging
import signal
from types import FrameType

from gunicorn.workers.gthread import ThreadWorker

from web.live.hub import Hub

# Nothing that a header says of the scheme is believed here: TRUSTED_PROXIES decides (web/app.py).
forwarded_allow_ips = ""

# Of a process's threads, those that sockets may hold; the others serve requests.
_SHARE_OF_SOCKETS = 0.75


def post_worker_init(worker: ThreadWorker) -> None:
    """Ends the process's sockets when it is told to stop: each holds a thread, and gunicorn
    would wait for them until its graceful timeout."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    hub: Hub = worker.wsgi.extensions["live_hub"]
    hub.max_sockets = max(1, int(worker.cfg.threads * _SHARE_OF_SOCKETS))
    # Ctrl-C reaches the worker twice, from the terminal and as SIGQUIT from its master. Gunicorn
    # would leave from inside the first handler; with the sockets gone, ending in order is as quick.
    stop_worker = signal.getsignal(signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        _close_first(hub, number, stop_worker)


def _close_first(hub: Hub, number: signal.Signals, stop_worker: object) -> None:
    """Puts closing the hub before what gunicorn does on a signal; it has a hook for none of them
    that comes early enough."""

    def stop(signal_number: int, frame: FrameType | None) -> None:
        hub.close()
        if callable(stop_worker):
            stop_worker(signal_number, frame)

    signal.signal(number, stop)
