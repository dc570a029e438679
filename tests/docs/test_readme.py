"""The commands in the README work as written."""

import re
import shlex
import subprocess
import uuid
from pathlib import Path

import pytest
import redis

from actors.create_invoice import create_invoice
from actors.progress import job_channel
from models.jobs.submission import Submission, submit_orders
from models.jobs.transitions import TRANSITIONS
from models.settings import Settings
from tests.records import new_account, new_orders
from tests.waiting import wait_for
from web.embedded.postgres.program import find_psql
from web.embedded.redis import find_program

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
NOBODY = "00000000-0000-0000-0000-000000000000"


def blocks(language: str) -> str:
    """The README's code blocks in a language."""
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL))


def statements() -> list[str]:
    sql = re.sub(r"^--.*$", "", blocks("sql"), flags=re.MULTILINE)
    return [statement.strip() for statement in sql.split(";") if statement.strip()]


@pytest.fixture
def job_id(settings: Settings, redis_client: redis.Redis) -> uuid.UUID:
    """A job of three orders; one failed."""
    account = new_account()
    order_ids = new_orders(account, 3, flawed=[1])
    job = submit_orders(account.organization_id, order_ids, Submission(account.user_id)).job_id
    for order_id in order_ids:
        create_invoice(str(job), order_id)
    wait_for(lambda: redis_client.hget(f"job:{job}", "status") == "completed")
    return job


def psql(settings: Settings, statement: str) -> str:
    done = subprocess.run(
        [
            find_psql(),
            "-X",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statement,
            settings.migration_database_url,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_operators_sql_shows_jobs_and_finds_nothing_wrong(
    settings: Settings, job_id: uuid.UUID
) -> None:
    jobs, failures, reasons, reset, holes, differences = statements()

    assert str(job_id) in psql(settings, jobs)
    assert "quantity_not_positive" in psql(settings, failures)
    assert psql(settings, reasons) == "quantity_not_positive|1"
    assert psql(settings, reset) == "UPDATE 0"
    assert psql(settings, reset.replace(NOBODY, str(job_id))) == "UPDATE 1"
    assert psql(settings, holes) == psql(settings, differences) == ""


def test_the_redis_one_liners_show_the_job(
    settings: Settings, job_id: uuid.UUID, redis_client: redis.Redis
) -> None:
    lines = [line.split("#")[0].strip() for line in blocks("sh").splitlines() if line.strip()]
    answers = {}
    for line in lines:
        command = shlex.split(
            line.replace(NOBODY, str(job_id)).replace("$REDIS_URL", settings.redis_url)
        )
        assert command[0] == "redis-cli"
        if "SUBSCRIBE" in line:
            continue
        done = subprocess.run(
            [find_program("cli"), *command[1:]],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        what = "import" if "import:" in line else "job"
        answers[command[3], what] = done.stdout

    assert "completed" in answers["HGETALL", "job"]
    assert answers["LLEN", "job"].strip().isdecimal()
    assert {command for command, what in answers if what == "job"} == {
        "HGETALL",
        "LLEN",
        "HLEN",
        "ZCARD",
    }
    assert ("HGETALL", "import") in answers


@pytest.mark.parametrize(
    "line", [line for line in blocks("sh").splitlines() if "SUBSCRIBE" in line]
)
def test_the_subscriptions_of_the_readme_hear_the_job(
    line: str,
    settings: Settings,
    job_id: uuid.UUID,
    redis_client: redis.Redis,
    tmp_path: Path,
) -> None:
    command = shlex.split(
        line.replace(NOBODY, str(job_id)).replace("$REDIS_URL", settings.redis_url)
    )
    channel = job_channel(job_id) if "progress" in line else "org:1:jobs"
    heard = tmp_path / "heard"
    with (
        heard.open("wb") as out,
        subprocess.Popen([find_program("cli"), *command[1:]], stdout=out) as listener,
    ):
        try:
            wait_for(lambda: redis_client.publish(channel, "news") > 0)
            wait_for(lambda: b"news" in heard.read_bytes())
        finally:
            listener.kill()


@pytest.mark.parametrize("document", ["README.md", "docs/reliability.md"])
def test_the_state_diagram_is_the_table_of_transitions(document: str) -> None:
    text = (ROOT / document).read_text()
    drawn = re.findall(r"^    (\w+) --> (\w+): (.+)$", text, re.MULTILINE)

    assert sorted(drawn) == sorted(
        (source.value, target.value, reason)
        for edges in TRANSITIONS.values()
        for (source, target), reason in edges.items()
    )
