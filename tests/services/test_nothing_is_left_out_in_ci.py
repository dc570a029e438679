"""With CI=true a skipped test is a failed one."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUITE = {
    "conftest.py": (
        "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport\n"
    ),
    "test_skipping.py": (
        "import pytest\n\n"
        "def test_skips_itself():\n    pytest.skip('no data here')\n\n"
        "@pytest.mark.skip(reason='nor here')\ndef test_marked():\n    pass\n"
    ),
    "test_skipped_module.py": (
        "import pytest\n\npytest.skip('no browser', allow_module_level=True)\n"
    ),
}


def run_suite(directory: Path, ci: str) -> subprocess.CompletedProcess[str]:
    for name, content in SUITE.items():
        (directory / name).write_text(content)
    without_plugins = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "CI": ci}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors", directory],
        env={**os.environ, **without_plugins},
        capture_output=True,
        text=True,
    )


def test_a_skip_fails_in_ci_and_says_why(tmp_path: Path) -> None:
    run = run_suite(tmp_path, ci="true")
    assert run.returncode == 1, run.stdout
    assert "1 failed, 2 errors" in run.stdout
    for reason in ("no data here", "nor here", "no browser"):
        assert reason in run.stdout


def test_a_skip_outside_ci_stays_a_skip(tmp_path: Path) -> None:
    run = run_suite(tmp_path, ci="")
    assert run.returncode == 0, run.stdout
    assert "3 skipped" in run.stdout
