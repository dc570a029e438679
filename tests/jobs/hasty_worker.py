"""For `dramatiq tests.jobs.hasty_worker`: a worker that soon notices a killed worker."""

from actors.worker import broker

__all__ = ["broker"]

broker.heartbeat_timeout = 1_000  # milliseconds; ten times as long in production
