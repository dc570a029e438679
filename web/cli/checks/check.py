"""A check of `billmill doctor`, and how it reports a fault."""

from collections.abc import Callable
from dataclasses import dataclass


class Fault(Exception):
    """A check failed: what is wrong, and how to fix it."""

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Check:
    """`run` returns a few words about what is right, or raises Fault or a BillmillError.

    It runs only if the check named `needs` passed.
    """

    name: str
    run: Callable[[], str]
    needs: str | None = None


def first_line(error: Exception) -> str:
    """The first line of a driver's message; the others are hints for programmers."""
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
