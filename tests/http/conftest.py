"""Fixtures of the HTTP tests: the application, and its clients (browsers and programs)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dramatiq
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import update
from werkzeug.test import TestResponse

import models.database
import web.logins.failed_logins
from models.accounts.api_tokens import create_token
from models.database import owner_transaction
from models.settings import Settings
from models.tables.user import User
from tests.conftest import SECRET_KEY
from tests.emptied_database import database, emptied_database
from tests.http.gunicorn_process import Gunicorn, gunicorn
from tests.records import Account, new_account, new_orders
from tests.servers import Servers, leave_database
from tests.waiting import wait_for
from tests.workers import invoice_worker

__all__ = ["database", "emptied_database"]

PASSWORD = "correct horse battery staple"
ORIGIN = "http://localhost"
# Verifying costs what the hash says, and tests log in often.
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(scope="session", autouse=True)
def _failed_logins_are_written_at_once() -> Iterator[None]:
    """Otherwise some would be written to the database of the next test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web.logins.failed_logins, "GATHER_SECONDS", 0.02)
        patch.setattr(web.logins.failed_logins, "EVERY_SECONDS", 0.0)
        yield


_APPS: list[Flask] = []


@pytest.fixture
def app(settings: Settings) -> Flask:
    """The application on an empty database and an empty Redis.

    Made once, as in a server; its files go to the folder of the test.
    """
    from web.app import create_app  # reads the environment that pytest_sessionstart sets

    if not _APPS:
        _APPS.append(described(create_app(settings)))
    _APPS[0].extensions["settings"] = settings
    return _APPS[0]


def described(app: Flask) -> Flask:
    """The application; its test clients check every response against the API's description."""
    from tests.http.described import DescribedClient  # as above

    app.test_client_class = DescribedClient
    app.jinja_env.bytecode_cache = TEMPLATES
    return app


class CompiledTemplates(BytecodeCache):
    """Keeps compiled templates for the applications of all tests in this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = CompiledTemplates()


@pytest.fixture
def clerk(app: Flask) -> Account:
    """A user of the organisation `alpha`, who can log in with `PASSWORD`."""
    return with_password(new_account("alpha"))


@pytest.fixture
def stranger(app: Flask) -> Account:
    """A user of another organisation, `beta`."""
    return new_account("beta")


@pytest.fixture
def browser(app: Flask, clerk: Account) -> FlaskClient:
    """A browser in which the clerk has logged in."""
    client = app.test_client()
    answer = log_in(client, clerk.email)
    assert answer.status_code == 302
    return client


class Api:
    """A program with an API token; its methods return the responses of Flask's test client."""

    def __init__(self, app: Flask, token: str) -> None:
        self._client = app.test_client()
        self.token = token
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._client.get(path, headers=self.headers, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self._client.post(path, headers=self.headers, **options)

    def put(self, path: str, **options: Any) -> TestResponse:
        return self._client.put(path, headers=self.headers, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self._client.delete(path, headers=self.headers, **options)

    def patch(self, path: str, *, seen: str | None = None, **options: Any) -> TestResponse:
        """`seen` is the `ETag` of what the program has seen."""
        headers = self.headers | ({"If-Match": seen} if seen else {})
        return self._client.patch(path, headers=headers, **options)


@pytest.fixture
def api(app: Flask, clerk: Account) -> Api:
    """The clerk's program."""
    return Api(app, token_of(clerk))


@pytest.fixture
def strangers_api(app: Flask, stranger: Account) -> Api:
    """A program of the other organisation."""
    return Api(app, token_of(stranger))


@dataclass(frozen=True)
class Shop:
    """A clerk of `alpha` with two orders, and a stranger of `beta` with one."""

    app: Flask
    clerk: Account
    api: Api
    orders: list[int]
    stranger: Account
    strangers_order: int

    def new_browser(self) -> FlaskClient:
        """Another browser in which the clerk has logged in."""
        client = self.app.test_client()
        assert log_in(client, self.clerk.email).status_code == 302
        return client


@pytest.fixture(scope="module")
def shop(servers: Servers) -> Iterator[Shop]:
    """One database for all tests of a module, where their changes do not affect each other.

    A module uses this or `app`, not both: the process has one database at a time.
    """
    from web.app import create_app

    database = servers.clone()
    models.database.configure(database.app_url, database.owner_url)
    app = described(
        create_app(
            Settings(
                database_url=database.app_url,
                migration_database_url=database.owner_url,
                redis_url=servers.redis.url,
                secret_key=SECRET_KEY,
                port=8000,
                data_dir=servers.directory,
            )
        )
    )
    alpha, beta = with_password(new_account("alpha")), new_account("beta")
    api = Api(app, token_of(alpha))
    yield Shop(app, alpha, api, new_orders(alpha, 2), beta, new_orders(beta, 1)[0])
    leave_database()
    servers.drop(database)


@pytest.fixture(scope="module")
def server(
    shop: Shop, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Gunicorn]:
    """A real gunicorn for the whole module, on the shop's database.

    The module may name its options: `SERVER = {"threads": 2}`.
    """
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    options = getattr(request.module, "SERVER", {})
    with gunicorn(shop.app.extensions["settings"], log, **options) as started:
        yield started
    assert "Traceback" not in log.read_text()


def with_password(account: Account) -> Account:
    """Gives the account the password `PASSWORD`; returns the account."""
    with owner_transaction() as session:
        session.execute(
            update(User)
            .where(User.id == account.user_id)
            .values(password_hash=CHEAP.hash(PASSWORD))
        )
    return account


def token_of(account: Account, name: str = "test") -> str:
    """A new API token of the account."""
    with owner_transaction() as session:
        return create_token(
            session,
            organization_id=account.organization_id,
            user_id=account.user_id,
            name=name,
        )


def log_in(
    client: FlaskClient, email: str, password: str = PASSWORD, **options: Any
) -> TestResponse:
    """Sends the login form as a browser does."""
    headers = options.pop("headers", {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
    form = {"email": email, "password": password, "next": "/jobs"}
    return client.post("/login", data=form, headers=headers, **options)


@pytest.fixture
def worker() -> Iterator[dramatiq.Worker]:
    """The real worker of Dramatiq, with its threads in this process; needs a database first."""
    with invoice_worker() as started:
        yield started


def job_at_its_end(api: Api, job_id: str) -> dict[str, Any]:
    """Waits until all orders of the job have ended; returns the job as the API shows it."""

    def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = api.get(f"/api/batch-jobs/{job_id}").get_json()
        done = job["processed_items"] + job["cancelled_items"]
        return job if job["completed_at"] and done == job["total_items"] else None

    found = wait_for(ended, 60)
    assert found
    return found


def wait_for_import(api: Api, import_id: str) -> dict[str, Any]:
    """The import once it has ended."""

    def ended() -> dict[str, Any] | None:
        run: dict[str, Any] = api.get(f"/api/imports/{import_id}").get_json()
        return run if run["completed_at"] else None

    found = wait_for(ended, 60)
    assert found is not None
    return found
