"""Redis: does it answer?"""

from redis.exceptions import RedisError

from actors.redis_connection import new_client
from models.settings import current_settings
from web.cli.checks.check import Check, Fault, first_line


def _redis() -> str:
    try:
        with new_client(current_settings().redis_url) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        remedy = "Start Redis, or correct REDIS_URL: host, port, password."
        raise Fault(first_line(error), remedy) from error
    return "it answers"


CHECKS = [
    Check("redis", _redis, needs="settings"),
]
