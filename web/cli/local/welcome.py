"""What `billmill up` prints when it is ready: the address, how to sign in, how to look inside."""

import shlex

from models.accounts.organizations import list_organizations
from models.database import owner_transaction
from web.cli.demo import SLUG, DemoAccess, load_demo
from web.cli.terminal import say
from web.embedded.errors import ServiceError
from web.embedded.postgres.program import find_psql
from web.embedded.redis import find_program
from web.embedded.run_file import Running

NO_ACCOUNT = "no account yet: see billmill org add --help and billmill user add --help"


def demo_access(*, with_demo: bool) -> DemoAccess | None:
    """How to sign in to the demo organisation; None if there is none.

    Makes it if the database has no organisation, and completes it if that was interrupted.
    """
    slugs = _slugs()
    if SLUG in slugs or (with_demo and not slugs):
        return load_demo()
    return None


def print_welcome(running: Running, access: DemoAccess | None) -> None:
    """Prints the address and the commands that open everything, in one write."""
    lines = [f"Billmill is ready at {running.url}"]
    if access is not None:
        lines.append(f"  Log in    {access.email}  password {access.password}")
    elif not _slugs():
        lines.append(f"  Log in    {NO_ACCOUNT}")
    lines.append(f"  Redis     {redis_cli_line(running.redis_url)}")
    lines.append(f"  Database  {psql_line(running.migration_database_url)}")
    lines.append("  Stop      Ctrl-C")
    say(*lines)


def redis_cli_line(redis_url: str) -> str:
    """The command that opens a Redis prompt."""
    try:
        program = str(find_program("cli"))
    except ServiceError:
        program = "redis-cli"
    return shlex.join([program, "--no-auth-warning", "-u", redis_url])


def psql_line(database_url: str) -> str:
    """The command that opens a SQL prompt, as the owner, who sees all organisations' rows."""
    return shlex.join([find_psql(), database_url])


def _slugs() -> list[str]:
    with owner_transaction() as session:
        return [organization.slug for organization in list_organizations(session)]
