"""Fixtures of the command tests: a seller, and a way to run a command."""

from collections.abc import Callable, Iterator

import dramatiq
import pytest
import redis
from click.testing import CliRunner, Result

from models.settings import Settings
from tests.records import Account, new_account
from tests.workers import invoice_worker

Type = Callable[..., Result]


@pytest.fixture
def seller(settings: Settings, redis_client: redis.Redis) -> Account:
    """The organisation `alpha` in a fresh database, with an empty Redis."""
    return new_account("alpha")


@pytest.fixture
def billmill(settings: Settings) -> Type:
    """Runs a command: `billmill("jobs", "list", input="...")`."""
    from web.cli import main

    def run(*arguments: object, **options: object) -> Result:
        texts = [str(argument) for argument in arguments]
        return CliRunner().invoke(main, texts, catch_exceptions=False, **options)

    return run


@pytest.fixture
def worker(seller: Account) -> Iterator[dramatiq.Worker]:
    """The real worker of Dramatiq, with its threads in this process."""
    with invoice_worker() as started:
        yield started
