"""`make test` installs Chromium if it may; otherwise it says which tests are skipped."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "chromium"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """The only directory on the PATH: the system's tools, no Chromium, a recording apt-get."""
    for name in ("sh", "mktemp", "tail", "rm"):
        found = shutil.which(name)
        assert found
        (tmp_path / name).symlink_to(found)
    write(tmp_path / "apt-get", f'echo "$*" >> {tmp_path}/installed')
    return tmp_path


def write(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def chromium(tools: Path, uid: int, **environ: str) -> subprocess.CompletedProcess[str]:
    write(tools / "id", f"echo {uid}")
    return subprocess.run(
        [SCRIPT], env={"PATH": str(tools), **environ}, capture_output=True, text=True
    )


def test_root_installs_chromium(tools: Path) -> None:
    assert chromium(tools, uid=0).returncode == 0
    installed = (tools / "installed").read_text().splitlines()
    assert installed[-1] == "install --yes --no-install-recommends chromium-headless-shell"


def test_the_whole_browser_is_installed_where_its_shell_is_not_offered(tools: Path) -> None:
    record = f'echo "$*" >> {tools}/installed'
    write(tools / "apt-get", f'{record}; case "$*" in *shell) exit 100 ;; esac')
    assert chromium(tools, uid=0, CI="true").returncode == 0
    installed = (tools / "installed").read_text().splitlines()
    assert installed[-1] == "install --yes --no-install-recommends chromium"


@pytest.mark.parametrize("program", ["chromium-headless-shell", "chromium"])
def test_nothing_happens_if_chromium_is_installed(tools: Path, program: str) -> None:
    write(tools / program, "")
    run = chromium(tools, uid=0)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert not (tools / "installed").exists()


def test_another_user_is_told_which_tests_are_skipped(tools: Path) -> None:
    run = chromium(tools, uid=1000)
    assert run.returncode == 0
    assert len(run.stderr.splitlines()) == 1
    assert "the browser tests are left out" in run.stderr
    assert not (tools / "installed").exists()


def test_a_missing_chromium_is_a_failure_in_ci(tools: Path) -> None:
    assert chromium(tools, uid=1000, CI="true").returncode == 1


def test_a_failed_installation_is_reported(tools: Path) -> None:
    write(tools / "apt-get", "echo 'no network' >&2; exit 100")
    run = chromium(tools, uid=0, CI="true")
    assert run.returncode == 1
    assert "no network" in run.stderr
