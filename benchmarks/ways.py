"""The designs that Billmill is compared with: what runs each, and what sends its messages."""

from benchmarks.running import procfile_line

OBVIOUS_COMMANDS = {
    "actor": "exec dramatiq benchmarks.obvious_actor --queues obvious --processes 2 --threads 8",
    "celery": "exec celery --app benchmarks.celery_app worker --pool prefork --concurrency 2",
}
OBVIOUS_MODULES = {"actor": "benchmarks.obvious_actor", "celery": "benchmarks.celery_app"}
NOOP_MODULE = "benchmarks.noop"
QUEUE = "noop"


def noop_worker() -> str:
    """The Procfile's worker line, unchanged except for module and queue."""
    line = procfile_line("worker")
    for own, other in (
        (" actors.worker ", f" {NOOP_MODULE} "),
        ("--queues invoices", f"--queues {QUEUE}"),
    ):
        if own not in line:
            raise ValueError(f"{own!r} is not in the Procfile's worker line: {line}")
        line = line.replace(own, other)
    return line
