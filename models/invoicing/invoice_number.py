"""Invoice numbers: how they are written, and which ones come next in a series."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class InvoiceNumber:
    """A number that identifies the invoice uniquely (Directive 2006/112/EC art. 226 (2)).

    Written as `INV-2026-000001`; a sequence above 999999 has more digits.
    Raises ValueError for a blank series, a year outside 1 to 9999 or a sequence below 1.
    """

    series: str
    year: int
    sequence: int

    def __post_init__(self) -> None:
        if not self.series.strip():
            raise ValueError("a number series needs a name")
        if not 1 <= self.year <= 9999:
            raise ValueError(f"{self.year} is not a year between 1 and 9999")
        if self.sequence < 1:
            raise ValueError(f"invoice numbers start at 1, not at {self.sequence}")

    def __str__(self) -> str:
        return f"{self.series}-{self.year:04d}-{self.sequence:06d}"


def consecutive(series: str, year: int, last: int, count: int) -> tuple[InvoiceNumber, ...]:
    """The `count` numbers that follow `last`, without a gap; `last` is 0 in a new series.

    Raises ValueError if `last` or `count` is negative.
    """
    if last < 0 or count < 0:
        raise ValueError(f"no {count} numbers can follow number {last}")
    return tuple(
        InvoiceNumber(series, year, sequence) for sequence in range(last + 1, last + count + 1)
    )
