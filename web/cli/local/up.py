"""`billmill up`: everything on this machine, until Ctrl-C."""

import os
import signal
from pathlib import Path
from types import FrameType

import click

from web.cli.terminal import say
from web.embedded.run_file import data_dir_of

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command(
    epilog="""\b
Examples:
  billmill up
  billmill up --port 9000 --data-dir /srv/billmill --no-demo"""
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    envvar="PORT",
    help="Where to serve; without it 8000, or the next port that is free.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where data, secrets and run.json are kept; without it BILLMILL_DATA_DIR or .billmill.",
)
@click.option("--no-demo", is_flag=True, help="Start without the demo organisation.")
def up(port: int | None, data_dir: Path | None, no_demo: bool) -> None:
    """Run the pages, the workers, and if needed PostgreSQL and Redis, until Ctrl-C.

    PostgreSQL and Redis are started only where DATABASE_URL and REDIS_URL are unset.
    """
    from web.cli.local.installation import Installation  # imports all of Billmill: not for --help

    interruption = Interruption()
    installation = Installation(
        (data_dir or data_dir_of(os.environ)).absolute(), interruption.check
    )
    interruption.listen()
    try:
        installation.run(port, with_demo=not no_demo)
    except KeyboardInterrupt:
        say("Stopping.")
    finally:
        interruption.ignore()
        installation.stop()


class Interruption:
    """Turns SIGTERM and a closed terminal into a KeyboardInterrupt, as Ctrl-C.

    Python can swallow the exception, for example in a callback of the garbage collector. So long
    loops call `check`, which raises it again.
    """

    def __init__(self) -> None:
        self._arrived = False

    def listen(self) -> None:
        """Handles the signals from now on."""
        for number in STOP_SIGNALS:
            # `nohup` ignores SIGHUP on purpose; a shell ignores SIGINT for its background jobs.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._interrupt)

    def check(self) -> None:
        """Raises KeyboardInterrupt if a signal to stop arrived."""
        if self._arrived:
            raise KeyboardInterrupt

    def ignore(self) -> None:
        """Ignores the signals: stopping takes a bounded time and must be completed."""
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self._arrived:  # a second signal must not interrupt the clean-up
            self._arrived = True
            raise KeyboardInterrupt
