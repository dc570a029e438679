"""The schemas of all models that the operations read and answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from web.api.openapi.operations import Described, Json
from web.api.schemas.base import Problem, Shape

_REFERENCE = "#/components/schemas/{model}"


class Schemas:
    """The schema of each model, by a unique name."""

    def __init__(self, operations: Iterable[Described]) -> None:
        models = dict.fromkeys(_models(operations))
        found, shared = models_json_schema(
            [(model, "serialization" if issubclass(model, Shape) else "validation")
             for model in models],
            ref_template=_REFERENCE,
        )  # fmt: skip
        self.definitions: Json = shared.get("$defs", {})
        self._by_model = {model: schema for (model, _), schema in found.items()}

    def reference(self, model: type[BaseModel]) -> Json:
        """A reference to the model's schema."""
        return self._by_model[model]

    def definition(self, model: type[BaseModel]) -> Json:
        """The model's schema itself."""
        name = self._by_model[model]["$ref"].rpartition("/")[2]
        definition: Json = self.definitions[name]
        return definition


def _models(operations: Iterable[Described]) -> Iterator[type[BaseModel]]:
    yield Problem
    for described in operations:
        operation = described.operation
        yield from filter(None, (operation.answer, operation.body, operation.query))
