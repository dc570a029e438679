"""What `dramatiq actors.import_worker` loads: the broker and the actor of the queue of imports."""

from __future__ import annotations

from actors.broker import broker
from actors.import_orders import import_slice
from actors.import_progress import FlushImportProgress

__all__ = ["broker", "import_slice"]

broker.add_middleware(FlushImportProgress())
