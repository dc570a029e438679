"""Whether a proxy stands before the application that TRUSTED_PROXIES does not know of.

Then everybody seems to come from the proxy's address: bounds per address hold for all of them
together, and the audit log names the proxy. The web processes see it, `billmill doctor` says it.
"""

from __future__ import annotations

import ipaddress
import time
from typing import Final

import redis
from flask import Flask, request

KEY: Final = "billmill:unconfigured_proxy"
REMEMBERED_SECONDS: Final = 24 * 60 * 60
_TOLD_EVERY_SECONDS: Final = 60.0


class ProxyWatch:
    """Notes in Redis, once a minute at most, which peer sends X-Forwarded-For."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._next = 0.0

    def look(self) -> None:
        """Called for each request of an application that believes no proxy."""
        now = time.monotonic()
        if "X-Forwarded-For" not in request.headers or now < self._next:
            return
        if not _may_be_a_proxy(request.remote_addr or ""):
            return
        self._next = now + _TOLD_EVERY_SECONDS
        try:
            self._redis.set(KEY, request.remote_addr or "", ex=REMEMBERED_SECONDS)
        except (redis.RedisError, OSError):
            return  # it will be seen again


def watch_for_proxies(app: Flask, client: redis.Redis) -> None:
    """For an application whose TRUSTED_PROXIES is 0."""
    app.before_request(ProxyWatch(client).look)


def unconfigured_proxy(client: redis.Redis) -> str | None:
    """The address of a peer that sent X-Forwarded-For in the last day, if one did."""
    found = client.get(KEY)
    return found.decode() if isinstance(found, bytes) else found


def _may_be_a_proxy(address: str) -> bool:
    """From the internet anybody can send the header; a proxy of ours is near."""
    try:
        return not ipaddress.ip_address(address).is_global
    except ValueError:
        return False
