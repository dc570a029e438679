"""Detects a proxy in front of the application that TRUSTED_PROXIES does not count.

All clients then share the proxy's address and its limits, and the audit log names the proxy. The
web processes detect it, and `billmill doctor` reports it.
"""

from __future__ import annotations

import ipaddress
import time
from typing import Final

import redis
from flask import Flask, request

KEY: Final = "billmill:unconfigured_proxy"
REMEMBERED_SECONDS: Final = 24 * 60 * 60
_NOTED_EVERY_SECONDS: Final = 60.0


class ProxyWatch:
    """Records in Redis which peer sends X-Forwarded-For, at most once a minute."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._next = 0.0

    def examine(self) -> None:
        """Examines a request to an application that trusts no proxy."""
        now = time.monotonic()
        if "X-Forwarded-For" not in request.headers or now < self._next:
            return
        if not _may_be_a_proxy(request.remote_addr or ""):
            return
        self._next = now + _NOTED_EVERY_SECONDS
        try:
            self._redis.set(KEY, request.remote_addr or "", ex=REMEMBERED_SECONDS)
        except (redis.RedisError, OSError):
            return  # a later request will record it


def watch_for_proxies(app: Flask, client: redis.Redis) -> None:
    """Examines each request of an application whose TRUSTED_PROXIES is 0."""
    app.before_request(ProxyWatch(client).examine)


def unconfigured_proxy(client: redis.Redis) -> str | None:
    """The address of a peer that sent X-Forwarded-For in the last day, if one did."""
    found = client.get(KEY)
    return found.decode() if isinstance(found, bytes) else found


def _may_be_a_proxy(address: str) -> bool:
    """Whether the address is private: any client on the internet can send the header."""
    try:
        return not ipaddress.ip_address(address).is_global
    except ValueError:
        return False
