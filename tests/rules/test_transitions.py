"""The table of a job's statuses is sound, and every statement that changes one obeys it."""

import ast
import re
from collections.abc import Iterator
from importlib import reload
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Update
from sqlalchemy.dialects import postgresql

from models.jobs import status_updates
from models.jobs.status import ACTIVE, ENDED, RUNNABLE, JobStatus
from models.jobs.transitions import (
    RETRYABLE,
    TRANSITIONS,
    Change,
    Edge,
    sources,
    targets,
)

ROOT = Path(__file__).parents[2]
FIRST = JobStatus.PENDING
EDGES: dict[Edge, list[Change]] = {}
for change, edges in TRANSITIONS.items():
    for edge in edges:
        EDGES.setdefault(edge, []).append(change)

walks = st.lists(st.integers(min_value=0, max_value=100), max_size=30)


def after(status: JobStatus) -> list[JobStatus]:
    return [target for source, target in EDGES if source == status]


def walk(choices: list[int]) -> list[JobStatus]:
    """The statuses of a job that follows the edges that `choices` selects."""
    statuses = [FIRST]
    for choice in choices:
        targets = after(statuses[-1])
        if not targets:
            break
        statuses.append(targets[choice % len(targets)])
    return statuses


def ways(status: JobStatus) -> set[JobStatus]:
    """All statuses that can follow `status`, including itself."""
    found, ahead = {status}, [status]
    while ahead:
        new = set(after(ahead.pop())) - found
        found |= new
        ahead += new
    return found


def test_every_status_can_be_reached_from_the_first() -> None:
    assert ways(FIRST) == set(JobStatus)


def test_every_status_is_either_active_or_ended() -> None:
    assert set(JobStatus) == ACTIVE | ENDED
    assert not ACTIVE & ENDED
    assert RUNNABLE < ACTIVE


@given(walks)
def test_a_job_can_end_from_every_status(choices: list[int]) -> None:
    assert ways(walk(choices)[-1]) & ENDED


@given(walks)
def test_nothing_follows_a_cancel(choices: list[int]) -> None:
    assert JobStatus.CANCELLED not in walk(choices)[:-1]


@given(walks)
def test_an_ended_job_goes_on_only_by_a_retry(choices: list[int]) -> None:
    statuses = walk(choices)
    for source, target in pairwise(statuses):
        if source in ENDED:
            assert target == JobStatus.PROCESSING
            assert EDGES[source, target] == [Change.RETRY]


@given(walks)
def test_a_job_completes_or_fails_only_while_it_is_processing(choices: list[int]) -> None:
    statuses = walk(choices)
    for source, target in pairwise(statuses):
        if target in (JobStatus.COMPLETED, JobStatus.FAILED):
            assert source == JobStatus.PROCESSING


def test_each_edge_leads_to_another_status_and_has_a_reason() -> None:
    for edges in TRANSITIONS.values():
        for (source, target), reason in edges.items():
            assert source != target
            assert re.fullmatch(r"[a-z].{10,}[^.]", reason), (source, target)


@pytest.mark.parametrize("change", Change)
def test_a_change_leads_from_each_of_its_sources_to_each_of_its_targets(change: Change) -> None:
    assert set(TRANSITIONS[change]) == set(product(sources(change), targets(change)))


def test_a_job_that_completed_or_failed_or_is_processing_can_be_retried() -> None:
    assert (ENDED - {JobStatus.CANCELLED}) | {JobStatus.PROCESSING} == RETRYABLE


def statements() -> dict[str, Update]:
    """Every UPDATE of a job's row, by its name in the module."""
    return {
        name: value for name, value in vars(status_updates).items() if isinstance(value, Update)
    }


def edges_of(statement: Update) -> set[Edge]:
    """Every change of status that an UPDATE of the job's row may make."""
    compiled = statement.compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"render_postcompile": True},
    )
    sql = str(compiled) % {name: f"'{value}'" for name, value in compiled.params.items()}
    values, conditions = re.split(r"\bWHERE\b(?!.*\bWHERE\b)", sql.partition("RETURNING")[0])
    sources, targets = statuses_in(conditions), statuses_in(values)
    assert sources, f"changes a job whatever its status: {sql}"
    return {(source, target) for source in sources for target in targets if source != target}


def statuses_in(sql: str) -> set[JobStatus]:
    return {JobStatus(word) for word in re.findall(r"'(\w+)'", sql) if word in set(JobStatus)}


CHANGE_OF: dict[str, Change | None] = {
    "_START": Change.START,
    "_PAUSE": Change.PAUSE,
    "_RESUME": Change.RESUME,
    "_RESET": Change.RESET,
    "_CANCEL": Change.CANCEL,
    "_RETRY": Change.RETRY,
    "_RECORD": Change.END,
    "_RECORD_ERRORS": Change.END,
    "_END": Change.END,
    "_RECORD_CANCELLED": None,
    "_SEND_MORE": None,
}


@pytest.mark.parametrize("name", statements())
def test_each_statement_follows_only_the_edges_of_its_change(name: str) -> None:
    change = CHANGE_OF[name]
    assert edges_of(statements()[name]) == (set(TRANSITIONS[change]) if change else set())


def test_every_statement_and_every_change_is_covered() -> None:
    assert statements().keys() == CHANGE_OF.keys()
    assert set(CHANGE_OF.values()) == {*Change, None}


@pytest.mark.parametrize(("change", "edge"), [(c, edge) for c in Change for edge in TRANSITIONS[c]])
def test_no_statement_follows_an_edge_removed_from_the_table(
    change: Change, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [name for name, its in CHANGE_OF.items() if its == change]
    with monkeypatch.context() as patched:
        patched.delitem(TRANSITIONS[change], edge)  # type: ignore[arg-type]
        try:
            reload(status_updates)
        except ValueError:  # no such statement can be built
            pass
        else:
            assert all(edge not in edges_of(statements()[name]) for name in names)
    reload(status_updates)


def status_writers(tree: ast.Module) -> Iterator[str]:
    """What in a module changes a status of some row: `.values(status=…)` by the function that says
    it, assignments to `.status`, and statements in SQL."""
    for top in tree.body:
        where = getattr(top, "name", "the module")
        for node in ast.walk(top):
            match node:
                case ast.Call(func=ast.Attribute(attr="values"), keywords=keywords):
                    if any(keyword.arg in ("status", None) for keyword in keywords):
                        yield where
                case ast.Attribute(attr="status", ctx=ast.Store()):
                    yield where
                case ast.Constant(value=str(text)) if re.search(
                    r"UPDATE\s+batch_job_queue\b", text, re.IGNORECASE
                ):
                    yield where


def names_jobs(source: str) -> bool:
    """Whether a module can reach a job's row; imports and orders have a status, too."""
    return re.search("BatchJob|batch_job_queue", source) is not None


def test_one_function_writes_the_status_of_a_job() -> None:
    found = {
        (str(path.relative_to(ROOT)), writer)
        for folder in ("models", "actors", "web")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and names_jobs(path.read_text())
        for writer in status_writers(ast.parse(path.read_text()))
    }

    assert found == {("models/jobs/status_updates.py", "_transition")}


@pytest.mark.parametrize(
    "bypass",
    [
        "def f(): update(BatchJob).values(status='completed')",
        "def f(): update(_JOBS).values(**{'status': 'completed'})",
        "def f(): job.status = 'completed'",
        "def f(): text('UPDATE batch_job_queue SET status = 1')",
    ],
)
def test_a_change_of_the_status_outside_this_function_is_detected(bypass: str) -> None:
    assert list(status_writers(ast.parse(bypass))) == ["f"]
