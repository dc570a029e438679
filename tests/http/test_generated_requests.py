"""Requests that nobody thought of, made up from the API's description: each is answered as it says.

FUZZ_CASES=10000 makes up about so many, other ones each time; FUZZ_SEED repeats a run.
"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import dramatiq
import pytest

from models.settings import Settings
from tests.http.conftest import Api, job_at_its_end, token_of
from tests.http.gunicorn_process import ROOT, gunicorn
from tests.records import Account, new_orders

pytestmark = pytest.mark.slow(reason="makes up and sends 1,000 requests")

LEAST_CASES = 1_000
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
# The edges of what is described are about so many cases. Beside them there are random requests to
# each operation, and at most so many scenarios of up to six requests that follow links.
OF_EDGES = 970
REQUESTS, SCENARIOS = 5, 40


def test_every_answer_to_a_request_that_is_made_up_is_as_described(
    settings: Settings, clerk: Account, api: Api, worker: dramatiq.Worker, tmp_path: Path
) -> None:
    some_work_is_done(clerk, api)
    with gunicorn(settings, tmp_path / "log") as server:
        report, output = made_up(
            f"{server.url}/api/openapi.json", token_of(clerk, "fuzz"), tmp_path
        )
    assert report["exit_code"] == 0, output
    assert report["operations"]["tested"] == report["operations"]["total"] > 15
    assert {phase["status"] for phase in report["phases"].values()} == {"success"}, output
    assert report["test_cases"]["generated"] >= LEAST_CASES


def some_work_is_done(clerk: Account, api: Api) -> None:
    """Orders that are free, and a job that has ended, with invoices and failures."""
    orders = new_orders(clerk, 40, flawed=range(10))
    done = api.post("/api/batch-jobs", json={"order_ids": orders[5:20]}).get_json()
    job_at_its_end(api, done["id"])


def made_up(url: str, token: str, directory: Path) -> tuple[dict, str]:
    """What schemathesis found, as it reports it and as it prints it."""
    requests, scenarios, options = _how_many()
    configuration = directory / "schemathesis.toml"
    configuration.write_text(
        f"{CONFIGURATION.read_text()}\n"
        f"[phases.fuzzing.generation]\nmax-examples = {requests}\n"
        f"[phases.stateful.generation]\nmax-examples = {scenarios}\n"
    )
    command = [str(Path(sys.executable).with_name("schemathesis"))]
    command += ["--config-file", str(configuration), "run", url, *options]
    command += ["--report-json-path", str(directory / "report.json")]
    environ = {**os.environ, "API_TOKEN": token, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return json.loads((directory / "report.json").read_text()), run.stdout


def _how_many() -> tuple[int, int, list[str]]:
    """Requests to each operation, scenarios, and whether they are always the same."""
    cases = os.environ.get("FUZZ_CASES")
    if not cases:
        return REQUESTS, SCENARIOS, ["--generation-deterministic"]
    seed = os.environ.get("FUZZ_SEED") or str(random.getrandbits(32))
    beyond = max(0, int(cases) - OF_EDGES)
    # Half of them to some 25 operations each, half in scenarios of a few requests.
    return max(REQUESTS, beyond // 50), max(SCENARIOS, beyond // 8), ["--seed", seed]
