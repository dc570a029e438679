"""Submitting a file: stores the run and the file in one transaction."""

from __future__ import annotations

import json
import unicodedata
import uuid
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, Author
from models.database import org_transaction
from models.errors import InvalidRequest
from models.invoicing.finding import Finding
from models.jobs.idempotency import KEY_REUSED
from models.order_import.importer import defaults_of
from models.order_import.mapping.choosing import Filling
from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.dates import DateOrder
from models.order_import.mapping.numbers import DecimalMark
from models.order_import.mapping.saved_mappings import reading_for
from models.order_import.runs.commits import lease
from models.order_import.runs.file_store import StoredFile, hash_file, store_file
from models.order_import.runs.settings import first_settings
from models.order_import.table_file.text_lines import Readable
from models.tables.import_run import ImportRun
from models.time_ordered_id import time_ordered_id

MAX_FILE_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Options:
    """How to read the file: `encoding` and `sheet` if they cannot be found by looking, the name of
    a saved `mapping` or preset, the mark before its decimals, the order in its dates, `constants`
    for the columns that it leaves empty, and the tax category of its rows with 0 %.

    `allow_customer_changes` lets an order that comes again name another customer;
    `allow_undone_mends` lets it bring back the old value of what a person has mended.
    """

    encoding: str | None = None
    sheet: str | None = None
    mapping: str | None = None
    allow_customer_changes: bool = False
    allow_undone_mends: bool = False
    decimal: DecimalMark | None = None
    dates: DateOrder | None = None
    constants: dict[str, str] = field(default_factory=dict)
    zero_rate: str = ""

    @property
    def reading(self) -> tuple[str | None, Conventions, Filling]:
        """What `reading_for` takes of them."""
        conventions = Conventions(self.decimal, self.dates)
        return self.mapping, conventions, Filling(self.constants, self.zero_rate)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, who sends it, and how to read it.

    The same `idempotency_key` with the same file always names the same run. With `worked_here` the
    caller works on the run itself, and the sweep leaves it alone meanwhile.
    """

    stream: Readable
    file_name: str = ""
    options: Options = field(default_factory=Options)
    author: Author = OPERATOR
    idempotency_key: str | None = None
    worked_here: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """The run of a request; not new when its idempotency key was known."""

    run_id: uuid.UUID
    is_new: bool


def submit_file(organization_id: int, upload: Upload) -> Submitted:
    """Stores a run with its file, read from the stream to its end, part by part.

    Raises `InvalidRequest` (idempotency_key_reused, unknown_mapping), `NotFound` for an unknown
    organisation, and what the stream raises; nothing is stored then.
    """
    reading = reading_for(organization_id, *upload.options.reading)
    settings = first_settings(defaults_of(organization_id), reading)
    try:
        return _store(organization_id, upload, settings)
    except IntegrityError:
        # The key was stored a moment ago; nothing was read from the stream yet.
        if upload.idempotency_key is None:
            raise
        return _store(organization_id, upload, settings)


def _store(organization_id: int, upload: Upload, settings: dict[str, Any]) -> Submitted:
    run_id = time_ordered_id()
    with org_transaction(organization_id) as session:
        known = _known_run(session, upload.idempotency_key)
        if known is not None:
            _refuse_another_file(known, upload)
            return Submitted(known.id, is_new=False)
        _insert_run(session, organization_id, run_id, upload, settings)
        stored = store_file(session, organization_id, run_id, upload.stream)
        # The size and the hash are known once the file has been read.
        known_now: dict[str, Any] = {"size_bytes": stored.size_bytes, "sha256": stored.sha256}
        if upload.idempotency_key is not None:
            known_now["request_hash"] = _request_hash(stored, upload.options)
        session.execute(update(ImportRun).where(ImportRun.id == run_id).values(known_now))
    return Submitted(run_id, is_new=True)


def _insert_run(
    session: Session,
    organization_id: int,
    run_id: uuid.UUID,
    upload: Upload,
    settings: dict[str, Any],
) -> None:
    keyed = upload.idempotency_key is not None
    session.execute(
        insert(ImportRun).values(
            id=run_id,
            organization_id=organization_id,
            file_name=printable_name(upload.file_name),
            size_bytes=0,
            sha256="",
            options=asdict(upload.options),
            settings=settings,
            lease_until=lease() if upload.worked_here else None,
            idempotency_key=upload.idempotency_key,
            request_hash="" if keyed else None,
            created_by=upload.author.user_id,
            api_token_id=upload.author.token_id,
            source_address=upload.author.source_address,
        )
    )


def printable_name(name: str) -> str:
    """The end of a file's name, without control characters and marks of writing direction: it
    stands on pages and in the headers of downloads."""
    name = name.encode(errors="replace").decode()
    return "".join(each for each in name if unicodedata.category(each)[0] != "C")[-MAX_FILE_NAME:]


def _known_run(session: Session, key: str | None) -> ImportRun | None:
    if key is None:
        return None
    return session.scalars(select(ImportRun).where(ImportRun.idempotency_key == key)).one_or_none()


def _refuse_another_file(known: ImportRun, upload: Upload) -> None:
    if _request_hash(hash_file(upload.stream), upload.options) != known.request_hash:
        message = "This idempotency key was used before, with another request."
        remedy = "Use a new key for each new request."
        raise InvalidRequest.of(Finding(KEY_REUSED, message, "Idempotency-Key", remedy))


def _request_hash(file: StoredFile, options: Options) -> str:
    given = asdict(options)
    for name in ("constants", "zero_rate"):  # a key from before there were these stays valid
        if not given[name]:
            del given[name]
    request = {"file": file.sha256, **given}
    return sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
