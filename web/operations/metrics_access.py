"""Who may read /metrics: clients on this machine, and clients that send METRICS_TOKEN."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Final

from flask import current_app, request

from models.errors import InvalidCredentials, LoginRequired, NotAllowed
from models.settings import Settings

# A request with one of these came through a proxy that TRUSTED_PROXIES does not count.
_PROXY_HEADERS: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


def require_metrics_access() -> None:
    """Refuses other clients; for `Blueprint.before_request`.

    Raises `InvalidCredentials` for a wrong token, `LoginRequired` for a missing one, and
    `NotAllowed` if METRICS_TOKEN is not set.
    """
    settings: Settings = current_app.extensions["settings"]
    token = settings.metrics_token
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        if not hmac.compare_digest(given.strip().encode(errors="replace"), token.encode()):
            raise InvalidCredentials("The token is not the METRICS_TOKEN of this installation.")
        return
    if _is_from_this_machine(settings.trusted_proxies):
        return
    if token:
        raise LoginRequired("Send METRICS_TOKEN as `Authorization: Bearer …`.")
    raise NotAllowed(
        "The figures are for this machine alone: for others set METRICS_TOKEN in the environment "
        "of the web processes, and send it as `Authorization: Bearer …`."
    )


def _is_from_this_machine(trusted_proxies: int) -> bool:
    """Whether the peer is this machine, and so is the client that trusted proxies name."""
    if trusted_proxies == 0 and any(name in request.headers for name in _PROXY_HEADERS):
        return False
    before = request.environ.get("werkzeug.proxy_fix.orig", {})
    peers = (request.remote_addr, before.get("REMOTE_ADDR", request.remote_addr))
    return all(map(_is_loopback, peers))


def _is_loopback(address: str | None) -> bool:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback
