"""Proxies: does TRUSTED_PROXIES count each proxy before the web processes?"""

from redis.exceptions import RedisError

from actors.redis_connection import new_client
from models.settings import current_settings
from web.cli.checks.check import Check, Fault, first_line
from web.unconfigured_proxy import unconfigured_proxy


def _proxies() -> str:
    trusted = current_settings().trusted_proxies
    if trusted:
        return f"TRUSTED_PROXIES is {trusted}"
    try:
        with new_client(current_settings().redis_url) as client:
            peer = unconfigured_proxy(client)
    except RedisError as error:
        raise Fault(first_line(error), "Start Redis, and run this again.") from error
    if peer is not None:
        raise Fault(
            f"{peer} sent X-Forwarded-For in the last day, and TRUSTED_PROXIES is 0",
            "If it is your proxy, set TRUSTED_PROXIES to the number of proxies before the web "
            "processes: until then all clients behind it share the limits of one address.",
        )
    return "none was seen, and TRUSTED_PROXIES is 0"


CHECKS = [
    Check("proxies", _proxies, needs="redis"),
]
