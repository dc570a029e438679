"""Runs on a machine that is about to be lost: `holds` a job's orders, or `asks` a statement.

It prints this word when it has reached that point, and then the errors it met. With SOON_NOTICED,
this client and its sessions give up a lost peer after 2 seconds instead of 10.
"""

import os
import sys
import threading
import time
from typing import Any
from uuid import UUID

from sqlalchemy import text

from models import database
from models.database import org_transaction
from models.jobs import claims, run
from models.jobs.refill import Window

SOON = {"keepalives_idle": 1, "keepalives_interval": 1, "keepalives_count": 1}


def shorten_timeouts() -> None:
    """Shortens the same settings. libpq accepts no connect_timeout below 2 seconds."""
    at_client = database._AT_CLIENT | SOON | {"tcp_user_timeout": 2_000, "connect_timeout": 2}
    at_server = {f"tcp_{name}": str(value) for name, value in SOON.items()}
    assert at_client.keys() == database._AT_CLIENT.keys()
    assert at_server.keys() < database._AT_SERVER.keys()
    database._AT_CLIENT = at_client
    database._AT_SERVER = database._AT_SERVER | at_server | {"tcp_user_timeout": "2s"}


def say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201 - the test reads it


def hold(organization_id: int, job_id: UUID, order_ids: list[int]) -> None:
    """Runs these orders as a worker does, and stops once it holds the number series."""
    write = run.write_invoices

    def write_and_stop(*arguments: Any) -> Any:
        write(*arguments)
        say("holds")
        time.sleep(600)

    run.write_invoices = write_and_stop
    claimed = claims.claim(organization_id, job_id, order_ids)
    assert set(claimed.fresh.order_ids) == set(order_ids)
    run.run_items(organization_id, job_id, order_ids, Window(0))


def ask() -> None:
    """Waits for the answer to a long statement; on input, uses a pooled connection."""
    with org_transaction(1), org_transaction(1):
        pass  # two connections are in the pool
    waiting = threading.Thread(target=meet, args=("SELECT pg_sleep(600)",))
    waiting.start()
    sys.stdin.readline()
    meet("SELECT 1")
    waiting.join()


def meet(statement: str) -> None:
    """Prints the error that the statement meets."""
    try:
        with org_transaction(1) as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            if "sleep" in statement:
                say("asks")
            session.execute(text(statement))
    except Exception as error:
        say(type(error).__name__)


if __name__ == "__main__":
    if os.environ.get("SOON_NOTICED"):
        shorten_timeouts()
    match sys.argv[1:]:
        case ["asks"]:
            ask()
        case ["holds", organization, job, *orders]:
            hold(int(organization), UUID(job), [int(order) for order in orders])
