"""The services that a command uses if the environment names none."""

from collections.abc import MutableMapping

from web.embedded.keys import load_keys
from web.embedded.run_file import data_dir_of, find_running


def use_running_services(environ: MutableMapping[str, str]) -> None:
    """Adds the addresses of a running `billmill up` to `environ`, if there is one.

    Variables that are set stay. Adds nothing if DATABASE_URL names other services.
    """
    data_dir = data_dir_of(environ)
    running = find_running(data_dir)
    if running is None or environ.get("DATABASE_URL") not in (None, "", running.database_url):
        return
    found = {
        "DATABASE_URL": running.database_url,
        "MIGRATION_DATABASE_URL": running.migration_database_url,
        "REDIS_URL": running.redis_url,
        "SECRET_KEY": load_keys(data_dir).secret_key,
    }
    for name, value in found.items():
        if not environ.get(name):
            environ[name] = value
