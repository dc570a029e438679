"""What a check of `billmill doctor` is, and how it says what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass


class Fault(Exception):
    """A check that failed: what is wrong, and how to mend it."""

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Check:
    """`look` says in a few words what is well, or raises Fault or a BillmillError.

    It is looked at only where the check named `needs` found all well.
    """

    name: str
    look: Callable[[], str]
    needs: str | None = None


def first_line(error: Exception) -> str:
    """What a driver says first: the rest is hints for programmers."""
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
