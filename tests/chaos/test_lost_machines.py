"""When a machine vanishes from the network, others wait only for a short time.

`make chaos` waits as long as in production; the suite shortens the timeouts to a fifth.
"""

import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

import dramatiq
import psycopg
import pytest
import redis
from sqlalchemy import select

import models.database
from actors import dispatch
from actors.create_invoice import create_invoice
from models.database import org_transaction
from models.jobs.published_state import JobState, job_state
from models.jobs.submission import Submission, submit_orders
from models.migrations import upgrade
from models.tables.batch_job import BatchJobItem
from tests.chaos.extent import extent
from tests.chaos.lost_machine import Machine
from tests.network_changes import changing_network
from tests.records import Account, new_account, new_orders
from tests.servers import PASSWORD, Servers, leave_database
from tests.waiting import wait_for
from tests.workers import invoice_worker
from web.embedded.free_port import LOOPBACK
from web.embedded.postgres.locations import choose_locations
from web.embedded.postgres.server import (
    ADMINISTRATOR,
    APPLICATION,
    OWNER,
    EmbeddedPostgres,
    Passwords,
)

SECONDS = extent(suite=9, chaos=15)
LOST_SECONDS = extent(suite=2, chaos=models.database.LOST_SECONDS)
SOON_NOTICED = extent(suite={"SOON_NOTICED": "yes"}, chaos={})


@dataclass(frozen=True)
class Network:
    """A PostgreSQL server and two machines that reach it; each test loses one machine."""

    server: EmbeddedPostgres
    machines: tuple[Machine, Machine]
    redis_url: str

    def run(self, machine: Machine, *arguments: object) -> subprocess.Popen[str]:
        url = self.server.url().replace(LOOPBACK, machine.server_address)
        environ = {"DATABASE_URL": url, "REDIS_URL": self.redis_url, **SOON_NOTICED}
        return machine.run("tests.chaos.work_on_lost_machine", *arguments, environ=environ)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Network]:
    machines = (Machine(), Machine())
    directory = tmp_path_factory.mktemp("lost")
    locations = choose_locations(directory, directory.name, print)
    addresses = (LOOPBACK, *(machine.server_address for machine in machines))
    passwords = Passwords(PASSWORD, PASSWORD, PASSWORD)
    server = EmbeddedPostgres(locations, passwords, fsync=False, addresses=addresses)
    with changing_network():
        try:
            for machine in machines:
                machine.start()
            server.start()
            admit(server, machines)
            upgrade(server.url(OWNER), APPLICATION)
            yield Network(server, machines, servers.redis.url)
        finally:
            for machine in machines:
                machine.remove()
            server.stop()
            shutil.rmtree(locations.data.parent, ignore_errors=True)


def admit(server: EmbeddedPostgres, machines: Iterable[Machine]) -> None:
    with (server.locations.data / "pg_hba.conf").open("a") as file:
        for machine in machines:
            file.write(f"host all all {machine.address}/32 scram-sha-256\n")
    with psycopg.connect(server.url(ADMINISTRATOR, "postgres")) as connection:
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture
def seller(network: Network, redis_client: redis.Redis) -> Iterator[Account]:
    models.database.configure(network.server.url(), network.server.url(OWNER))
    yield new_account()
    leave_database()


@pytest.fixture
def worker(seller: Account) -> Iterator[dramatiq.Worker]:
    with invoice_worker() as started:
        yield started


def state_of(seller: Account, job_id: UUID) -> JobState:
    with org_transaction(seller.organization_id) as session:
        return job_state(session, job_id)


def test_when_a_worker_that_holds_the_series_is_lost_the_others_go_on_within_seconds(
    network: Network, seller: Account, request: pytest.FixtureRequest
) -> None:
    org, (machine, _) = seller.organization_id, network.machines
    first, *order_ids = new_orders(seller, 41, lines=1)
    job_id = submit_orders(org, [first, *order_ids], Submission(seller.user_id)).job_id
    create_invoice(str(job_id), first)
    held = order_ids[:4]
    lost = network.run(machine, "holds", org, job_id, *held)
    assert lost.stdout
    assert lost.stdout.readline() == "holds\n"

    request.getfixturevalue("worker")  # it would have taken these orders itself
    machine.is_lost()
    began = time.monotonic()
    dispatch.start(org, job_id)
    wait_for(lambda: state_of(seller, job_id).ended, 60)

    seconds = time.monotonic() - began
    print(f"\nThe job ended {seconds:.1f} s after the machine was lost")  # noqa: T201
    assert seconds < SECONDS
    state = state_of(seller, job_id)
    assert (state.status, state.successful_items, state.failed_items) == ("completed", 41, 0)
    with org_transaction(org) as session:
        attempts = dict(session.execute(select(BatchJobItem.order_id, BatchJobItem.attempts)).all())
    assert {attempts[order_id] for order_id in held} == {2}
    assert {attempts[order_id] for order_id in order_ids[4:]} == {1}


def test_when_the_server_is_lost_a_client_notices_within_seconds(network: Network) -> None:
    """A client that waits for an answer notices first. A client with a pooled connection
    notices, then tries to open a new one."""
    machine = network.machines[1]
    client = network.run(machine, "asks")
    assert client.stdin
    assert client.stdout
    assert client.stdout.readline() == "asks\n"

    machine.loses_server()
    began = time.monotonic()
    client.stdin.write("lost\n")
    client.stdin.flush()
    for limit in (SECONDS, LOST_SECONDS + SECONDS):
        assert client.stdout.readline() == "OperationalError\n"
        seconds = time.monotonic() - began
        print(f"\nnoticed after {seconds:.1f} s")  # noqa: T201
        assert seconds < limit
