"""The sending side of the obvious ways: store a job, then one message per order in a loop.

It runs in its own process, as the web process does. It prints the job's id when all messages are
sent; the job's time is measured from its row's `created_at`.
"""

import argparse
from collections.abc import Callable

from models.jobs.submission import Submission, submit_orders


def send_job(send: Callable[[int, str, int], object]) -> None:
    """Stores a job of the orders that the command line names, and calls `send` for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("organization_id", type=int)
    parser.add_argument("user_id", type=int)
    parser.add_argument("first_order_id", type=int)
    parser.add_argument("count", type=int)
    asked = parser.parse_args()
    order_ids = range(asked.first_order_id, asked.first_order_id + asked.count)
    submission = Submission(asked.user_id)
    job = submit_orders(asked.organization_id, list(order_ids), submission)
    for order_id in order_ids:
        send(asked.organization_id, str(job.job_id), order_id)
    print(job.job_id)
