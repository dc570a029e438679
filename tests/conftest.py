"""Fixtures of the whole suite: a real PostgreSQL and a real Redis, never those of the machine.

Each test process (pytest-xdist makes one per core) has its own servers. The fixture
`database` is a fresh copy of the migrated database; `redis_client` is an empty Redis.
"""

import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest
import redis

import models.database
from models.settings import Settings, current_settings
from tests.servers import Database, Servers, leave_database
from tests.throwaway import keep_files_in_memory

# Made once by `secrets.token_hex`; it protects nothing.
SECRET_KEY = "7f3be09d14c86a52e7d9013fb46c8a25"
NO_DATABASE = "postgresql://nobody@127.0.0.1:1/ask-for-the-fixture-database"
FOREIGN = ("MIGRATION_DATABASE_URL", "PORT", "BILLMILL_DATA_DIR")
SERVERS = pytest.StashKey[Servers]()
LAW_EXAMPLES = 30

# The number of examples of each law, different ones in each run: few here, more in `make chaos`
# (LAW_EXAMPLES). No deadline: on a busy machine the duration of an example proves nothing.
hypothesis.settings.register_profile(
    "laws", deadline=None, max_examples=int(os.environ.get("LAW_EXAMPLES", LAW_EXAMPLES))
)
hypothesis.settings.load_profile("laws")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start Redis before anything is collected: the broker reads the environment when imported.

    A test without the fixture `database` reaches no database.
    """
    if _only_distributes(session.config):
        return
    for name in FOREIGN:
        os.environ.pop(name, None)
    keep_files_in_memory(os.environ)
    started = Servers()
    started.redis.start()
    session.config.stash[SERVERS] = started
    os.environ["DATABASE_URL"] = NO_DATABASE
    os.environ["REDIS_URL"] = started.redis.url
    os.environ["SECRET_KEY"] = SECRET_KEY


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the servers of this process."""
    started = session.config.stash.get(SERVERS, None)
    if started is not None:
        models.database.dispose()
        started.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In continuous integration a skipped test is a failed test."""
    report = yield
    return _failed_if_skipped(report, item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself."""
    report = yield
    return _failed_if_skipped(report, collector.nodeid)


R = TypeVar("R", pytest.TestReport, pytest.CollectReport)


def _failed_if_skipped(report: R, name: str) -> R:
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"CI leaves nothing out, but {name} was skipped: {report.longrepr}"
    return report


def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores, because tests wait a lot; four at most."""
    return min(4, len(os.sched_getaffinity(0)) + 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Require a reason from every test that `make quick` leaves out."""
    for item in items:
        for mark in item.iter_markers("slow"):
            if not mark.kwargs.get("reason"):
                raise pytest.UsageError(f"{item.nodeid} is slow, and does not say the reason")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the number of tests and the seconds of each family (folder of tests)."""
    tests: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                family = Path(report.nodeid).parts[1]
                tests[family] += report.when == "call"
                seconds[family] += report.duration
    if len(seconds) > 1:
        terminalreporter.section("family, tests, seconds")
        for family, spent in seconds.most_common():
            terminalreporter.line(f"{family:12} {tests[family]:6} {spent:8.1f}")


def _only_distributes(config: pytest.Config) -> bool:
    """Whether this is pytest-xdist's first process, which runs no test itself."""
    return not hasattr(config, "workerinput") and bool(config.getoption("numprocesses", None))


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """The servers of this test process."""
    return pytestconfig.stash[SERVERS]


@pytest.fixture
def database(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A migrated, empty database for one test, which `models.database` uses.

    DATABASE_URL and MIGRATION_DATABASE_URL name it too, for code that reads the environment.
    """
    fresh = servers.clone()
    monkeypatch.setenv("DATABASE_URL", fresh.app_url)
    monkeypatch.setenv("MIGRATION_DATABASE_URL", fresh.owner_url)
    current_settings.cache_clear()
    models.database.configure(fresh.app_url, fresh.owner_url)
    yield fresh
    leave_database()
    current_settings.cache_clear()
    servers.drop(fresh)


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """The address of the suite's Redis: `redis://default:password@127.0.0.1:port/0`."""
    return servers.redis.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client (it returns `str`) of an empty Redis."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushall()
        yield client


@pytest.fixture
def settings(
    database: Database,
    redis_client: redis.Redis,
    redis_url: str,
    tmp_path: Path,
) -> Settings:
    """Settings with `database` and an empty Redis, for `create_app`."""
    return Settings(
        database_url=database.app_url,
        migration_database_url=database.owner_url,
        redis_url=redis_url,
        secret_key=SECRET_KEY,
        port=8000,
        data_dir=tmp_path,
    )
