"""The names of mappings as parts of a path."""

from __future__ import annotations

from werkzeug.routing import BaseConverter

from models.errors import InvalidRequest
from models.invoicing.finding import Finding
from web.requests.fields import INVALID_NAME
from web.requests.mappings import NAME_RULE, is_mapping_name


class MappingName(BaseConverter):
    """Any part of a path but an action: `checked_name` refuses what no mapping is called."""

    regex = "(?!guess$)[^/]+"


def checked_name(name: str) -> str:
    """The name, if a mapping can have it; raises `InvalidRequest`."""
    if not is_mapping_name(name):
        raise InvalidRequest.of(Finding(INVALID_NAME, NAME_RULE, "name", "Choose another name."))
    return name
