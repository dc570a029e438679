"""A batch submitted while Redis is away is stored and confirmed, and runs later."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import Request, urlopen

import dramatiq
import pytest

from models.settings import Settings
from tests.http.conftest import Api, job_at_its_end
from tests.http.gunicorn_process import gunicorn
from tests.records import Account, new_orders

pytestmark = pytest.mark.slow(reason="starts gunicorn, waits for a silent Redis")


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections but never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield listener.getsockname()[1]


def submit_without_redis(settings: Settings, log: Path, api: Api, order_ids: list[int]) -> str:
    with gunicorn(settings, log) as server:
        request = Request(
            f"{server.url}/api/batch-jobs",
            data=json.dumps({"order_ids": order_ids}).encode(),
            headers={**api.headers, "Content-Type": "application/json"},
        )
        before = time.monotonic()
        with urlopen(request, timeout=60) as answer:
            assert answer.status == 202
            job = json.load(answer)
        assert time.monotonic() - before < 25
    assert (job["status"], job["total_items"]) == ("pending", len(order_ids))
    assert "Traceback" not in log.read_text()
    job_id: str = job["id"]
    return job_id


@pytest.mark.parametrize("port", [1, None], ids=["refused", "silent"])
def test_a_batch_submitted_without_redis_is_stored_and_runs_when_redis_is_back(
    settings: Settings,
    api: Api,
    clerk: Account,
    tmp_path: Path,
    silent_port: int,
    port: int | None,
    worker: dramatiq.Worker,
) -> None:
    away = replace(settings, redis_url=f"redis://127.0.0.1:{port or silent_port}/0")
    job_id = submit_without_redis(away, tmp_path / "log", api, new_orders(clerk, 3))
    assert api.post("/api/process-batch-jobs").status_code == 200
    assert job_at_its_end(api, job_id)["successful_items"] == 3
