"""Mappings of columns, and what is proposed for a file, as the API answers them."""

from __future__ import annotations

from collections.abc import Mapping as Map
from datetime import datetime
from typing import Any, Literal, Self

from models.order_import.mapping.mapping import Mapping, mapping_of
from models.order_import.mapping.presets.preset import Preset
from models.order_import.mapping.proposal import Proposal
from models.tables.import_mapping import ImportMapping
from web.api.schemas.base import Count, Finding, Shape
from web.api.schemas.imports import ImportDialect


class MappingShape(Shape):
    """Which columns of a file feed which of ours; see `MappingFields`."""

    columns: dict[str, list[str]]
    constants: dict[str, str]
    decimal: str | None
    dates: str | None
    fill_down: bool
    preset: str | None
    zero_rate: str | None

    @classmethod
    def of(cls, mapping: Mapping | Map[str, Any]) -> Self:
        """The mapping, also as stored."""
        read = mapping if isinstance(mapping, Mapping) else mapping_of(dict(mapping))
        return cls.model_validate(read.as_dict())


class ImportMappingShape(Shape):
    """A saved mapping, or a preset, which has no `mapping` that could be changed."""

    name: str
    kind: Literal["saved", "preset"]
    title: str
    mapping: MappingShape | None
    created_at: datetime | None
    changed_at: datetime | None

    @classmethod
    def of(cls, saved: ImportMapping) -> Self:
        """A mapping as stored."""
        return cls(
            name=saved.name,
            kind="saved",
            title=saved.name,
            mapping=MappingShape.of(saved.mapping),
            created_at=saved.created_at,
            changed_at=saved.changed_at,
        )

    @classmethod
    def of_preset(cls, preset: Preset) -> Self:
        """A preset."""
        return cls(
            name=preset.name,
            kind="preset",
            title=preset.title,
            mapping=None,
            created_at=None,
            changed_at=None,
        )


class SourceColumnShape(Shape):
    """A column of the file with its first different values."""

    label: str
    values: list[str]


class PreviewRowShape(Shape):
    """A row in our columns, and the line of the file that it stands for."""

    line: Count
    values: dict[str, str]


class ProposalShape(Shape):
    """How a file would be read.

    `kind` says whether its header is ours (`own`), fits the mapping or preset `name`, or is
    `unknown`: then `mapping` is a guess. `problems` must be settled before the import; `notes` are
    what a person may not expect of the mapping.
    """

    kind: Literal["own", "saved", "preset", "unknown"]
    name: str
    dialect: ImportDialect
    columns: list[SourceColumnShape]
    mapping: MappingShape | None
    problems: list[Finding]
    notes: list[Finding]
    rows: list[PreviewRowShape]

    @classmethod
    def of(cls, proposal: Proposal) -> Self:
        """The proposal."""
        fields = {name: getattr(proposal, name) for name in cls.model_fields}
        mapping = proposal.mapping and MappingShape.of(proposal.mapping)
        return cls.model_validate(fields | {"mapping": mapping})
