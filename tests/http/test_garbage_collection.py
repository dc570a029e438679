"""The garbage collector does not scan loaded modules during a request."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow(reason="starts a process")

_STARTED = """
import gc
from types import SimpleNamespace as Of

import web.app
from web.serving import post_worker_init

settings = Of(trusted_proxies=0)
application = Of(extensions={"live_hub": Of(), "settings": settings})
post_worker_init(Of(wsgi=application, cfg=Of(worker_connections=10)))
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_objects_loaded_at_the_start_are_frozen_for_the_garbage_collector() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _STARTED],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    kept, walked = map(int, done.stdout.split())
    assert kept > 10_000
    assert walked < kept / 10
