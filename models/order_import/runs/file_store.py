"""The file of a run, in parts in PostgreSQL, where web and workers of any machine find it."""

from __future__ import annotations

import hashlib
import io
import uuid
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.database import org_transaction
from models.order_import.table_file.text_lines import Readable
from models.tables.import_run import ImportFileChunk

CHUNK_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The size in bytes and the SHA-256, in hexadecimal digits, of a stored file."""

    size_bytes: int
    sha256: str


def store_file(
    session: Session, organization_id: int, run_id: uuid.UUID, stream: Readable
) -> StoredFile:
    """Stores what `stream` holds, holding one part in memory at a time; raises what it raises."""
    digest = hashlib.sha256()
    size = seq = 0
    while chunk := _full_chunk(stream):
        row = {"organization_id": organization_id, "run_id": run_id, "seq": seq, "bytes": chunk}
        session.execute(insert(ImportFileChunk), row)
        digest.update(chunk)
        size += len(chunk)
        seq += 1
    return StoredFile(size, digest.hexdigest())


def hash_file(stream: Readable) -> StoredFile:
    """What `store_file` would answer; stores nothing."""
    digest = hashlib.sha256()
    size = 0
    while chunk := _full_chunk(stream):
        digest.update(chunk)
        size += len(chunk)
    return StoredFile(size, digest.hexdigest())


def open_file(organization_id: int, run_id: uuid.UUID, size_bytes: int) -> RunFile:
    """The file of a run, to be read from its beginning or from anywhere."""
    return RunFile(organization_id, run_id, size_bytes)


class RunFile(io.RawIOBase):
    """Reads one part at a time, each in a transaction of its own."""

    def __init__(self, organization_id: int, run_id: uuid.UUID, size_bytes: int) -> None:
        self._organization_id = organization_id
        self._run_id = run_id
        self._size = size_bytes
        self._at = 0
        self._seq = -1
        self._chunk = b""

    def readable(self) -> bool:
        """Always true."""
        return True

    def seekable(self) -> bool:
        """Always true."""
        return True

    def tell(self) -> int:
        """The position, in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Changes the position; see `io.IOBase`."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Reads to the end of the current part at most; see `io.RawIOBase`."""
        if self._at >= self._size:
            return 0
        seq, start = divmod(self._at, CHUNK_BYTES)
        part = self._load(seq)[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _load(self, seq: int) -> bytes:
        if seq != self._seq:
            with org_transaction(self._organization_id) as session:
                self._chunk = session.scalars(
                    select(ImportFileChunk.bytes).where(
                        ImportFileChunk.run_id == self._run_id, ImportFileChunk.seq == seq
                    )
                ).one()
            self._seq = seq
        return self._chunk


def _full_chunk(stream: Readable) -> bytes:
    """The next part, which is full unless it is the last one, however `stream` cuts its bytes."""
    parts = []
    missing = CHUNK_BYTES
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
