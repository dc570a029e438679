"""The header `If-Match`, with which a change is refused if somebody else was quicker."""

from __future__ import annotations

from typing import Final

from flask import request

from models.errors import ChangedMeanwhile
from web.api.openapi.describing import RequestHeader

IF_MATCH: Final = RequestHeader(
    "If-Match",
    "The `ETag` of the state that the caller has seen. If it is no longer the present one, the "
    "answer is 412 `changed_meanwhile` with the present state, and nothing is stored. Without it, "
    "or with `*`, the change is made in any case.",
    pattern=r'^(\*|(W/)?"[!#-~]{0,200}")$',
    example='"3"',
    refusals=(ChangedMeanwhile,),
)


def seen_state() -> str | None:
    """The state that the caller has seen; None for any.

    A proxy that compresses an answer marks its tag as weak, so weak tags count as well. What is no
    tag, such as `3` without quotation marks, is returned as "", which is no state.
    """
    given = request.headers.get(IF_MATCH.name)
    if given is None or given.strip() == "*":
        return None
    tag = given.strip().removeprefix("W/")
    is_tag = len(tag) > 1 and tag[0] == tag[-1] == '"'
    return tag[1:-1] if is_tag else ""
