"""Requests generated from the API's description get responses as described.

FUZZ_CASES=10000 generates about this many, different ones each time; FUZZ_SEED repeats a run.
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

pytestmark = pytest.mark.slow(reason="generates and sends 1,000 requests")

LEAST_CASES = 800
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
# The number of boundary cases of the description, all of which FUZZ_CASES sends. There are also
# random requests to each operation, and scenarios of up to six requests that follow links.
BOUNDARY_CASES = 3_300
REQUESTS, SCENARIOS = 2, 15


def test_every_response_to_a_generated_request_is_as_described(
    settings: Settings, clerk: Account, api: Api, worker: dramatiq.Worker, tmp_path: Path
) -> None:
    finish_a_job(clerk, api)
    with gunicorn(settings, tmp_path / "log") as server:
        report, output = run_schemathesis(
            f"{server.url}/api/openapi.json", token_of(clerk, "fuzz"), tmp_path
        )
    assert report["exit_code"] == 0, output
    assert report["operations"]["tested"] == report["operations"]["total"] > 15
    assert {phase["status"] for phase in report["phases"].values()} == {"success"}, output
    assert report["test_cases"]["generated"] >= LEAST_CASES


def finish_a_job(clerk: Account, api: Api) -> None:
    """Makes orders without an invoice, and a finished job with invoices and failures."""
    orders = new_orders(clerk, 40, flawed=range(10))
    done = api.post("/api/batch-jobs", json={"order_ids": orders[5:20]}).get_json()
    job_at_its_end(api, done["id"])


def run_schemathesis(url: str, token: str, directory: Path) -> tuple[dict, str]:
    """The report of schemathesis, and its output."""
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
    """The number of requests to each operation and of scenarios, and the option for the seed."""
    cases = os.environ.get("FUZZ_CASES")
    if not cases:
        return REQUESTS, SCENARIOS, ["--generation-deterministic"]
    seed = os.environ.get("FUZZ_SEED") or str(random.getrandbits(32))
    beyond = max(0, int(cases) - BOUNDARY_CASES)
    # Half of them go to about 50 operations, half are scenarios of a few requests.
    return max(REQUESTS, beyond // 100), max(SCENARIOS, beyond // 8), ["--seed", seed]
