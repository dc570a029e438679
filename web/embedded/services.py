"""The services of a data directory, started where the environment names none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from web.embedded.errors import ServiceError
from web.embedded.keys import Keys
from web.embedded.postgres import OWNER, EmbeddedPostgres, Passwords
from web.embedded.postgres_place import choose_place
from web.embedded.redis import EmbeddedRedis


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the database (as application and as owner of its tables) and Redis answer."""

    database_url: str
    migration_database_url: str
    redis_url: str


class Services:
    """`start()` what the environment lacks; `stop()` only what was started."""

    def __init__(self, data_dir: Path, keys: Keys, environ: Mapping[str, str]) -> None:
        self._data_dir = data_dir
        self._keys = keys
        self._environ = environ
        self._postgres: EmbeddedPostgres | None = None
        self._redis: EmbeddedRedis | None = None

    def start(self, tell: Callable[[str], None]) -> Addresses:
        """Returns once both answer; raises ServiceError where one does not start."""
        database_url = self._environ.get("DATABASE_URL", "")
        owner_url = self._environ.get("MIGRATION_DATABASE_URL") or database_url
        if not database_url:
            self._postgres = self._embedded_postgres(tell)
            self._postgres.start()
            database_url, owner_url = self._postgres.url(), self._postgres.url(OWNER)
        redis_url = self._environ.get("REDIS_URL", "")
        if not redis_url:
            self._redis = EmbeddedRedis(self._data_dir / "redis", self._keys.redis)
            self._redis.start()
            redis_url = self._redis.url
        return Addresses(database_url, owner_url, redis_url)

    def pids(self) -> dict[str, Sequence[int]]:
        """The processes we run; an empty list for a service that is somebody else's."""
        return {
            "postgres": self._postgres.pids if self._postgres else [],
            "redis": self._redis.pids if self._redis else [],
        }

    def restart_ended(self, tell: Callable[[str], None]) -> None:
        """Start again, at its old address, what has ended by itself.

        Raises ServiceError where that address is another's by now: the processes know only this.
        """
        services: list[tuple[str, EmbeddedPostgres | EmbeddedRedis | None]] = [
            ("PostgreSQL", self._postgres),
            ("Redis", self._redis),
        ]
        for name, service in services:
            if service is not None and not service.pids:
                tell(f"{name} has ended and starts again.")
                port = service.port
                service.start()
                if service.port != port:
                    raise ServiceError(f"Port {port} of {name} was taken meanwhile: start again.")

    def stop(self) -> None:
        """Stop ours and wait until they are gone."""
        for service in (self._redis, self._postgres):
            if service is not None:
                service.stop()

    def _embedded_postgres(self, tell: Callable[[str], None]) -> EmbeddedPostgres:
        passwords = Passwords(
            administrator=self._keys.postgres_administrator,
            owner=self._keys.postgres_owner,
            application=self._keys.postgres_application,
        )
        place = choose_place(self._data_dir, self._keys.instance, tell)
        return EmbeddedPostgres(place, passwords)
