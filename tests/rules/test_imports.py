"""Imports point one way; the rules of invoicing need the standard library and python-stdnum."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import stdnum

ROOT = Path(__file__).parents[2]
LAYERS = ("models", "actors", "web")
"""From the bottom up: each may import those before it."""


def imported(file: Path) -> Iterator[str]:
    """The full name of every module that `file` imports, wherever in it."""
    package = file.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join((*above, *filter(None, [node.module])))


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"no source file in {folder}"
    return found


def imports(folder: str) -> list[tuple[str, str]]:
    """Every source file of `folder` with each module it imports."""
    return [
        (str(file.relative_to(ROOT)), module)
        for file in sources(folder)
        for module in imported(file)
    ]


@pytest.mark.parametrize("layer", LAYERS)
def test_no_layer_imports_one_above_it(layer: str) -> None:
    above = LAYERS[LAYERS.index(layer) + 1 :]
    assert [
        (file, module) for file, module in imports(layer) if module.split(".")[0] in above
    ] == []


# It knows the shapes and check digits of VAT ids, and is as pure as the rules: no I/O, no clock.
ADMITTED = "stdnum"


def test_the_rules_of_invoicing_import_only_the_standard_library_and_each_other() -> None:
    assert [
        (file, module)
        for file, module in imports("models/invoicing")
        if module.split(".")[0] not in {*sys.stdlib_module_names, ADMITTED}
        and not module.startswith("models.invoicing")
    ] == []


def test_the_rules_of_invoicing_load_where_nothing_else_is_installed(tmp_path: Path) -> None:
    (tmp_path / ADMITTED).symlink_to(Path(stdnum.__file__).parent)
    modules = [f"models.invoicing.{file.stem}" for file in sources("models/invoicing")]
    path = [str(ROOT), str(tmp_path)]
    program = f"import sys; sys.path[:0] = {path!r}; import {', '.join(modules)}"
    # -S leaves site-packages out, -I the environment and the working directory.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import web.app", ["web.app"]),
        ("import os, actors as a", ["os", "actors"]),
        ("def f():\n    from web.app import create_app", ["web.app"]),
        ("from .currency import round_money", ["models.invoicing.currency"]),
        ("from .. import database", ["models"]),
        ("from ...web import app", ["web"]),
    ],
)
def test_every_form_of_import_is_detected(
    source: str, modules: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "models" / "invoicing" / "rule.py"
    file.parent.mkdir(parents=True)
    file.write_text(source)
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    assert list(imported(file)) == modules
