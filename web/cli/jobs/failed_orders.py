"""The failed orders of a batch job on the terminal: all of them, or the first of each reason."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from uuid import UUID

from models.jobs.failed_orders import FailedOrder, FailureReason
from models.jobs.outcome_elsewhere import CLOSED_BEFORE
from web.cli.terminal import say, say_json_list
from web.formatting import since_words

HEADING = f"{'order':<16}  {'customer':<12}  {'reason':<32}  message, and what to do"


def print_failed_orders(failures: Iterable[FailedOrder], *, as_json: bool) -> None:
    """Prints each order as it is read; JSON has the shape of the API's lists."""
    if not as_json:
        say(HEADING)
        for failed in failures:
            say(
                f"{failed.order_number:<16}  {failed.customer_number:<12}  {failed.code:<32}  "
                f"{_message(failed)}"
            )
        return
    say_json_list(asdict(failed) for failed in failures)


def _message(failed: FailedOrder) -> str:
    if failed.elsewhere and failed.code not in CLOSED_BEFORE:
        number = f" as {failed.invoice_number}" if failed.invoice_number else ""
        return f"{failed.elsewhere.capitalize()} since{number}. It failed here: {failed.message}"
    return f"{failed.message} {failed.remedy}"


def print_reasons(job_id: UUID, reasons: Sequence[FailureReason]) -> None:
    """Prints why orders failed, the most frequent reason first, each with its first orders."""
    for reason in reasons:
        failure = reason.group
        hidden = failure.count - len(reason.first_orders)
        more = f" and {hidden:,} more" if hidden > 0 else ""
        named = ", ".join(reason.first_orders)
        say(f"{failure.count:>8,} failed: {failure.code}: {named}{more}")
        if since := since_words(failure.closed_since):
            say(f"{'':>8} of these {since}")
        if failure.open:
            say(f"{'':>8} {failure.order_number}: {failure.message} {failure.remedy}")
    if reasons:
        say(f"All of them: billmill jobs failures {job_id}")
