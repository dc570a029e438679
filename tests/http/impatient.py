"""Gunicorn's usual configuration, with deadlines short enough for a test."""

import web.server.connection
import web.server.connection_handler
import web.server.transfer_rate
from web.serving import forwarded_allow_ips, post_worker_init, worker_exit

__all__ = ["forwarded_allow_ips", "post_worker_init", "worker_exit"]

SECONDS = 1.0

vars(web.server.connection)["HEAD_SECONDS"] = SECONDS
vars(web.server.connection_handler)["HEAD_SECONDS"] = SECONDS
vars(web.server.transfer_rate)["IDLE_SECONDS"] = SECONDS
vars(web.server.transfer_rate)["GRACE_SECONDS"] = SECONDS
