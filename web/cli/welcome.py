"""What a person reads when Billmill is ready: the address, a login, ways to look inside."""

import json
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from sqlalchemy import select

from models.database import owner_transaction
from models.organization import Organization
from web.embedded.errors import ServiceError
from web.embedded.keys import write_private
from web.embedded.postgres_place import find_psql
from web.embedded.redis import find_program
from web.embedded.run_file import Running

NO_ACCOUNT = "no account yet: see billmill org add --help and billmill user add --help"


@dataclass(frozen=True, slots=True)
class Login:
    """With what to log in to the demo organisation."""

    email: str
    password: str
    slug: str


def demo_login(data_dir: Path, *, with_demo: bool) -> Login | None:
    """The demo's login, kept in the data directory.

    Makes the demo organisation where the database holds no organisation yet. None without a
    demo, or where it was made from another data directory.
    """
    kept = data_dir / "demo.json"
    if kept.exists():
        return Login(**json.loads(kept.read_text()))
    if not with_demo or _has_organization():
        return None
    from web.cli.demo import load_demo  # at first start only

    made = load_demo()
    login = Login(made.email, made.password, made.slug)
    write_private(kept, json.dumps(asdict(login)))
    return login


def print_welcome(running: Running, login: Login | None) -> None:
    """Print the address line, and what to type to get at everything."""
    click.echo(f"Billmill is ready at {running.url}")
    if login is not None:
        click.echo(f"  Log in    {login.email}  password {login.password}")
    elif not _has_organization():
        click.echo(f"  Log in    {NO_ACCOUNT}")
    click.echo(f"  Redis     {redis_cli_line(running.redis_url)}")
    click.echo(f"  Database  {psql_line(running.migration_database_url)}")
    click.echo("  Stop      Ctrl-C")


def redis_cli_line(redis_url: str) -> str:
    """What opens a Redis prompt."""
    try:
        program = str(find_program("cli"))
    except ServiceError:
        program = "redis-cli"
    return shlex.join([program, "--no-auth-warning", "-u", redis_url])


def psql_line(database_url: str) -> str:
    """What opens a SQL prompt; as the owner, who sees the rows of every organisation."""
    return shlex.join([find_psql(), database_url])


def _has_organization() -> bool:
    with owner_transaction() as session:
        return session.scalar(select(Organization.id).limit(1)) is not None
