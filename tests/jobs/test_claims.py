"""A worker releases its own attempts, never one that another worker has counted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from actors import job_control
from actors.create_invoice import create_invoice
from models.accounts.audit import Author
from models.jobs import claims
from models.jobs.cancel_and_retry import Selection
from models.jobs.claims import MAX_ATTEMPTS, Claim
from models.planner import group_transaction
from tests.jobs.items import item_of
from tests.records import Account, new_orders

Submit = Callable[[Sequence[int]], UUID]


class Job:
    """A job of one order, as two workers see it."""

    def __init__(self, seller: Account, submit: Submit, **order: Sequence[int]) -> None:
        self.seller = seller
        (self.order_id,) = new_orders(seller, 1, lines=1, **order)
        self.id = submit([self.order_id])

    def claim(self) -> Claim:
        return claims.claim(self.seller.organization_id, self.id, [self.order_id]).fresh

    def claim_again(self) -> Claim:
        claimed = claims.claim_again(self.seller.organization_id, self.id, self.order_id)
        assert claimed is not None
        return claimed

    def release(self, claimed: Claim) -> None:
        claims.release(self.seller.organization_id, self.id, claimed, [self.order_id])

    @property
    def attempts(self) -> int:
        return item_of(self.seller, self.id, self.order_id).attempts


@contextmanager
def commit_without_an_answer(organization_id: int) -> Iterator[Session]:
    with group_transaction(organization_id) as session:
        yield session
    lost = psycopg.OperationalError("server closed the connection unexpectedly")
    raise OperationalError(None, None, lost, connection_invalidated=True)


def test_a_release_takes_back_the_attempt_of_its_claim(seller: Account, submit: Submit) -> None:
    job = Job(seller, submit)

    job.release(job.claim())
    assert job.attempts == 0
    claimed = job.claim()
    again = job.claim_again()
    job.release(again)

    assert (claimed.attempt, again.attempt, job.attempts) == (1, 2, 1)


def test_a_release_leaves_an_attempt_that_another_worker_has_since_begun(
    seller: Account, submit: Submit
) -> None:
    """The first worker was considered dead; the order may kill the second one."""
    job = Job(seller, submit)
    first = job.claim()
    second = job.claim_again()

    job.release(first)

    assert (second.attempt, job.attempts) == (2, 1)


def test_workers_that_take_turns_while_no_release_succeeds_at_once_count_nothing_against_the_order(
    seller: Account, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away each time between the claim and its release."""
    job = Job(seller, submit)
    job.release(job.claim())
    workers = [claims._PendingReleases(), claims._PendingReleases()]

    def refuse(*_: object) -> None:
        raise OperationalError("made for a test", {}, Exception("away"))

    for turn in range(2 * MAX_ATTEMPTS):
        monkeypatch.setattr(claims, "_pending", workers[turn % 2])
        claimed = job.claim_again()
        assert claimed.attempt <= len(workers)
        with monkeypatch.context() as away:
            away.setattr(claims, "_take_back", refuse)
            job.release(claimed)
    for worker in workers:
        monkeypatch.setattr(claims, "_pending", worker)
        claims.release_all()

    assert job.attempts == 0


def test_a_repeated_release_leaves_an_attempt_that_began_in_between(
    seller: Account, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker got no answer to its first release's commit, so it repeats the release."""
    job = Job(seller, submit)
    first = job.claim()
    with monkeypatch.context() as unanswered:
        unanswered.setattr(claims, "group_transaction", commit_without_an_answer)
        job.release(first)
    assert job.attempts == 0
    with monkeypatch.context() as other_process:
        other_process.setattr(claims, "_pending", claims._PendingReleases())
        second = job.claim()

    claims.release_all()

    assert (second.attempt, job.attempts) == (1, 1)


def test_a_late_release_leaves_the_attempts_made_after_a_retry(
    seller: Account, submit: Submit, clerk: Author
) -> None:
    """The order failed and a person retried it, so its attempts begin at one again."""
    job = Job(seller, submit, flawed=[0])
    first = job.claim()
    create_invoice(str(job.id), job.order_id)
    job_control.retry_failed(seller.organization_id, job.id, clerk, Selection())
    second = job.claim()

    job.release(first)

    assert (second.attempt, job.attempts) == (1, 1)


def test_a_claim_with_an_unconfirmed_commit_takes_back_no_attempt_of_another_worker(
    seller: Account, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(seller, submit)
    job.claim()
    with monkeypatch.context() as unanswered:
        unanswered.setattr(claims, "group_transaction", commit_without_an_answer)
        with pytest.raises(OperationalError):
            job.claim()  # nothing is fresh: this worker counted nothing

    claims.release_all()

    assert job.attempts == 1
    # No release is pending: one that fails every time would let this process claim nothing more.
    assert job.claim_again().attempt == 2
