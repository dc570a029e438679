"""What `billmill import --explain` prints: how a file would be read."""

from __future__ import annotations

from dataclasses import fields

from models.order_import.csv_file.columns import COLUMNS
from models.order_import.mapping.proposal import Proposal
from web.cli.terminal import say

_KINDS = {
    "own": "The columns are those of an orders file.",
    "saved": "The file is read by the mapping “{name}”.",
    "preset": "The file is read by the preset “{name}”.",
    "unknown": "The columns are those of no orders file, saved mapping or preset; this is a guess.",
}
_WIDTH = 28


def say_proposal(proposal: Proposal) -> None:
    """Prints the dialect, which column feeds which, what is unsure, and five rows."""
    dialect = (
        f"{field.name.replace('_', ' ')} {value!r}"
        for field in fields(proposal.dialect)
        if (value := getattr(proposal.dialect, field.name)) not in (None, False, "")
    )
    say("File: " + ", ".join(dialect), _KINDS[proposal.kind].format(name=proposal.name))
    if proposal.mapping is not None:
        say("", f"{'our column':<18} {'of the file':<{_WIDTH}} first values")
        say(*_mapping_lines(proposal))
    if proposal.problems:
        say("", "Before the import:")
        for problem in proposal.problems:
            say(f"  {problem.field}: {problem.message} {problem.remedy}")
    if proposal.notes:
        say("", "Note:")
        for note in proposal.notes:
            say(f"  {note.field}: {note.message} {note.remedy}")
    for row in proposal.rows:
        say("", f"Line {row.line}:")
        say(*(f"  {name:<18} {value}" for name, value in row.values.items() if value))


def _mapping_lines(proposal: Proposal) -> list[str]:
    mapping = proposal.mapping
    if mapping is None:
        return []
    values = {column.label: ", ".join(column.values) for column in proposal.columns}
    lines = []
    for name in COLUMNS:
        sources = mapping.columns.get(name, ())
        if sources:
            shown = _shortened(" + ".join(sources))
            sample = _shortened(" | ".join(values.get(source, "") for source in sources), 60)
            lines.append(f"{name:<18} {shown:<{_WIDTH}} {sample}".rstrip())
        elif name in mapping.constants:
            lines.append(f"{name:<18} {'(always)':<{_WIDTH}} {mapping.constants[name]}")
    unused = [label for label in values if all(label not in s for s in mapping.columns.values())]
    if unused:
        lines += ["", "Not used: " + ", ".join(unused)]
    return lines


def _shortened(text: str, width: int = _WIDTH) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
