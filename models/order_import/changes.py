"""What an import changes on an order that is stored already, reported value by value and in a
sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from models.invoicing.source import SourceLine
from models.invoicing.totals import totals_or_none
from models.order_import.content import Content, Difference
from models.order_import.csv_file.cell_text import shown

MAX_KEPT: Final = 1_000
"""How many changed orders a report lists; it counts all."""
MAX_DIFFERENCES: Final = 100
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class OrderChange:
    """An order that came again with changes; its rows begin on `line` of the file.

    `differences` are the first hundred of `difference_count`. The nets are the order's before and
    after, with the decimals of its currency; None where the currency is unknown. `mends` are values
    that a person has mended, each with the old one that the file has again; with `mends_kept` they
    stay as they were mended.
    """

    order_number: str
    line: int
    message: str
    differences: tuple[Difference, ...]
    difference_count: int
    net_before: str | None
    net_after: str | None
    mends: tuple[Difference, ...] = ()
    mends_kept: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The entry of `changes` in the JSON of an import."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CustomerChange:
    """A value of a customer's record that the order on `line` changed; `what` as in findings."""

    customer_number: str
    order_number: str
    line: int
    what: str
    before: str | None
    after: str | None

    @property
    def message(self) -> str:
        """The change in a sentence."""
        change = _value_words(Difference(self.what, self.before, self.after))
        number, order = shown(self.customer_number), shown(self.order_number)
        return f"Customer {number} by order {order}: {change}."

    def as_dict(self) -> dict[str, Any]:
        """The entry of `customer_changes` in the JSON of an import."""
        return asdict(self) | {"message": self.message}


def describe(
    order_number: str,
    line: int,
    stored: Content,
    given: Content,
    found: Sequence[Difference],
    mends: Sequence[Difference],
    mends_kept: bool,
) -> OrderChange:
    """The report of an order that changes in what was `found`; see `OrderChange`."""
    before, after = (_net(content) for content in (stored, given))
    parts = [*_line_words(found), *(_value_words(each) for each in _of_head(found)[:_NAMED])]
    if before != after or stored.currency != given.currency:
        parts.append(f"net {before or '?'} {stored.currency} → {after or '?'} {given.currency}")
    if mends:
        parts.append(_mend_words(mends, kept=mends_kept))
    return OrderChange(
        order_number=order_number,
        line=line,
        message=f"Order {shown(order_number)}: {'; '.join(parts)}.",
        differences=tuple(found[:MAX_DIFFERENCES]),
        difference_count=len(found),
        net_before=before,
        net_after=after,
        mends=tuple(mends[:MAX_DIFFERENCES]),
        mends_kept=mends_kept,
    )


def how_it_differs(found: Sequence[Difference]) -> str:
    """The first few differences of an order that stays as it is, in words."""
    named = [
        f"{_words(each.what)}: {_shown(each.before)}, in the file {_shown(each.after)}"
        for each in found
    ]
    more = len(named) - _NAMED
    return "; ".join(named[:_NAMED]) + (f"; and {more:,} more" if more > 0 else "")


def _net(content: Content) -> str | None:
    totals = totals_or_none([SourceLine(*line) for line in content.lines], content.currency)
    return None if totals is None else f"{totals.net:f}"


def _of_head(found: Sequence[Difference]) -> list[Difference]:
    return [each for each in found if not each.what.startswith("lines[")]


def _line_words(found: Sequence[Difference]) -> Iterator[str]:
    """“lines 1 and 3 are removed”, and so on."""
    kinds: Mapping[str, dict[str, None]] = {"added": {}, "removed": {}, "changed": {}}
    for each in found:
        path, bracket, field = each.what.partition("]")
        if bracket:
            whole = "added" if each.before is None else "removed"
            kinds["changed" if field else whole][path.partition("[")[2]] = None
    for kind, numbers in kinds.items():
        if len(numbers) == 1:
            yield f"line {next(iter(numbers))} is {kind}"
        elif len(numbers) > _NAMED:
            yield f"{len(numbers):,} lines are {kind}"
        elif numbers:
            *first, last = numbers
            yield f"lines {', '.join(first)} and {last} are {kind}"


def _mend_words(mends: Sequence[Difference], *, kept: bool) -> str:
    named = "; ".join(_value_words(each) for each in mends[:_NAMED])
    if len(mends) > _NAMED:
        named += f"; and {len(mends) - _NAMED:,} more"
    if kept:
        return f"the file would undo what was mended, which stays ({named})"
    return f"what was mended is undone ({named})"


def _value_words(each: Difference) -> str:
    return f"{_words(each.what)} {_shown(each.before)} → {_shown(each.after)}"


def _words(path: str) -> str:
    """`lines[3].unit_price` as “unit price of line 3”, `customer.street` as “customer's street”."""
    line, bracket, field = path.partition("]")
    number = line.partition("[")[2]
    if bracket and not field:
        return f"line {number}"
    words = field.removeprefix(".") if bracket else path.replace("customer.", "customer's ")
    words = words.replace("_", " ").replace("vat id", "VAT id")
    return f"{words} of line {number}" if bracket else words


def _shown(value: str | None) -> str:
    return shown(value) if value else "none"
