"""Redis: does it answer, and does it keep its data?"""

from redis.exceptions import RedisError

from actors.redis_connection import eviction_risk, new_client
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


def _memory() -> str:
    try:
        with new_client(current_settings().redis_url) as client:
            risk = eviction_risk(client)
    except RedisError as error:
        remedy = "Let the user of REDIS_URL call INFO."
        raise Fault(first_line(error), remedy) from error
    if risk:
        remedy = "Set `maxmemory-policy noeviction`, and a maxmemory that is seldom reached."
        raise Fault(risk, remedy)
    return "nothing is evicted"


CHECKS = [
    Check("redis", _redis, needs="settings"),
    Check("eviction", _memory, needs="redis"),
]
