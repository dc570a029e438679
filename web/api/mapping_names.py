"""The names that mappings can have, as parts of a path."""

from __future__ import annotations

import re
from typing import Final

from werkzeug.routing import BaseConverter

from models.errors import InvalidRequest
from models.invoicing.finding import Finding
from web.requests.fields import INVALID_NAME

# Letters of any script, digits, and what people put between words; `guess` is an action.
MAPPING_NAME: Final = r"(?!guess$)[\w][\w .()&+-]{0,99}"
_MATCHES: Final = re.compile(MAPPING_NAME).fullmatch


class MappingName(BaseConverter):
    """Any part of a path but an action: `checked_name` refuses what no mapping is called."""

    regex = "(?!guess$)[^/]+"


def checked_name(name: str) -> str:
    """The name, if a mapping can have it; raises `InvalidRequest`."""
    if not _MATCHES(name):
        message = "A mapping's name has 1 to 100 letters, digits, spaces or . ( ) & + - _."
        raise InvalidRequest.of(Finding(INVALID_NAME, message, "name", "Choose another name."))
    return name
