"""Starts the PostgreSQL and the Redis of a data directory, if the environment names none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from web.embedded.keys import Keys
from web.embedded.postgres.locations import choose_locations
from web.embedded.postgres.server import OWNER, EmbeddedPostgres, Passwords
from web.embedded.processes.service_restart import ServiceRestart
from web.embedded.processes.system_user import SystemUser
from web.embedded.processes.unprivileged_user import user_for_processes
from web.embedded.redis import EmbeddedRedis, find_program


@dataclass(frozen=True, slots=True)
class Addresses:
    """URLs of the database (as application and as owner of its tables) and of Redis."""

    database_url: str
    migration_database_url: str
    redis_url: str


class Services:
    """`start()` starts what the environment lacks; `stop()` stops what was started."""

    def __init__(self, data_dir: Path, keys: Keys, environ: Mapping[str, str]) -> None:
        self._data_dir = data_dir
        self._keys = keys
        self._environ = environ
        self._postgres: EmbeddedPostgres | None = None
        self._redis: EmbeddedRedis | None = None
        self._restarts: list[ServiceRestart] = []
        # The user of Redis and the Procfile's processes, after `start`; None for our own.
        self.user: SystemUser | None = None

    def start(self, tell: Callable[[str], None]) -> Addresses:
        """Returns once both answer; raises ServiceError if one does not start.

        `tell` receives lines for the person at the terminal, during the start and later.
        """
        database_url = self._environ.get("DATABASE_URL", "")
        owner_url = self._environ.get("MIGRATION_DATABASE_URL") or database_url
        if not database_url:
            self._postgres = self._embedded_postgres(tell)
            self._postgres.start(tell)
            self._restarts.append(ServiceRestart("PostgreSQL", self._postgres, tell))
            database_url, owner_url = self._postgres.url(), self._postgres.url(OWNER)
        redis_url = self._environ.get("REDIS_URL", "")
        programs = [] if redis_url else [find_program("server")]
        postgres_user = self._postgres.locations.user if self._postgres else None
        self.user = user_for_processes(self._keys.instance, postgres_user, programs, tell)
        if not redis_url:
            self._redis = EmbeddedRedis(self._data_dir / "redis", self._keys.redis, self.user)
            self._redis.start()
            self._restarts.append(ServiceRestart("Redis", self._redis, tell))
            redis_url = self._redis.url
        return Addresses(database_url, owner_url, redis_url)

    def pids(self) -> dict[str, Sequence[int]]:
        """The pids of our services; an empty list for a service that the environment names."""
        return {
            "postgres": self._postgres.pids if self._postgres else [],
            "redis": self._redis.pids if self._redis else [],
        }

    def restart_ended(self) -> None:
        """Does the next step of restarting a service that has ended, at the same address.

        Call this repeatedly. Raises ServiceError if another program keeps using the address.
        """
        for restart in self._restarts:
            restart.tick()

    def stop(self) -> None:
        """Stops our services and waits until they have ended."""
        for service in (self._redis, self._postgres):
            if service is not None:
                service.stop()

    def _embedded_postgres(self, tell: Callable[[str], None]) -> EmbeddedPostgres:
        passwords = Passwords(
            administrator=self._keys.postgres_administrator,
            owner=self._keys.postgres_owner,
            application=self._keys.postgres_application,
        )
        locations = choose_locations(self._data_dir, self._keys.instance, tell)
        return EmbeddedPostgres(locations, passwords)
