"""Each test has an empty database and Redis: nothing is left from another test."""

import psycopg
import pytest
import redis
from sqlalchemy import text

from models.database import engine, org_transaction
from models.settings import Settings, current_settings
from tests.servers import Database


@pytest.mark.parametrize("_run", [1, 2])
def test_a_database_is_empty_whatever_the_test_before_committed(
    database: Database, _run: int
) -> None:
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("CREATE TABLE left_behind (id int)")
    with psycopg.connect(database.owner_url) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE tablename = 'left_behind'"
        )
        assert tables.fetchone() == (1,)


@pytest.mark.parametrize("_run", [1, 2])
def test_redis_is_empty_whatever_the_test_before_stored(
    redis_client: redis.Redis, _run: int
) -> None:
    assert redis_client.dbsize() == 0
    redis_client.set("left", "behind")


def test_the_application_connects_as_a_role_that_row_level_security_binds(
    database: Database,
) -> None:
    with org_transaction(1) as session:
        role = session.execute(
            text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        ).one()
    assert tuple(role) == (False, False)
    assert engine().url.database == database.name


def test_settings_of_the_environment_name_the_tests_database(settings: Settings) -> None:
    assert current_settings().database_url == settings.database_url
    assert current_settings().redis_url == settings.redis_url
