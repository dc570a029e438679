"""Large XML, element by element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO, Final
from xml.parsers import expat

CHUNK_BYTES: Final = 256 * 1024

Attributes = Mapping[str, str]
Handlers = Mapping[str, Callable[[Attributes], None]]


class DamagedXml(Exception):
    """The XML is not well-formed."""


def named(*namespaces: str, **handlers: Callable[[Attributes], None]) -> Handlers:
    """The handlers of elements by their names in any of the namespaces (`_` stands for `-`)."""
    return {
        f"{namespace} {name.replace('_', '-')}": handler
        for namespace in namespaces
        for name, handler in handlers.items()
    }


def walk(file: IO[bytes], starts: Handlers, *, text: Callable[[str], None] | None = None) -> None:
    """Calls the handler of each element that begins, with its attributes, and `text` with text.

    Names of elements and attributes are `namespace name`. Entities of the file's own are refused.
    Raises `DamagedXml`.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    known = starts.get

    def start(name: str, attributes: dict[str, str]) -> None:
        if (handler := known(name)) is not None:
            handler(attributes)

    def refuse_entity(*_declaration: object) -> None:
        raise DamagedXml

    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse_entity
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        while chunk := file.read(CHUNK_BYTES):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise DamagedXml from error
