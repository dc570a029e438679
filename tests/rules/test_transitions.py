"""The table of a job's statuses is sound, and the code that changes them keeps to it."""

import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Update
from sqlalchemy.dialects import postgresql

from models.errors import ForbiddenTransition
from models.jobs import transitions
from models.jobs.status import ACTIVE, ENDED, RUNNABLE, TRANSITIONS, JobStatus

FIRST = JobStatus.PENDING
JOB = uuid.UUID(int=1)

Edge = tuple[JobStatus, JobStatus]

walks = st.lists(st.integers(min_value=0, max_value=100), max_size=30)


def after(status: JobStatus) -> list[JobStatus]:
    return [target for source, target in TRANSITIONS if source == status]


def walk(choices: list[int]) -> list[JobStatus]:
    """The statuses of a job that takes edge after edge, as `choices` say."""
    statuses = [FIRST]
    for choice in choices:
        targets = after(statuses[-1])
        if not targets:
            break
        statuses.append(targets[choice % len(targets)])
    return statuses


def ways(status: JobStatus) -> set[JobStatus]:
    """Everything that can come after `status`, itself included."""
    found, ahead = {status}, [status]
    while ahead:
        new = set(after(ahead.pop())) - found
        found |= new
        ahead += new
    return found


def test_every_status_is_reached_from_the_first() -> None:
    assert ways(FIRST) == set(JobStatus)


def test_every_status_is_either_active_or_ended() -> None:
    assert set(JobStatus) == ACTIVE | ENDED
    assert not ACTIVE & ENDED
    assert RUNNABLE < ACTIVE


@given(walks)
def test_from_wherever_a_job_gets_to_it_can_end(choices: list[int]) -> None:
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
            assert "retries" in TRANSITIONS[source, target]


@given(walks)
def test_a_job_completes_or_fails_only_while_it_is_worked_on(choices: list[int]) -> None:
    statuses = walk(choices)
    for source, target in pairwise(statuses):
        if target in (JobStatus.COMPLETED, JobStatus.FAILED):
            assert source == JobStatus.PROCESSING


def test_each_edge_leads_elsewhere_and_says_why() -> None:
    for (source, target), reason in TRANSITIONS.items():
        assert source != target
        assert re.fullmatch(r"[a-z].{10,}[^.]", reason), (source, target)


class Listener:
    """Stands for a session: keeps the statements that it is asked to execute."""

    def __init__(self) -> None:
        self.asked: list[Update] = []

    def execute(self, statement: Update, _parameters: Any = None, **_: Any) -> "Listener":
        self.asked.append(statement)
        return self

    def one_or_none(self) -> None:
        return None

    def scalar(self, _: Any) -> str:
        return "elsewhere"


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


CHANGES: dict[str, Callable[[Any], object]] = {
    "start": lambda session: transitions.start(session, JOB),
    "pause": lambda session: transitions.pause(session, JOB),
    "resume": lambda session: transitions.resume(session, JOB),
    "reset": lambda session: transitions.reset(session, JOB),
    "cancel": lambda session: transitions.cancel(session, JOB),
    "reopen": lambda session: transitions.reopen(session, JOB, [1, 2]),
    "record": lambda session: transitions.record(session, JOB, succeeded=1, errors=[], to_send=1),
    "record_cancelled": lambda session: transitions.record_cancelled(session, JOB, 1),
    "end_if_all_ended": lambda session: transitions.end_if_all_ended(session, JOB),
    "send_more": lambda session: transitions.send_more(session, JOB, 1, 1),
}


def asked_by(change: str) -> set[Edge]:
    session = Listener()
    with suppress(ForbiddenTransition):
        CHANGES[change](session)
    assert session.asked
    return {edge for statement in session.asked for edge in edges_of(statement)}


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_asks_for_an_edge_that_is_not_in_the_table(change: str) -> None:
    assert asked_by(change) <= set(TRANSITIONS)


def test_together_the_changes_make_every_edge_of_the_table() -> None:
    assert {edge for change in CHANGES for edge in asked_by(change)} == set(TRANSITIONS)


def test_no_change_of_the_module_is_left_out_here() -> None:
    public = {
        name
        for name, value in vars(transitions).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == transitions.__name__
    }
    assert public - {"lock_window"} == set(CHANGES)


def test_an_edge_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="completed"):
        transitions._transition(JOB, JobStatus.COMPLETED, JobStatus.PAUSED)
