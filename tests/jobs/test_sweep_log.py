"""The sweep, which runs every minute, logs nothing while it finds nothing to do."""

import logging
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
import redis

from actors import dispatch
from actors.sweep import sweep_jobs
from tests.records import Account, new_orders


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "actors.sweep" and record.levelno >= logging.INFO
    ]


def test_only_a_sweep_that_did_something_is_logged(
    seller: Account,
    submit: Callable[[Sequence[int]], UUID],
    redis_client: redis.Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    job_id = submit(new_orders(seller, 2))
    dispatch.start(seller.organization_id, job_id)
    sweep_jobs()
    assert said(caplog) == []
    redis_client.flushall()
    sweep_jobs()
    (line,) = said(caplog)
    assert "'messages_sent': 2" in line


def test_the_scheduler_is_silent_while_all_is_well() -> None:
    assert not logging.getLogger("periodiq").isEnabledFor(logging.INFO)
