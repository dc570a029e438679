"""The links of an answer: to every operation whose path takes an id that the answer holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from web.api.openapi.operations import Described, Json
from web.api.schemas.base import ListOf, Shape


class Links:
    """The links of all answers; `shared` collects those described so far."""

    def __init__(self, operations: Iterable[Described]) -> None:
        self._targets = [one for one in operations if one.converters]
        self.shared: Json = {}

    def of(self, answer: type[BaseModel] | None) -> Json:
        """The links of an answer, by the `operationId` of their target."""
        given = _ids(answer)
        return {
            target.operation.id: self._link(target, given)
            for target in self._targets
            if target.converters.keys() <= given.keys()
        }

    def _link(self, target: Described, given: Mapping[str, str]) -> Json:
        parameters = {name: given[name] for name in target.converters}
        places = [place.rpartition("#/")[2].replace("/", ".") for place in parameters.values()]
        name = ".".join([target.operation.id, *places])
        self.shared[name] = {
            "operationId": target.operation.id,
            "description": target.operation.summary,
            "parameters": parameters,
        }
        return {"$ref": f"#/components/links/{name}"}


def _ids(answer: type[BaseModel] | None) -> Mapping[str, str]:
    """Where the answer holds each id, by the id's name in paths; for a list, in its first row."""
    if answer is None or not issubclass(answer, Shape):
        return {}
    shape, start = answer, "$response.body#"
    if issubclass(answer, ListOf):
        shape, start = answer.__pydantic_generic_metadata__["args"][0], "$response.body#/items/0"
    return {name: f"{start}/{field}" for name, field in shape.answers_ids.items()}
