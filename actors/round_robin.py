"""The order in which the sweep checks jobs: organisations take turns, so each gets its share."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, count, zip_longest
from typing import Protocol, TypeVar

_REMEMBERED = 100_000


class _Job(Protocol):
    @property
    def id(self) -> uuid.UUID: ...
    @property
    def organization_id(self) -> int: ...


Job = TypeVar("Job", bound=_Job)
Key = TypeVar("Key")
Value = TypeVar("Value")


class RoundRobin:
    """Remembers when this process last checked each job, by a clock that all processes share."""

    def __init__(self) -> None:
        self._looked_at: dict[uuid.UUID, float] = {}
        self._served: dict[int, int] = {}
        self._count = count(1)

    def in_order(self, jobs: Iterable[Job], begun: float) -> list[Job]:
        """The jobs that were not checked since `begun`.

        One job of each organisation comes first, then a second of each, and so on. Organisations
        that have waited longest come first, and so do the jobs within one organisation.
        """
        waiting = sorted(jobs, key=lambda job: self._looked_at.get(job.id, 0.0))
        of_organization: dict[int, list[Job]] = defaultdict(list)
        for job in waiting:
            if self._looked_at.get(job.id, 0.0) < begun:
                of_organization[job.organization_id].append(job)
        longest_first = sorted(of_organization, key=lambda id_: self._served.get(id_, 0))
        rounds = zip_longest(*(of_organization[id_] for id_ in longest_first))
        return [job for job in chain.from_iterable(rounds) if job is not None]

    def note(self, job: _Job, now: float) -> None:
        """Remembers that the job is being checked now; may drop the oldest entry."""
        _remember(self._looked_at, job.id, now)
        _remember(self._served, job.organization_id, next(self._count))


def _remember(memory: dict[Key, Value], key: Key, value: Value) -> None:
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > _REMEMBERED:
        del memory[next(iter(memory))]
