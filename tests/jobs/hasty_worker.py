"""What `dramatiq tests.jobs.hasty_worker` loads: a worker that soon misses one that was killed."""

from actors.worker import broker

__all__ = ["broker"]

broker.heartbeat_timeout = 1_000  # milliseconds; ten times as long in production
