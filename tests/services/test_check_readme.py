"""The check that commands in the documents exist can tell right from wrong."""

import importlib.machinery
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check-readme"


@pytest.fixture(scope="module")
def check() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("check_readme", str(SCRIPT))
    spec = importlib.util.spec_from_loader("check_readme", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def mistakes(check: ModuleType, text: str) -> list[str]:
    found = (check.mistake(*command) for command in check.commands_in(text))
    return [mistake for mistake in found if mistake]


@pytest.mark.parametrize(
    "text",
    [
        "`make run`, `make test` and `PORT=9000 make run`",
        "`billmill up --port 9000 --no-demo`",
        "```sh\nbillmill user add ana@example.com --org acme \\\n  --password-stdin < file\n```",
        "    make check    # everything",
        "`TOKEN=$(billmill token create --org a --user b --name c)`",
        "`billmill.organization_id` is no command, and we make invoices",
    ],
)
def test_commands_that_exist_pass(check: ModuleType, text: str) -> None:
    assert mistakes(check, text) == []


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("`make everything`", "make has no target everything"),
        ("    make bank", "make has no target bank"),
        ("`billmill upp`", "billmill has no command upp"),
        ("`billmill user rename ana`", "billmill user has no command rename"),
        ("```\n$ billmill up --ports 9\n```", "billmill up has no option --ports"),
        ("```sh\nbillmill org add x \\\n  --nam y\n```", "billmill org add has no option --nam"),
    ],
)
def test_commands_that_do_not_exist_are_named(check: ModuleType, text: str, mistake: str) -> None:
    assert mistakes(check, text) == [mistake]
