"""/healthz and /readyz: is the process alive, and does it reach its services?"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, current_app, jsonify
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from actors.broker import IMPORTS, INVOICES, SWEEP
from actors.consumers import count_consumers
from models.database import new_engine

views = Blueprint("system", __name__)

DATABASE_TIMEOUT_SECONDS = 2


@views.get("/healthz")
def health() -> Response:
    """Always 200 while the process answers, whether or not its services do."""
    return jsonify(status="alive")


@views.get("/readyz")
def readiness() -> tuple[Response, HTTPStatus]:
    """200 if database and Redis can be reached now, otherwise 503.

    `consumers` is the number of processes that consume each queue. If a queue has none, jobs are
    accepted but do not run: then `working` is false. The status stays 200, because taking web
    processes out of service would not help.
    """
    consumers = _consumers()
    reachable = {"database": _database_answers(), "redis": consumers is not None}
    working = {"working": all((consumers or {"": 0}).values()), "consumers": consumers}
    if all(reachable.values()):
        return jsonify(status="ready", **reachable, **working), HTTPStatus.OK
    return jsonify(status="not ready", **reachable, **working), HTTPStatus.SERVICE_UNAVAILABLE


def _database_answers() -> bool:
    # Not from the pool: a busy pool must not take the process out of service.
    engine = new_engine(
        current_app.extensions["settings"].database_url,
        pool_size=1,
        connect_seconds=DATABASE_TIMEOUT_SECONDS,
    )
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()
    return True


def _consumers() -> dict[str, int] | None:
    """How many processes consume each queue; None if Redis does not answer."""
    try:
        return dict(count_consumers(current_app.extensions["redis"], (INVOICES, IMPORTS, SWEEP)))
    except (RedisError, OSError):
        return None
