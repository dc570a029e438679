"""The web application's factory: `gunicorn 'web.app:create_app()'`."""

from __future__ import annotations

from pathlib import Path

import redis
from flask import Flask
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.middleware.proxy_fix import ProxyFix

import models.database
from models.settings import Settings, current_settings
from web.api.registration import register_api
from web.error_handlers import register_error_handlers
from web.live import register_live
from web.logins.attempt_counts import AttemptCounts
from web.logins.failed_logins import FailedLogins
from web.logins.limit import LoginLimit
from web.pages import register_pages
from web.request_bodies.admission import admit_before_reading
from web.request_bodies.complete import require_complete_bodies
from web.security import secure
from web.unconfigured_proxy import watch_for_proxies

ROOT = Path(__file__).parent.parent
# A slow Redis must not delay requests: they continue without it.
REDIS_TIMEOUT_SECONDS = 0.5


def create_app(settings: Settings | None = None) -> Flask:
    """The application, with settings from the environment unless others are given.

    It does not connect to PostgreSQL or Redis, so it starts while they are down (see /readyz).
    Raises `MissingSetting` if a required setting, such as SECRET_KEY, is absent.
    """
    settings = settings or current_settings()
    app = Flask(__name__, static_folder=ROOT / "static", static_url_path="/static")
    app.secret_key = settings.required_secret_key()
    settings.check_metrics_token()
    models.database.configure(settings.database_url, settings.migration_database_url)
    client = _redis_client(settings.redis_url)
    limit = LoginLimit(AttemptCounts(client))
    app.extensions.update(
        settings=settings, redis=client, login_limit=limit, failed_logins=FailedLogins()
    )
    require_complete_bodies(app)
    admit_before_reading(app)
    _trust_proxies(app, settings.trusted_proxies, client)
    secure(app)
    register_error_handlers(app)
    register_api(app)
    register_live(app)
    register_pages(app)
    return app


def _trust_proxies(app: Flask, count: int, client: redis.Redis) -> None:
    """Takes address, scheme and host from the headers of the last `count` proxies, if any."""
    if count == 0:
        watch_for_proxies(app, client)
    else:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )


def _redis_client(url: str) -> redis.Redis:
    client: redis.Redis = redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return client
