"""Mappings of columns, as requests carry them."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from models.order_import.mapping.conventions import Conventions
from models.order_import.mapping.dates import DateOrder
from models.order_import.mapping.mapping import Mapping, ZeroRate
from models.order_import.mapping.numbers import DecimalMark
from models.order_import.mapping.saved_mappings import UNKNOWN_MAPPING
from models.order_import.table_file.table import Record
from web.requests.fields import INVALID_NAME, FileText, Reading, one_given

OurColumn = Literal[
    "order_number", "order_date", "customer_number", "customer_name", "customer_email", "street",
    "city", "postal_code", "country", "vat_id", "currency", "status", "expected_gross",
    "line_number", "sku", "description", "quantity", "unit", "unit_price", "discount_percent",
    "tax_category", "tax_percent", "row_type", "unit_price_gross", "amount", "reason",
]  # fmt: skip
MAX_SOURCES: Final = 5
MAX_LABELS: Final = 1_000
ONE_SOURCE: Final = "import_or_rows"
ONE_CHOICE: Final = "mapping_or_name"
# Letters of any script, digits, and what people put between words, so that a path can name it;
# `guess` is an action.
MAPPING_NAME: Final = r"(?!guess$)[\w][\w .,;:!@='()&+-]{0,99}"
_IS_NAME: Final = re.compile(MAPPING_NAME).fullmatch
NAME_RULE: Final = (
    "A mapping's name has 1 to 100 letters, digits, spaces or . , ; : ! @ = ' ( ) & + - _, begins "
    "with a letter or a digit, and is not “guess”."
)


def is_mapping_name(name: str) -> bool:
    """Whether a mapping can have this name."""
    return _IS_NAME(name) is not None


def _mapping_name(value: Any) -> Any:
    """Accepts what `PUT /api/import-mappings/{name}` can address."""
    if isinstance(value, str) and not is_mapping_name(value):
        remedy = "Choose another name."
        raise PydanticCustomError(INVALID_NAME, NAME_RULE, {"remedy": remedy})
    return value


MappingName = Annotated[
    str,
    BeforeValidator(_mapping_name),
    WithJsonSchema({"type": "string", "pattern": f"^{MAPPING_NAME}$", "description": NAME_RULE}),
]
Sources = Annotated[list[FileText], Field(max_length=MAX_SOURCES)]


class MappingFields(Reading):
    """Which columns of a file, by their names in its header, feed which of ours."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "columns": {"order_number": ["Auftragsnr"], "quantity": ["Menge"]},
                    "constants": {"currency": "EUR"},
                    "decimal": "comma",
                }
            ]
        }
    )
    refusals: ClassVar = (INVALID_NAME,)
    columns: dict[OurColumn, Sources] = Field(
        default_factory=dict, description="Values of several columns are joined with a space."
    )
    constants: dict[OurColumn, FileText] = Field(
        default_factory=dict, description="Values that hold for every row."
    )
    decimal: DecimalMark | None = None
    dates: DateOrder | None = None
    fill_down: bool = Field(
        False, description="Whether an order's further rows may leave its columns empty."
    )

    preset: FileText | None = Field(
        None,
        description="The name of a preset that makes the rows; `constants` fill what it leaves "
        "empty, and `columns` is empty.",
    )
    zero_rate: ZeroRate | None = Field(
        None, description="The tax category of rows with 0 % that have none, or S."
    )

    def mapping(self) -> Mapping:
        """The mapping."""
        return Mapping(
            {name: tuple(sources) for name, sources in self.columns.items() if sources},
            {name: value for name, value in self.constants.items() if value},
            Conventions(self.decimal, self.dates),
            self.fill_down,
            self.preset or "",
            self.zero_rate or "",
        )


class SavedMappingRequest(Reading):
    """A mapping, and the header of the files that are read by it."""

    refusals: ClassVar = (INVALID_NAME,)
    header: list[FileText] = Field(min_length=1, max_length=MAX_LABELS)
    mapping: MappingFields


class RenameMappingRequest(Reading):
    """The new name of a mapping."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Warehouse"}]})
    refusals: ClassVar = (INVALID_NAME,)
    name: MappingName


class GuessRequest(Reading):
    """What to guess a mapping for: an import that waits for one, or the first rows of a table.

    With a `mapping` nothing is guessed: the answer shows the rows that it gives.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                one_given("import_id", "string", "rows"),
                one_given("rows", "array", "import_id"),
            ],
            "examples": [{"rows": [["Auftragsnr", "Menge"], ["A-1", "2"]]}],
        }
    )
    refusals: ClassVar = (INVALID_NAME, ONE_SOURCE)
    import_id: UUID | None = Field(None, strict=False)
    rows: list[list[FileText]] | None = Field(
        None, min_length=1, max_length=201, description="The header first."
    )
    mapping: MappingFields | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.import_id is None) == (self.rows is None):
            raise PydanticCustomError(
                ONE_SOURCE,
                "A mapping is guessed either for `import_id` or for `rows`.",
                {"remedy": "Give exactly one of the two."},
            )
        return self

    def records(self) -> list[Record]:
        """The rows as the records of a table."""
        rows = enumerate(self.rows or [], start=1)
        return [(line, [*row], False) for line, row in rows]


class UseMappingRequest(Reading):
    """How to read the file of an import: by the name of a mapping or preset, or by a mapping.

    With `save_as` the mapping is used again for files with the same header.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                one_given("mapping", "object", "name"),
                {
                    **one_given("name", "string", "mapping"),
                    "properties": {
                        "name": {"type": "string"},
                        "mapping": {"type": "null"},
                        "save_as": {"type": "null"},
                    },
                },
            ],
            "examples": [{"name": "shopify"}],
        }
    )
    refusals: ClassVar = (INVALID_NAME, ONE_CHOICE, UNKNOWN_MAPPING)
    name: FileText | None = None
    mapping: MappingFields | None = None
    save_as: MappingName | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.name is None) == (self.mapping is None) or (
            self.save_as is not None and self.name is not None
        ):
            raise PydanticCustomError(
                ONE_CHOICE,
                "A file is read either by the `name` of a mapping or by a `mapping`.",
                {"remedy": "Give exactly one of the two, and `save_as` only with `mapping`."},
            )
        return self
