"""`make install` chooses an interpreter that works, and says in one line what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with only the files that `scripts/install` reads, and no virtual environment."""
    (tmp_path / "checkout" / "scripts").mkdir(parents=True)
    for name in ("scripts/install", "requirements-dev.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / "checkout" / name)
    return tmp_path / "checkout"


def program(directory: Path, name: str, body: str) -> None:
    directory.mkdir(exist_ok=True)
    (directory / name).write_text(f"#!/bin/sh\n{body}\n")
    (directory / name).chmod(0o755)


def pretend_python(directory: Path, name: str, version: str) -> None:
    """An interpreter of that version, complete but for the module venv."""
    real = sys.executable
    program(
        directory,
        name,
        'case "$2" in *"import venv"*) exit 1;; esac\n'
        f'exec {real} -c "import sys; sys.version_info = {version}; exec(sys.argv[1])" "$2"',
    )


def install(checkout: Path, *directories: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run it with a PATH that holds these directories and the system's tools, but no Python."""
    tools = checkout.parent / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "sha256sum", "cat", "cut", "cmp", "sed", "head", "flock"):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    path = os.pathsep.join(map(str, [*directories, tools]))
    return subprocess.run(
        [checkout / "scripts" / "install"],
        env={"PATH": path, **environ},
        capture_output=True,
        text=True,
    )


def said(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 1, run.stdout
    assert len(run.stderr.splitlines()) == 1, run.stderr
    return run.stderr


def test_a_shim_that_fails_is_skipped(checkout: Path, tmp_path: Path) -> None:
    program(tmp_path / "shims", "python3", "echo 'pyenv: version not found' >&2; exit 127")
    pretend_python(tmp_path / "bin", "python3.12", "(3, 12, 1)")
    line = said(install(checkout, tmp_path / "shims", tmp_path / "bin"))
    assert "Python 3.12 has no venv module: apt-get install python3.12-venv" in line


def test_a_tested_version_is_preferred_to_a_newer_one(checkout: Path, tmp_path: Path) -> None:
    pretend_python(tmp_path / "bin", "python3", "(3, 14, 0)")
    pretend_python(tmp_path / "bin", "python3.11", "(3, 11, 2)")
    assert "Python 3.11 has no venv" in said(install(checkout, tmp_path / "bin"))


def test_a_newer_version_is_tried_if_there_is_no_tested_one(checkout: Path, tmp_path: Path) -> None:
    pretend_python(tmp_path / "bin", "python3", "(3, 14, 0)")
    assert "Python 3.14 has no venv" in said(install(checkout, tmp_path / "bin"))


def test_an_old_python_alone_is_not_enough(checkout: Path, tmp_path: Path) -> None:
    pretend_python(tmp_path / "bin", "python3", "(3, 9, 0)")
    assert "needs Python 3.11 or 3.12" in said(install(checkout, tmp_path / "bin"))


def test_a_missing_python_is_reported(checkout: Path) -> None:
    assert "apt-get install python3" in said(install(checkout))


def test_a_requested_python_that_does_not_work_is_refused(checkout: Path) -> None:
    assert "PYTHON=nonsense is no Python 3.11" in said(install(checkout, PYTHON="nonsense"))


def test_an_installed_environment_is_not_changed(checkout: Path) -> None:
    """Only the stamps of a complete installation exist; nothing is really installed."""
    lock = subprocess.check_output(
        "sha256sum <requirements-dev.lock", shell=True, cwd=checkout, text=True
    )
    program(checkout / ".venv", "pip.log", "")
    program(checkout / ".venv" / "bin", "python", "exit 0")
    (checkout / ".venv" / "lock.installed").write_text(f"{lock.strip()} {checkout} \n")
    shutil.copy(checkout / "pyproject.toml", checkout / ".venv" / "pyproject.installed")
    run = install(checkout)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
