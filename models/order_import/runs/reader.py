"""Reads a run's file batch by batch, from any point of the import.

Reading depends only on the file, the run's settings, and how earlier batches were stored. So a
worker that takes a run up reads the file again from its beginning, and takes from the database how
the committed batches were stored: it arrives at exactly the state that the earlier worker had.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any, Final

from sqlalchemy import select

from models.database import org_transaction
from models.order_import.csv_file.order import FileOrder
from models.order_import.csv_file.seen_orders import Outcome, ScatteredOrder
from models.order_import.errors import RowError
from models.order_import.importer import Tally
from models.order_import.mapping.standard_values import do_nothing
from models.order_import.orders_file import OrdersFile
from models.order_import.runs.file_store import CHUNK_BYTES, open_file
from models.order_import.runs.settings import RunSettings
from models.tables.import_run import ImportBatch, ImportRun

_BATCHES_AT_ONCE: Final = 100
_LOOK_SECONDS: Final = 1.0


class FileReadDifferently(Exception):
    """The file is read differently from when its committed batches were stored."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read between two commits; `rejected` are numbers of orders not among `orders`."""

    orders: Sequence[FileOrder]
    scattered: Sequence[ScatteredOrder]
    findings: Sequence[RowError]
    rejected: Sequence[str]

    @property
    def orders_hash(self) -> bytes:
        """The hash of the batch's orders with all that they hold."""
        digest = hashlib.blake2b(digest_size=8)
        for order in self.orders:
            digest.update(repr((order.number, order.head, order.lines)).encode(errors="replace"))
        return digest.digest()


class RunReader:
    """A run's file while one process reads it; not for several threads at once.

    `batches` are behind it. `batch` is the next one, which stays in hand until `committed`.
    `on_look` is called about each second while the whole file is looked through; what it raises
    ends the reading.
    """

    def __init__(self, run: ImportRun) -> None:
        self.organization_id = run.organization_id
        self.run_id: uuid.UUID = run.id
        self.tally = Tally()
        self.batches = 0
        self.is_broken = False
        self.on_look: Callable[[], None] = do_nothing
        self._looked_at = 0.0
        settings = RunSettings.of(run.settings)
        self._raw = open_file(run.organization_id, run.id, run.size_bytes)
        self.file = OrdersFile(
            io.BufferedReader(self._raw, CHUNK_BYTES),
            settings.defaults,
            encoding=run.options["encoding"],
            sheet=run.options["sheet"],
            reading=settings.reading,
            on_look=self._look,
        )
        self._unread = self.file.batches()
        self._batch: Batch | None = None
        self._stored: dict[int, ImportBatch] = {}

    @property
    def dialect(self) -> dict[str, Any] | None:
        """How the file is written, once it is opened."""
        return None if self.file.table is None else asdict(self.file.table.dialect)

    @property
    def bytes_read(self) -> int:
        """How far the file has been read since it was looked through."""
        return self._raw.tell()

    def batch(self) -> Batch | None:
        """The next batch; None at the end of the file. Raises what reading the file raises."""
        if self._batch is None:
            self.is_broken = True  # until reading has succeeded: a generator that raised is lost
            orders = next(self._unread, None)
            self.is_broken = False
            if orders is not None:
                findings = self.file.errors.take_new()
                scattered, rejected = self.file.take_scattered(), self.file.take_rejected()
                self._batch = Batch(orders, scattered, findings, rejected)
        return self._batch

    def _look(self) -> None:
        if monotonic() - self._looked_at >= _LOOK_SECONDS:
            self.on_look()
            self._looked_at = monotonic()

    def committed(self) -> None:
        """The batch in hand is stored; the next one comes."""
        self.file.errors.take_new()
        self.batches += 1
        self._batch = None

    def catch_up(self, run: ImportRun) -> bool:
        """Reads one batch that the run has committed already; False if there is none.

        Raises `FileReadDifferently`.
        """
        if self.batches >= run.batches:
            return False
        batch, stored = self.batch(), self._stored_batch(self.batches + 1)
        same = (
            batch is not None
            and batch.orders_hash == stored.orders_hash
            and len(batch.orders) == len(stored.outcomes)
        )
        if not same or batch is None:
            raise FileReadDifferently
        for order, outcome in zip(batch.orders, stored.outcomes, strict=True):
            self.file.seen.record(order.number, order.first_row, Outcome(outcome))
        self.file.errors.count = stored.error_count
        self.file.rejected = stored.orders_rejected
        self.committed()
        return True

    def _stored_batch(self, number: int) -> ImportBatch:
        if number not in self._stored:
            with org_transaction(self.organization_id) as session:
                found = session.scalars(
                    select(ImportBatch)
                    .where(ImportBatch.run_id == self.run_id, ImportBatch.batch >= number)
                    .order_by(ImportBatch.batch)
                    .limit(_BATCHES_AT_ONCE)
                )
                self._stored = {batch.batch: batch for batch in found}
        if number not in self._stored:  # the run has ended meanwhile
            raise FileReadDifferently
        return self._stored[number]
