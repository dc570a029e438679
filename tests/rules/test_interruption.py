"""Ctrl-C ends `billmill up` at any moment."""

import signal
import weakref

import pytest

from web.cli.local.up import Interruption


class Anything:
    """Something that can be forgotten."""


@pytest.fixture
def interruption() -> Interruption:
    return Interruption()


def interrupt(interruption: Interruption) -> None:
    interruption._interrupt(signal.SIGINT, None)


def test_the_interruption_is_raised_at_once_and_only_once(interruption: Interruption) -> None:
    interruption.check()
    with pytest.raises(KeyboardInterrupt):
        interrupt(interruption)
    interrupt(interruption)
    with pytest.raises(KeyboardInterrupt):
        interruption.check()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interruption_swallowed_by_python_is_raised_later(interruption: Interruption) -> None:
    forgotten = Anything()
    callback = weakref.ref(forgotten, lambda _: interrupt(interruption))
    del forgotten
    assert callback() is None
    with pytest.raises(KeyboardInterrupt):
        interruption.check()
