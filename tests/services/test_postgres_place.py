"""As root PostgreSQL runs as another user, from and on files that this user can reach."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from web.embedded.errors import ServiceError
from web.embedded.postgres import locations
from web.embedded.postgres.locations import choose_locations


def test_an_ordinary_user_runs_the_server_as_themselves(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    chosen = choose_locations(data_dir, "test", pytest.fail)
    assert chosen.user is None
    assert chosen.data == data_dir / "postgres"


if os.geteuid() == 0:  # only root can change users; not a skip, since CI allows none

    @pytest.fixture
    def closed_dir(tmp_path: Path) -> Iterator[Path]:
        """A directory that only root can enter, like those in /root."""
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        before = os.umask(0o077)  # as on a hardened server
        yield closed
        os.umask(before)

    @pytest.fixture
    def elsewhere(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Stands for /var/lib/billmill."""
        data_dir.chmod(0o711)
        monkeypatch.setattr(locations, "STATE_DIRECTORY", data_dir / "state")
        return data_dir / "state"

    def test_root_runs_the_server_as_a_user_who_can_reach_the_data(data_dir: Path) -> None:
        data_dir.chmod(0o700)
        chosen = choose_locations(data_dir, "test", lambda _line: None)
        assert chosen.user is not None
        assert chosen.user.uid != 0
        assert chosen.data == data_dir / "postgres"
        assert chosen.user.can_enter(data_dir)

    def test_data_out_of_the_users_reach_goes_to_another_directory_and_one_line_says_so(
        closed_dir: Path, elsewhere: Path
    ) -> None:
        said: list[str] = []
        chosen = choose_locations(closed_dir / "data", "4711", said.append)
        assert chosen.data == elsewhere / "4711" / "postgres"
        assert chosen.user is not None
        assert chosen.user.can_enter(chosen.data.parent)
        assert [line for line in said if str(chosen.data) in line and str(closed_dir) in line]

    def test_a_program_that_the_user_cannot_run_is_copied_once(
        closed_dir: Path, elsewhere: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program, libraries = locations.find_wheel()
        hidden = closed_dir / program.parent.name / program.name
        shutil.copytree(program, hidden, symlinks=True)
        shutil.copytree(libraries, closed_dir / libraries.name, symlinks=True)
        subprocess.check_call(["chmod", "-R", "go=", closed_dir])
        monkeypatch.setattr(locations, "find_wheel", lambda: (hidden, closed_dir / libraries.name))
        said: list[str] = []
        chosen = choose_locations(data_dir, "4711", said.append)
        assert chosen.user is not None
        assert not chosen.program.is_relative_to(closed_dir)
        assert chosen.user.can(chosen.program / "bin" / "initdb", "--version")
        assert len(said) == 1
        assert choose_locations(data_dir, "4711", pytest.fail) == chosen

    def test_the_lack_of_a_directory_is_reported_in_one_sentence_with_a_remedy(
        closed_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(locations, "STATE_DIRECTORY", closed_dir / "state")
        with pytest.raises(ServiceError, match="choose a --data-dir that every user can enter"):
            choose_locations(closed_dir / "data", "4711", lambda _line: None)

    def test_data_that_belongs_to_root_is_refused(data_dir: Path) -> None:
        (data_dir / "postgres").mkdir()
        with pytest.raises(ServiceError, match="belongs to root"):
            choose_locations(data_dir, "4711", print)
