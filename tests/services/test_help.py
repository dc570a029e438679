"""Every command explains itself, with an example, in any environment."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from models.settings import current_settings
from tests.services.running import billmill, empty_environment
from web.cli import main


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", [(), *commands(main)], ids=" ".join)
def test_help_has_an_example(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"])
    assert shown.exit_code == 0, shown.output
    assert " ".join(["billmill", *path]) in shown.output.partition("Example")[2]


def test_help_needs_no_database() -> None:
    shown = billmill("--help", environment=empty_environment())
    assert shown.returncode == 0, shown.stderr
    for name in ("up", "migrate", "demo", "doctor", "process-pending", "org", "user", "token"):
        assert f"\n  {name} " in shown.stdout


def test_help_of_a_command_that_sends_messages_needs_no_broker() -> None:
    shown = billmill("process-pending", "--help", environment=empty_environment())
    assert shown.returncode == 0, shown.stderr


def test_a_missing_setting_is_one_line_that_mentions_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("BILLMILL_DATA_DIR", str(tmp_path))
    current_settings.cache_clear()
    shown = CliRunner().invoke(main, ["migrate"])
    current_settings.cache_clear()
    assert shown.exit_code == 1
    assert shown.output.startswith("Error: DATABASE_URL is not set")
    assert "`billmill up`" in shown.output


def test_an_unknown_command_is_refused() -> None:
    shown = CliRunner().invoke(main, ["downn"])
    assert shown.exit_code == 2
    assert "No such command 'downn'" in shown.output
