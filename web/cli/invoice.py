"""`billmill invoice`: invoice orders in bulk."""

from collections.abc import Sequence
from uuid import UUID

import click

from models.accounts.organizations import organization_id_of
from models.accounts.users import acting_user_id
from models.database import org_transaction
from models.jobs.search import find_job
from models.jobs.status import Priority
from models.jobs.submission import Submission, submit_matching, submit_orders
from models.orders.named_orders import order_ids_of
from models.orders.search import OrderFilter
from web.cli.jobs.commands import watch_to_the_end
from web.cli.jobs.report import job_shape
from web.cli.terminal import say, say_json
from web.formatting import plural


@click.command(
    epilog="""\b
Examples:
  billmill invoice --org acme --all --watch
  billmill invoice --org acme SO-000017 SO-000018"""
)
@click.argument("order_numbers", metavar="[ORDER_NUMBER]...", nargs=-1)
@click.option("--org", "slug", required=True, help="Slug of the organisation.")
@click.option("--all", "everything", is_flag=True, help="All confirmed orders.")
@click.option(
    "--user", "email", help="The user who acts; without it the organisation's first admin."
)
@click.option(
    "--priority",
    type=click.Choice([one.value for one in Priority]),
    default=Priority.NORMAL.value,
    show_default=True,
    help="The job's share of the workers while others run.",
)
@click.option("--watch", is_flag=True, help="Follow the job until it ends.")
@click.option("--json", "as_json", is_flag=True, help="Print the job as JSON.")
def invoice(
    order_numbers: Sequence[str],
    slug: str,
    everything: bool,
    email: str | None,
    priority: str,
    watch: bool,
    as_json: bool,
) -> None:
    """Start a batch job that invoices orders: all confirmed ones, or those of the given numbers.

    With --watch the exit code is 0 only if every order got its invoice.
    """
    if everything == bool(order_numbers):
        raise click.UsageError("Give either order numbers or --all.")
    from actors import dispatch  # needs the settings, which --help does not have

    organization_id = organization_id_of(slug)
    submission = Submission(acting_user_id(organization_id, email), priority, by_operator=True)
    if everything:
        confirmed = OrderFilter(status="confirmed")
        job_id = submit_matching(organization_id, confirmed, submission).job_id
    else:
        order_ids = order_ids_of(organization_id, order_numbers)
        job_id = submit_orders(organization_id, order_ids, submission).job_id
    if not dispatch.start(organization_id, job_id):
        say("Redis does not answer: the job is stored and runs when it is back.", err=True)
    if watch:
        watch_to_the_end(organization_id, job_id, as_json=as_json)
    else:
        _print_started(organization_id, job_id, as_json)


def _print_started(organization_id: int, job_id: UUID, as_json: bool) -> None:
    """Prints only what does not change while the workers run."""
    with org_transaction(organization_id) as session:
        job = job_shape(find_job(session, job_id))
    if as_json:
        say_json(job.model_dump(mode="json"))
    else:
        say(f"Job {job_id} has started with {plural(job.total_items, 'order')}.")
        say(f"Follow it with: billmill jobs watch {job_id}")
