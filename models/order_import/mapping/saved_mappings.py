"""An organisation's saved mappings, and what is known of a file before it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.accounts.audit import Author, record_act
from models.database import org_transaction
from models.errors import InvalidRequest, NotFound
from models.invoicing.finding import Finding
from models.order_import.mapping.choosing import NOTHING_FILLED, Filling, Reading, SavedMapping
from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.mapping import Mapping, mapping_of
from models.order_import.mapping.presets import find_preset
from models.order_import.mapping.presets.preset import Preset
from models.tables.import_mapping import ImportMapping

MAX_MAPPINGS: Final = 200
NAME_TAKEN: Final = "name_of_a_preset"
UNKNOWN_MAPPING: Final = "unknown_mapping"
TOO_MANY: Final = "too_many_mappings"
NAME_IN_USE: Final = "name_in_use"


def list_mappings(session: Session) -> Sequence[ImportMapping]:
    """The organisation's mappings by name."""
    return session.scalars(select(ImportMapping).order_by(ImportMapping.name)).all()


def find_mapping(session: Session, name: str) -> ImportMapping:
    """The mapping of that name; raises `NotFound`."""
    found = session.scalars(select(ImportMapping).where(ImportMapping.name == name)).one_or_none()
    if found is None:
        raise NotFound(f"There is no mapping “{name}”.")
    return found


def save_mapping(
    session: Session, organization_id: int, saved: SavedMapping, author: Author
) -> ImportMapping:
    """Stores the mapping, in place of an older one of that name; raises `InvalidRequest`."""
    _refuse_a_preset_s(saved.name)
    names = select(ImportMapping.name).where(ImportMapping.name != saved.name)
    if len(session.scalars(names).all()) >= MAX_MAPPINGS:
        message = f"There are {MAX_MAPPINGS} mappings already."
        raise InvalidRequest.of(Finding(TOO_MANY, message, "name", "Delete one that is not used."))
    values: dict[str, Any] = {"fingerprint": saved.fingerprint, "mapping": saved.mapping.as_dict()}
    session.execute(
        insert(ImportMapping)
        .values(organization_id=organization_id, name=saved.name, **values)
        .on_conflict_do_update(
            index_elements=["organization_id", "name"],
            set_={**values, "changed_at": func.now()},
        )
    )
    record_act(session, organization_id, author, "import_mapping.saved", name=saved.name, **values)
    return find_mapping(session, saved.name)


def rename_mapping(
    session: Session, organization_id: int, name: str, new_name: str, author: Author
) -> ImportMapping:
    """Gives the mapping another name; raises `NotFound`, and `InvalidRequest` for a name in use."""
    old = find_mapping(session, name)
    if new_name == name:
        return old
    _refuse_a_preset_s(new_name)
    taken = select(ImportMapping.name).where(ImportMapping.name == new_name)
    if session.scalars(taken).one_or_none() is not None:
        message = f"Another mapping is called “{new_name}”."
        remedy = "Choose another name, or delete that mapping first."
        raise InvalidRequest.of(Finding(NAME_IN_USE, message, "name", remedy))
    # The name is the key, which the application does not change in place.
    kept = ("fingerprint", "mapping", "created_at", "changed_at")
    values = {column: getattr(old, column) for column in kept}
    session.execute(
        insert(ImportMapping).values(organization_id=organization_id, name=new_name, **values)
    )
    session.execute(delete(ImportMapping).where(ImportMapping.name == name))
    record_act(
        session, organization_id, author, "import_mapping.renamed", name=new_name, before=name
    )
    return find_mapping(session, new_name)


def _refuse_a_preset_s(name: str) -> None:
    if find_preset(name) is not None:
        message = f"“{name}” is the name of a preset."
        raise InvalidRequest.of(Finding(NAME_TAKEN, message, "name", "Choose another name."))


def delete_mapping(session: Session, organization_id: int, name: str, author: Author) -> None:
    """Forgets the mapping; imports that began with it go on. Raises `NotFound`."""
    find_mapping(session, name)
    session.execute(delete(ImportMapping).where(ImportMapping.name == name))
    record_act(session, organization_id, author, "import_mapping.deleted", name=name)


def reading_for(
    organization_id: int,
    name: str | None,
    conventions: Conventions,
    filling: Filling = NOTHING_FILLED,
) -> Reading:
    """What is known of a file for which the user names a mapping or none.

    Raises `InvalidRequest` for a mapping that does not exist. Of mappings for the same header the
    one that was changed last comes first.
    """
    preset = find_preset(name) if name else None
    if preset is not None:
        return Reading(chosen=preset, conventions=conventions, filling=filling)
    with org_transaction(organization_id) as session:
        if name:
            try:
                chosen = _saved(find_mapping(session, name))
            except NotFound as error:
                remedy = "Name a saved mapping or a preset."
                raise InvalidRequest.of(
                    Finding(UNKNOWN_MAPPING, str(error), "mapping", remedy)
                ) from error
            return Reading(chosen=chosen, conventions=conventions, filling=filling)
        newest = select(ImportMapping).order_by(ImportMapping.changed_at.desc(), ImportMapping.name)
        saved = tuple(map(_saved, session.scalars(newest)))
    return Reading(saved, conventions=conventions, filling=filling)


def stored_reading(reading: Reading) -> dict[str, Any]:
    """The reading in JSON, for an import that is worked on later."""
    chosen = reading.chosen
    return {
        "saved": list(map(_stored, reading.saved)),
        "preset": chosen.name if isinstance(chosen, Preset) else None,
        "chosen": _stored(chosen) if isinstance(chosen, SavedMapping) else None,
        "decimal": reading.conventions.decimal,
        "dates": reading.conventions.dates,
        "filling": asdict(reading.filling),
    }


def reading_of(stored: dict[str, Any]) -> Reading:
    """The reading that `stored_reading` wrote."""
    chosen: SavedMapping | Preset | None = None
    if stored["preset"] is not None:
        chosen = find_preset(stored["preset"])
    elif stored["chosen"] is not None:
        chosen = _restored(stored["chosen"])
    return Reading(
        tuple(map(_restored, stored["saved"])),
        chosen,
        Conventions(stored["decimal"], stored["dates"]),
        Filling(**stored.get("filling", {})),
    )


def _saved(row: ImportMapping) -> SavedMapping:
    return SavedMapping(row.name, row.fingerprint, mapping_of(row.mapping))


def _stored(saved: SavedMapping) -> dict[str, Any]:
    mapping: Mapping = saved.mapping
    return {"name": saved.name, "fingerprint": saved.fingerprint, "mapping": mapping.as_dict()}


def _restored(stored: dict[str, Any]) -> SavedMapping:
    return SavedMapping(stored["name"], stored["fingerprint"], mapping_of(stored["mapping"]))
