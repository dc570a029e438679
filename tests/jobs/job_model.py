"""A model of a job in plain Python: its status, its items' states, and the rules."""

from collections.abc import Sequence

from models.jobs.cancel_and_retry import Selection
from models.jobs.claims import MAX_ATTEMPTS
from models.jobs.status import JobStatus


class JobModel:
    """One job: for each order the item's state, its attempts, and why it failed."""

    def __init__(self, order_ids: Sequence[int], flawed: set[int]) -> None:
        self.flawed = flawed
        self.status = JobStatus.PENDING
        self.items = dict.fromkeys(order_ids, "pending")
        self.attempts = dict.fromkeys(order_ids, 0)
        self.codes: dict[int, str] = {}

    def claim(self, order_id: int) -> bool:
        """A message is received; returns whether there is work to do."""
        if self.status == JobStatus.PENDING:
            self.status = JobStatus.PROCESSING
        if self.status != JobStatus.PROCESSING or self.items[order_id] != "pending":
            return False
        self.attempts[order_id] += 1
        return True

    def deliver(self, order_id: int) -> None:
        """A message is processed."""
        if not self.claim(order_id):
            return
        if self.attempts[order_id] > MAX_ATTEMPTS:
            self.items[order_id], self.codes[order_id] = "failed", "gave_up_after_retries"
        elif order_id in self.flawed:
            self.items[order_id], self.codes[order_id] = "failed", "quantity_not_positive"
        else:
            self.items[order_id] = "succeeded"
        if "pending" not in self.items.values():
            any_invoice = "succeeded" in self.items.values()
            self.status = JobStatus.COMPLETED if any_invoice else JobStatus.FAILED

    def cancel_rest(self) -> None:
        """Open orders end without an invoice."""
        for order_id, item in self.items.items():
            if item == "pending":
                self.items[order_id] = "cancelled"

    def failed(self) -> list[int]:
        """The orders that can be retried."""
        return [order_id for order_id, item in self.items.items() if item == "failed"]

    def chosen_by(self, selection: Selection) -> set[int]:
        """The failed orders that a retry without a limit would take."""
        return {
            order_id
            for order_id in self.failed()
            if selection.error_code in (None, self.codes[order_id])
            and order_id in (selection.order_ids or self.items)
        }

    def retry(self, order_ids: set[int]) -> None:
        """These orders start again, and the job goes on."""
        for order_id in order_ids:
            self.items[order_id], self.attempts[order_id] = "pending", 0
            del self.codes[order_id]
        self.status = JobStatus.PROCESSING
