"""`billmill jobs show`: a job with its reconciliation."""

from collections.abc import Iterator
from uuid import UUID

from models.database import org_transaction
from models.jobs.failed_orders import failure_reasons
from models.jobs.reconciliation import Outcome, Reconciliation, reconciliation_of
from models.jobs.search import find_job
from web.api.schemas.reconciliation import ReconciliationShape
from web.cli.jobs.failed_orders import print_reasons
from web.cli.jobs.report import facts_of, heading, job_shape, line_of
from web.cli.terminal import say, say_json, styled


def print_with_reconciliation(organization_id: int, job_id: UUID, *, as_json: bool) -> bool:
    """Prints the job; returns whether its counters, items and invoices agree.

    JSON is the job as the API answers it, with its `reconciliation`.
    """
    with org_transaction(organization_id, one_moment=True) as session:
        stored = find_job(session, job_id)
        found = reconciliation_of(session, stored.job)
        reasons = () if as_json else failure_reasons(session, job_id)
    job = job_shape(stored)
    if as_json:
        reconciliation = ReconciliationShape.of(found).model_dump(mode="json")
        document = job.model_dump(mode="json") | {"reconciliation": reconciliation}
        say_json(document)
    else:
        say(heading(), line_of(job), *facts_of(job), *_lines(found))
        print_reasons(job_id, reasons)
    return found.agrees


def _lines(found: Reconciliation) -> Iterator[str]:
    if found.seconds is not None:
        yield f"{'took:':<14}{found.seconds:.1f} s"
    yield ""
    yield f"{'':<12}{'orders':>9}  {'cur':<3} {'net':>18} {'tax':>16} {'gross':>18}"
    for name, outcome in found.outcomes.items():
        yield from _outcome(name, outcome)
    yield "-" * 80
    yield from _outcome("asked for", found.asked_for)
    if found.invoiced_elsewhere.count:
        yield "\nOf what the job did not invoice:"
        yield from _outcome("elsewhere", found.invoiced_elsewhere)
        yield from _outcome("no invoice", found.without_invoice)
    yield ""
    for numbers in found.numbers:
        own = numbers.own
        whole = "no hole" if numbers.without_holes else "THERE IS A HOLE"
        yield f"Numbers {own.first} to {own.last} ({own.count:,}); {whole} in all {own.year}"
    yield (
        f"{found.duplicate_deliveries:,} duplicate deliveries changed nothing, "
        f"{found.retries:,} repeated attempts, {found.retried_orders:,} orders retried by people"
    )
    if found.agrees:
        yield "Counters, items and invoices agree."
    for difference in found.differences:
        yield styled(f"DIFFERENCE: {difference}", fg="red", bold=True)


def _outcome(name: str, outcome: Outcome) -> Iterator[str]:
    yield f"{name:<12}{outcome.count:>9,}"
    for total in (exact.rounded() for exact in outcome.money):
        net, tax, gross = (f"{amount:,}" for amount in (total.net, total.tax, total.gross))
        yield f"{'':<12}{total.count:>9,}  {total.currency:<3} {net:>18} {tax:>16} {gross:>18}"
    if outcome.unknown:
        yield f"{'':<12}{outcome.unknown:>9,}  amounts unknown"
