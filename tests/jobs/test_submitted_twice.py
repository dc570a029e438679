"""The same idempotency key names the same job, even when two requests come at the same moment."""

from functools import partial

import pytest
from sqlalchemy import func, select, text

from models.database import org_transaction
from models.errors import InvalidRequest
from models.jobs.status import Priority
from models.jobs.submission import Submission, Submitted, submit_matching, submit_orders
from models.orders.search import OrderFilter
from models.tables.audit_log import AuditEntry
from models.tables.batch_job import BatchJob
from tests.jobs.books import wrong_in_books
from tests.jobs.concurrency import at_once
from tests.records import Account, new_account, new_orders


def keyed(account: Account, key: str = "monday") -> Submission:
    return Submission(account.user_id, idempotency_key=key)


def job_count(account: Account) -> int:
    with org_transaction(account.organization_id) as session:
        return session.scalar(select(func.count()).select_from(BatchJob)) or 0


def test_requests_at_the_same_moment_with_the_same_key_make_one_job(seller: Account) -> None:
    order_ids = new_orders(seller, 20)
    for n in range(10):
        submission = keyed(seller, f"key-{n}")
        submit = partial(submit_orders, seller.organization_id, order_ids, submission)

        outcomes = at_once([submit] * 4)

        submitted = [out for out in outcomes if isinstance(out, Submitted)]
        assert len(submitted) == 4, outcomes
        assert len({out.job_id for out in submitted}) == 1
        assert sum(out.is_new for out in submitted) == 1
        assert job_count(seller) == n + 1
    assert wrong_in_books(seller.organization_id) == {}
    with org_transaction(seller.organization_id) as session:
        logged = select(func.count()).where(AuditEntry.action == "job.submitted")
        assert session.scalar(logged) == 10


def test_when_different_requests_use_one_key_at_the_same_moment_one_is_refused(
    seller: Account,
) -> None:
    order_ids = new_orders(seller, 4)
    for n in range(8):
        submission = keyed(seller, f"key-{n}")
        outcomes = at_once(
            [
                partial(submit_orders, seller.organization_id, ids, submission)
                for ids in (order_ids[:2], order_ids[2:])
            ]
        )

        refused = [out for out in outcomes if isinstance(out, InvalidRequest)]
        assert [error.code for error in refused] == ["idempotency_key_reused"], outcomes
        assert job_count(seller) == n + 1


@pytest.mark.parametrize("other", ["orders", "sequence", "priority", "filter"])
def test_the_same_key_with_another_request_is_refused_and_stores_nothing(
    seller: Account, other: str
) -> None:
    order_ids = new_orders(seller, 4)
    submit_orders(seller.organization_id, order_ids, keyed(seller))
    hurried = Submission(seller.user_id, priority=Priority.URGENT, idempotency_key="monday")
    org = seller.organization_id
    again = {
        "orders": partial(submit_orders, org, order_ids[:3], keyed(seller)),
        "sequence": partial(submit_orders, org, order_ids[::-1], keyed(seller)),
        "priority": partial(submit_orders, org, order_ids, hurried),
        "filter": partial(submit_matching, org, OrderFilter(), keyed(seller)),
    }[other]

    with pytest.raises(InvalidRequest) as refusal:
        again()

    assert refusal.value.code == "idempotency_key_reused"
    assert [error.field for error in refusal.value.errors] == ["Idempotency-Key"]
    assert job_count(seller) == 1


def test_a_filter_that_now_matches_other_orders_still_names_the_same_job(
    seller: Account,
) -> None:
    new_orders(seller, 3)
    first = submit_matching(seller.organization_id, OrderFilter(), keyed(seller))
    new_orders(seller, 2, prefix="B")

    again = submit_matching(seller.organization_id, OrderFilter(), keyed(seller))

    assert (first.is_new, again.is_new) == (True, False)
    assert again.job_id == first.job_id


def test_a_request_that_was_refused_leaves_its_key_free(seller: Account) -> None:
    with pytest.raises(InvalidRequest, match="No order"):
        submit_matching(seller.organization_id, OrderFilter(), keyed(seller))
    new_orders(seller, 1)

    assert submit_matching(seller.organization_id, OrderFilter(), keyed(seller)).is_new


def test_without_a_key_each_request_is_a_job_of_its_own(seller: Account) -> None:
    order_ids = new_orders(seller, 2)
    submission = Submission(seller.user_id)

    submit = partial(submit_orders, seller.organization_id, order_ids, submission)
    outcomes = at_once([submit] * 3)

    assert all(isinstance(out, Submitted) and out.is_new for out in outcomes)
    assert job_count(seller) == 3


def test_each_organisation_has_its_own_keys(seller: Account) -> None:
    other = new_account("beta")
    first = submit_orders(seller.organization_id, new_orders(seller, 1), keyed(seller))
    second = submit_orders(other.organization_id, new_orders(other, 1), keyed(other))

    assert (first.is_new, second.is_new) == (True, True)
    assert first.job_id != second.job_id


def test_an_error_unrelated_to_the_key_is_raised(
    seller: Account,
) -> None:
    order_ids = new_orders(seller, 1)
    with org_transaction(seller.organization_id) as session:
        missing = (session.scalar(text("SELECT max(id) FROM users")) or 0) + 1

    with pytest.raises(Exception, match="foreign key"):
        submit_orders(
            seller.organization_id, order_ids, Submission(missing, idempotency_key="monday")
        )

    assert job_count(seller) == 0
