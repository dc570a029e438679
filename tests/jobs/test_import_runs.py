"""An import loses and doubles nothing, wherever it is interrupted, and reports exactly the same."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import models.order_import.orders_file
from models.accounts.audit import OPERATOR
from models.database import org_transaction
from models.invoices.single_invoice import invoice_order
from models.order_import.csv_file.columns import COLUMNS
from models.order_import.mapping import standard_values
from models.order_import.mapping.choosing import Reading, SavedMapping
from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.mapping import Mapping
from models.order_import.runs import commits, work
from models.order_import.runs import reader as runs_reader
from models.order_import.runs.control import cancel_run, use_mapping
from models.order_import.runs.reader import RunReader
from models.order_import.runs.settings import RunSettings
from models.order_import.runs.state import RunState
from models.order_import.runs.work import MAX_ATTEMPTS, work_on
from models.tables.order import OrderLine
from tests.jobs.imports import left_behind, mixed_file, order_id_of, run_of, submitted
from tests.records import Account, new_account
from tests.storage.orders_files import import_bytes, orders_file, row

ORDERS = 60


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.order_import.orders_file, "BATCH_ORDERS", 7)
    monkeypatch.setattr(standard_values, "_BLOCK", 5)


@pytest.fixture
def prepared(seller: Account) -> Account:
    """A seller with two orders that the file changes, one of which is invoiced."""
    return prepare(seller)


def prepare(account: Account) -> Account:
    rows = [row(order_number=f"A-{n}", customer_number=f"K-{n}", quantity="9") for n in (4, 5)]
    import_bytes(account.organization_id, orders_file(rows))
    invoice_order(
        account.organization_id, account.user_id, order_id_of(account.organization_id, "A-4")
    )
    return account


def ignore(_state: RunState) -> None:
    """Publishes nothing."""


def work_to_the_end(
    account: Account,
    run_id: UUID,
    *,
    keep_reader: bool = False,
    seconds: float | None = 0.0,
    slice_number: int | None = 0,
) -> dict[str, Any]:
    """Works slice by slice; without `keep_reader` each slice has a process of its own."""
    reader: RunReader | None = None
    while slice_number is not None:
        worked = work_on(
            account.organization_id,
            run_id,
            slice_number,
            on_commit=ignore,
            seconds=seconds,
            reader=reader,
        )
        # A slice that only caught up has the same number; the next one goes on from there.
        is_catching_up = worked.next_slice == slice_number
        reader = worked.reader if keep_reader or is_catching_up else None
        slice_number = worked.next_slice
    return left_behind(account.organization_id, run_id)


@pytest.mark.parametrize("keep_reader", [True, False], ids=["one process", "many processes"])
def test_slices_leave_behind_what_one_piece_of_work_does(
    prepared: Account, keep_reader: bool
) -> None:
    data = mixed_file(ORDERS)
    other = prepare(new_account("other"))
    whole = submitted(other.organization_id, data)
    expected = work_to_the_end(other, whole, seconds=None)
    run_id = submitted(prepared.organization_id, data)
    assert work_to_the_end(prepared, run_id, keep_reader=keep_reader) == expected
    assert expected["batches"] > 5
    codes = {code for *_, code in expected["findings"]}
    assert codes >= {"not_a_number", "order_rows_apart", "order_already_invoiced"}
    assert expected["error_count"] == len(expected["findings"])
    assert (expected["change_count"], expected["orders_updated"]) == (1, 1)
    assert expected["rows"] == 2 * ORDERS + 1


def test_an_error_between_two_commits_changes_nothing(
    prepared: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = mixed_file(ORDERS)
    other = prepare(new_account("other"))
    expected = work_to_the_end(other, submitted(other.organization_id, data), seconds=None)
    run_id = submitted(prepared.organization_id, data)
    commit = commits.commit_batch
    calls = iter(range(1_000))

    def fail_every_other_time(session: Session, *arguments: Any, **named: Any) -> RunState:
        state = commit(session, *arguments, **named)
        if next(calls) % 2 == 0:
            raise OperationalError("COMMIT", None, psycopg.OperationalError("gone"))
        return state

    monkeypatch.setattr(commits, "commit_batch", fail_every_other_time)
    while not run_of(prepared.organization_id, run_id).completed_at:
        place = run_of(prepared.organization_id, run_id).slice
        try:
            work_on(prepared.organization_id, run_id, place, on_commit=ignore)
        except OperationalError:
            work.release(prepared.organization_id, run_id, place)
    assert left_behind(prepared.organization_id, run_id) == expected


def test_two_workers_with_the_same_message_do_the_work_once(prepared: Account) -> None:
    data = mixed_file(ORDERS)
    other = prepare(new_account("other"))
    expected = work_to_the_end(other, submitted(other.organization_id, data), seconds=None)
    run_id = submitted(prepared.organization_id, data)
    start = threading.Barrier(2)
    faults: list[BaseException] = []

    def receive() -> None:
        start.wait(30)
        try:
            work_on(prepared.organization_id, run_id, 0, on_commit=ignore)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=receive) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert left_behind(prepared.organization_id, run_id) == expected


def test_a_message_of_an_earlier_slice_does_nothing(seller: Account) -> None:
    run_id = submitted(seller.organization_id, mixed_file(ORDERS))
    first = work_on(seller.organization_id, run_id, 0, on_commit=ignore, seconds=0)
    before = left_behind(seller.organization_id, run_id)
    again = work_on(seller.organization_id, run_id, 0, on_commit=ignore)
    assert (first.next_slice, again.next_slice) == (1, None)
    assert left_behind(seller.organization_id, run_id) == before


def test_a_cancel_keeps_what_was_committed_and_nothing_after_it(seller: Account) -> None:
    run_id = submitted(seller.organization_id, mixed_file(ORDERS))
    seen: list[int] = []

    def cancel_in_the_middle(state: RunState) -> None:
        seen.append(state.counts["orders_created"])
        if len(seen) == 2:
            cancel_run(seller.organization_id, run_id, OPERATOR)

    work_on(seller.organization_id, run_id, 0, on_commit=cancel_in_the_middle)
    left = left_behind(seller.organization_id, run_id)
    assert (left["status"], left["batches"], len(seen)) == ("cancelled", 2, 2)
    assert left["orders_created"] == len(left["orders"]) == seen[-1] > 0


def test_a_run_that_kills_its_worker_again_and_again_is_given_up(seller: Account) -> None:
    run_id = submitted(seller.organization_id, mixed_file(2))
    for _ in range(MAX_ATTEMPTS):
        with org_transaction(seller.organization_id) as session:
            commits.begin_slice(session, run_id, 0)  # and then the worker dies
    work_on(seller.organization_id, run_id, 0, on_commit=ignore)
    run = run_of(seller.organization_id, run_id)
    assert (run.status, run.error_code, run.batches) == ("failed", "worker_died", 0)


def test_a_program_that_reads_the_file_differently_does_not_go_on(
    seller: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = submitted(seller.organization_id, mixed_file(ORDERS))
    work_on(seller.organization_id, run_id, 0, on_commit=ignore, seconds=0)
    monkeypatch.setattr(models.order_import.orders_file, "BATCH_ORDERS", 9)
    work_on(seller.organization_id, run_id, 1, on_commit=ignore)
    run = run_of(seller.organization_id, run_id)
    assert (run.status, run.error_code, run.batches) == ("failed", "read_differently", 1)


def test_values_that_come_late_and_have_two_readings_are_asked_for_and_the_import_goes_on(
    seller: Account,
) -> None:
    quantities = ["2"] * 20 + ["1,250"] + ["3"] * 5
    data = orders_file(
        row(order_number=f"A-{at}", quantity=quantity, unit_price="10")
        for at, quantity in enumerate(quantities)
    )
    run_id = submitted(seller.organization_id, data)
    work_to_the_end(seller, run_id)
    run = run_of(seller.organization_id, run_id)
    assert (run.status, run.stored, run.batches, run.error_count) == ("needs_mapping", True, 2, 0)
    (question,) = RunSettings.of(run.settings).questions
    assert "1,250" in question.message
    use_mapping(seller.organization_id, run_id, Reading(conventions=Conventions("comma")), OPERATOR)
    left = work_to_the_end(seller, run_id, slice_number=run.slice + 1)
    assert (left["status"], left["orders_created"], left["error_count"]) == ("completed", 26, 0)
    with org_transaction(seller.organization_id) as session:
        sold = session.scalars(select(OrderLine.quantity)).all()
    assert sum(sold) == 20 * 2 + Decimal("1.25") + 5 * 3


def test_another_mapping_does_not_go_on_behind_orders_that_were_read_without_it(
    seller: Account,
) -> None:
    quantities = ["2"] * 20 + ["1,250"]
    data = orders_file(
        row(order_number=f"A-{at}", quantity=quantity, unit_price="10")
        for at, quantity in enumerate(quantities)
    )
    run_id = submitted(seller.organization_id, data)
    work_to_the_end(seller, run_id)
    own = {name: (name,) for name in COLUMNS if name in data.decode().splitlines()[0].split(",")}
    mapping = Mapping(own | {"description": ("sku",)}, conventions=Conventions("comma"))
    reading = Reading(chosen=SavedMapping("", "", mapping))
    found = use_mapping(seller.organization_id, run_id, reading, OPERATOR)
    left = work_to_the_end(seller, run_id, slice_number=found.run.slice)
    run = run_of(seller.organization_id, run_id)
    assert (left["status"], run.error_code) == ("failed", "read_differently")


def test_a_file_that_is_looked_through_tells_how_far_and_can_be_cancelled(
    seller: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standard_values, "_LOOKED_AT_ONCE", 10)
    monkeypatch.setattr(runs_reader, "_LOOK_SECONDS", 0)
    rows = [row(order_number=f"A-{at}", quantity="1,5") for at in range(40)]
    run_id = submitted(seller.organization_id, orders_file(rows))
    states: list[RunState] = []

    def cancel_at_the_second(state: RunState) -> None:
        states.append(state)
        if len(states) == 2:
            cancel_run(seller.organization_id, run_id, OPERATOR)

    worked = work_on(seller.organization_id, run_id, 0, on_commit=cancel_at_the_second)
    assert worked.next_slice is None
    assert [(state.status, state.counts["rows"]) for state in states] == [("processing", 0)] * 2
    assert all(state.counts["bytes_read"] > 0 for state in states)
    left = left_behind(seller.organization_id, run_id)
    assert (left["status"], left["batches"], left["orders"]) == ("cancelled", 0, [])
