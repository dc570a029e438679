"""Security headers on every answer, and the refusal of cross-site requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import SplitResult, urlsplit, urlunsplit

from flask import Flask, Request, Response, redirect, request

from models.errors import NotAllowed
from web.request_bodies.limits import MAX_BODY_BYTES

HEADERS: Final[Mapping[str, str]] = {
    # data: is for the small images in Bootstrap's style sheet.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# A browser that has seen this header uses only https for a year (RFC 6797).
_ONLY_HTTPS: Final = "max-age=31536000"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


def secure(app: Flask) -> None:
    """Applies these rules to all requests of `app`."""
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES)
    app.before_request(_refuse_foreign_requests)
    app.after_request(_add_headers)
    app.after_request(_redirect_to_own_host)  # runs before the one above


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = _ONLY_HTTPS
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _redirect_to_own_host(response: Response) -> Response:
    """Removes the host from a redirect: the router copies it from the request's Host header."""
    location = urlsplit(response.headers.get("Location", ""))
    if not location.netloc:
        return response
    return cast(Response, redirect(own_path(location), response.status_code))


def own_path(location: SplitResult) -> str:
    """The location without scheme and host. Browsers read `//` and `/\\` as the start of a host."""
    path = "/" + location.path.lstrip("/\\")
    return urlunsplit(("", "", path, location.query, location.fragment))


def _refuse_foreign_requests() -> None:
    """Refuses cross-site POSTs with our cookie; a browser never adds an Authorization header."""
    if request.method in _SAFE_METHODS or "Authorization" in request.headers:
        return
    if comes_from_elsewhere(request):
        raise NotAllowed(
            "The request comes from another site's page; it is refused to protect your account."
        )


def comes_from_elsewhere(request: Request) -> bool:
    """Whether a browser says that a page of another origin caused the request.

    Other programs send neither header.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    return origin is not None and not _is_own_origin(origin, request)


def _is_own_origin(origin: str, request: Request) -> bool:
    try:
        theirs = urlsplit(origin)
        port = theirs.port or _DEFAULT_PORTS.get(theirs.scheme)
        own = urlsplit(f"//{request.host}")
        # A proxy that ends TLS may not say so: then the page is https, and the request http.
        own_port = own.port or _DEFAULT_PORTS[theirs.scheme]
    except (ValueError, KeyError):
        return False
    if request.is_secure and theirs.scheme != "https":
        return False
    return (theirs.hostname, port) == (own.hostname, own_port)
