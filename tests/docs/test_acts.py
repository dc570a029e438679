"""Every action in the audit log is documented."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "reliability.md").read_text()
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
RECORDING = {"record_act", "record_acts"}


def recorded() -> set[str]:
    """The actions that the code records."""
    found = set()
    for floor in ("models", "actors", "web"):
        for path in (ROOT / floor).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RECORDING:
                    action = node.args[3]
                    assert isinstance(action, ast.Constant), f"{path}:{node.lineno}"
                    found.add(action.value)
    return found


def test_the_table_contains_exactly_the_recorded_actions() -> None:
    section = TABLE.partition("## The audit log\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    explained = {name for cell in cells for name in ACTION.findall(cell)}
    assert explained == recorded()
