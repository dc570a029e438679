"""If we are root, Redis and the Procfile's processes run as another user, wherever the code is."""

import os
import shutil
from pathlib import Path

import pytest

from web.embedded.processes import unprivileged_user
from web.embedded.processes.system_user import SystemUser
from web.embedded.processes.unprivileged_user import user_for_processes

ROOT = Path(__file__).parents[2]


def test_an_ordinary_user_runs_the_processes_as_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert user_for_processes("test", None, [], pytest.fail) is None


def may_mount() -> bool:
    """Whether root may create its own mount namespace, which some containers forbid."""
    return SystemUser("root", 0, 0, ((Path("/mnt"), ()),)).can("/bin/true")


if os.geteuid() == 0:  # only root can change users; not a skip, since CI allows none

    @pytest.fixture
    def closed_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The code in a folder that only root can enter, like one from `mktemp -d`."""
        checkout = tmp_path / "closed" / "deep" / "checkout"
        checkout.mkdir(parents=True)
        for folder in (checkout.parents[1], checkout):
            folder.chmod(0o700)
        for name in unprivileged_user.PACKAGES:
            shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("*.pyc"))
        (checkout / "Procfile").touch()
        monkeypatch.setattr(unprivileged_user, "CODE", checkout)
        return checkout

    if may_mount():

        def test_code_in_a_folder_of_root_is_readable_and_the_folder_stays_closed(
            closed_checkout: Path,
        ) -> None:
            user = user_for_processes("test", None, [], pytest.fail)
            assert user is not None
            assert user.uid in unprivileged_user.OWN_UIDS
            for path in (closed_checkout / "web" / "app.py", closed_checkout / "Procfile"):
                assert user.can("/bin/cat", path)
                assert not SystemUser("as it is", user.uid, user.gid).can("/bin/cat", path)
            assert not user.can(
                "/bin/sh", "-c", 'echo >> "$1"', "sh", closed_checkout / "web/app.py"
            )
            assert closed_checkout.stat().st_mode & 0o777 == 0o700
            assert sorted(os.listdir(closed_checkout)) == sorted(
                [*unprivileged_user.PACKAGES, "Procfile"]
            )  # and not empty, as the processes' view would be

        def test_other_files_beside_the_code_are_not_visible(closed_checkout: Path) -> None:
            secret = closed_checkout.parents[1] / "secret"
            secret.write_text("for root")
            user = user_for_processes("test", None, [], pytest.fail)
            assert user is not None
            assert not user.can("/usr/bin/test", "-e", secret)

    def test_code_that_only_root_can_read_runs_without_capabilities_and_one_line_says_so(
        closed_checkout: Path,
    ) -> None:
        (closed_checkout / "web" / "app.py").chmod(0o600)
        said: list[str] = []
        user = user_for_processes("test", None, [], said.append)
        assert user == SystemUser("root", 0, 0)
        assert len(said) == 1
        assert str(closed_checkout) in said[0]
        assert user.can("/bin/sh", "-c", "grep -q 'CapEff:.*0000000000000000' /proc/self/status")

    def test_each_installation_has_its_own_user() -> None:
        users = [user_for_processes(name, None, [], pytest.fail) for name in ("one", "two", "one")]
        uids = [user.uid for user in users if user is not None]
        assert len(uids) == 3
        assert uids[0] == uids[2] != uids[1]
