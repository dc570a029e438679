"""The rows that the benchmark prints, and the table they make."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HEAD = ("what", "measured", "must be", "met")
BEGIN, END = "<!-- the last table -->\n", "<!-- end of the table -->\n"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `met` is None where `target` is empty."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None


def at_least(what: str, ratio: float, target: float, detail: str = "") -> Row:
    """A ratio that must not fall below `target`."""
    return Row(what, _measured(ratio, target, "", detail), f"≥ {target:g}", ratio >= target)


def at_least_of_pairs(what: str, pairs: Sequence[tuple[float, float]], target: float) -> Row:
    """The median ratio of pairs of rates; the two of a pair are measured one after the other."""
    ratios = sorted(one / other for one, other in pairs)
    rates = (f"{figure(median(side))}/s" for side in zip(*pairs, strict=True))
    each = f"median of {', '.join(map(figure, ratios))}; {' to '.join(rates)}"
    return at_least(what, median(ratios), target, each)


def below(what: str, value: float, target: float, unit: str, detail: str = "") -> Row:
    """A figure that must stay below `target`, both in `unit`."""
    measured = _measured(value, target, f" {unit}", detail)
    return Row(what, measured, f"< {target:g} {unit}", value < target)


def figure(value: float) -> str:
    """Three significant digits: 1,834, 45.2, 0.128."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [_cells(row) for row in rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [HEAD, ("---",) * 4, *lines])


def write_into(readme: Path, introduction: str, rows: Sequence[Row]) -> None:
    """Puts the introduction and the table between the two marks of the README."""
    table = f"{BEGIN}{introduction}\n\n{markdown(rows)}{END}"
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    text = readme.read_text()
    if not pattern.search(text):
        raise ValueError(f"{readme} has no place for the table: {BEGIN.strip()} ... {END.strip()}")
    readme.write_text(pattern.sub(lambda _: table, text))


def _measured(value: float, target: float, unit: str, detail: str) -> str:
    shown = figure(value)
    if float(shown.replace(",", "")) == target:  # rounding must not hide a near miss
        shown = f"{value:.5g}"
    return f"{shown}{unit}" + (f" ({detail})" if detail else "")


def _cells(row: Row) -> tuple[str, str, str, str]:
    met = {None: "", True: "yes", False: "**no**"}[row.met]
    return row.what, row.measured, row.target, met
