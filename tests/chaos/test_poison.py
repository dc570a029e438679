"""Messages that can never be processed are logged and become dead letters."""

import json
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import redis
from sqlalchemy import text

from actors import dispatch
from models.database import org_transaction, owner_transaction
from models.jobs.published_state import job_state
from models.jobs.submission import Submission, submit_orders
from models.settings import Settings
from tests.chaos.faults import message, order_message, push
from tests.chaos.procfile import Processes, command_of
from tests.records import Account, new_account, new_orders
from tests.waiting import wait_for

QUEUE = "dramatiq:invoices"
UNREADABLE = (b"no JSON", b'{"half": ', b"[]", b"{}", b"\xff\xfe", b"null", b"")


def test_poison_messages_become_dead_letters_and_other_orders_go_on(
    settings: Settings,
    tmp_path: Path,
    redis_client: redis.Redis,
    capfd: pytest.CaptureFixture[str],
) -> None:
    seller = new_account()
    with closing(Processes(tmp_path, settings, worker=command_of("worker"))) as processes:
        known_then_deleted = _submit(seller, 6, flawed=range(6))
        processes.wait_for(lambda: _has_ended(seller, known_then_deleted), 60)
        with owner_transaction() as session:
            session.execute(
                text("DELETE FROM batch_job_queue WHERE id = :id"), {"id": known_then_deleted}
            )
        pids = processes.pids("worker")
        addressed = [
            message("no_such_actor", [1]),
            message("create_invoice", []),
            message("create_invoice", [{"a": 1}, None]),
            message("create_invoice", ["no-uuid", 1]),
            message("create_invoice", [str(uuid4()), 1, "too many"]),
            order_message(str(uuid4()), 1),
            *(order_message(str(known_then_deleted), 1) for _ in range(4)),
        ]
        push(redis_client, addressed)
        for place, poison in enumerate(UNREADABLE):
            redis_client.hset(f"{QUEUE}.msgs", f"poison-{place}", poison)
            redis_client.rpush(QUEUE, f"poison-{place}")
        unnamed = json.loads(message("create_invoice", [str(uuid4()), 1])) | {"options": {}}
        redis_client.hset(f"{QUEUE}.msgs", "unnamed", json.dumps(unnamed))
        redis_client.rpush(QUEUE, "unnamed")
        dead = len(addressed) + len(UNREADABLE) + 1
        job_id = _submit(seller, 40, flawed=(3,))

        processes.wait_for(lambda: _has_ended(seller, job_id), 60)
        processes.wait_for(lambda: redis_client.zcard(f"{QUEUE}.XQ") == dead, 60)

        assert redis_client.hlen(f"{QUEUE}.XQ.msgs") == dead
        wait_for(lambda: redis_client.hlen(f"{QUEUE}.msgs") == redis_client.llen(QUEUE) == 0)
        assert redis_client.hlen(f"{QUEUE}.DQ.msgs") == 0
        assert processes.pids("worker") == pids
    said = capfd.readouterr().out
    assert "An unreadable message goes to the dead letters: b'no JSON'" in said
    assert "no_such_actor" in said
    assert "Undeliverable" in said


def _submit(seller: Account, count: int, flawed: range | tuple[int, ...]) -> UUID:
    order_ids = new_orders(seller, count, flawed=flawed, prefix=f"P{count}-", lines=1)
    submission = Submission(seller.user_id)
    job_id = submit_orders(seller.organization_id, order_ids, submission).job_id
    dispatch.start(seller.organization_id, job_id)
    return job_id


def _has_ended(seller: Account, job_id: UUID) -> bool:
    with org_transaction(seller.organization_id) as session:
        return job_state(session, job_id).ended
