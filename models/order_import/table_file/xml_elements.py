"""Large XML, element by element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO, Final
from xml.parsers import expat

CHUNK_BYTES: Final = 256 * 1024

Attributes = Mapping[str, str]
Handler = Callable[[Attributes], None]


class DamagedXml(Exception):
    """The XML is not well-formed, or a number in it is none."""


class _ByLocalName(dict[str, Handler | None]):
    """Handlers by the names of elements as they are written, with a prefix or without."""

    def __missing__(self, name: str) -> Handler | None:
        handler = self[name] = self.get(name.rpartition(":")[2])
        return handler


def walk(file: IO[bytes], handlers: Mapping[str, Handler]) -> None:
    """Calls the handler of each element that begins, by its name without prefix.

    Entities of the file's own are refused. Raises `DamagedXml`.
    """
    parser = expat.ParserCreate()
    known = _ByLocalName(handlers)

    def start(name: str, attributes: dict[str, str]) -> None:
        if (handler := known[name]) is not None:
            handler(attributes)

    def refuse_entity(*_declaration: object) -> None:
        raise DamagedXml

    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse_entity
    try:
        while chunk := file.read(CHUNK_BYTES):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        raise DamagedXml from error
