"""`make test` leaves no test out, and `make quick` leaves out what is marked slow."""

import re
import shlex
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
HOW_TO_DISTRIBUTE = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]


def arguments_of_pytest(target: str) -> list[str]:
    """The arguments that the target passes to pytest."""
    commands = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert commands
    (pytest,) = [line for line in commands[1].splitlines() if "PYTEST" in line]
    defined = re.search(r"^PYTEST := (.*)$", MAKEFILE, re.MULTILINE)
    assert defined
    words = shlex.split(pytest.replace("$(PYTEST)", defined[1]))
    return words[words.index("pytest") + 1 :]


def test_make_test_runs_every_test() -> None:
    assert arguments_of_pytest("test") == HOW_TO_DISTRIBUTE
    assert CONFIGURATION["ini_options"]["testpaths"] == ["tests"]
    assert "-m" not in CONFIGURATION["ini_options"]["addopts"].split()
    assert "-k" not in CONFIGURATION["ini_options"]["addopts"].split()


def test_make_quick_leaves_out_only_what_is_marked_slow() -> None:
    chosen = ["-m", "not slow", "tests/rules", "tests/storage", "tests/http"]
    assert arguments_of_pytest("quick") == HOW_TO_DISTRIBUTE + chosen
