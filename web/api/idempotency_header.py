"""The header that identifies a request: repeating the request makes no second job."""

from __future__ import annotations

import re
from typing import Final

from flask import request

from models.errors import InvalidRequest
from models.invoicing.finding import Finding
from models.jobs.idempotency import KEY_REUSED
from web.api.openapi.describing import RequestHeader

_INVALID: Final = "invalid_idempotency_key"

IDEMPOTENCY_KEY: Final = RequestHeader(
    "Idempotency-Key",
    "The same key with the same body names the same job, which is answered with 200.",
    pattern=r"^[!-~]([ -~]{0,253}[!-~])?$",
    example="2f1c7a52-6c0e-4a55-9f0e-6f3d5b8f0c11",
    refusals=(_INVALID, KEY_REUSED),
)
_KEY: Final = re.compile(IDEMPOTENCY_KEY.pattern)


def idempotency_key() -> str | None:
    """The request's `Idempotency-Key`; raises `InvalidRequest` for a malformed one."""
    key = request.headers.get(IDEMPOTENCY_KEY.name)
    if key is None or _KEY.fullmatch(key):
        return key
    message = "The `Idempotency-Key` is empty, too long, or not printable ASCII."
    remedy = "Send 1 to 255 printable ASCII characters, such as a random UUID."
    raise InvalidRequest.of(Finding(_INVALID, message, IDEMPOTENCY_KEY.name, remedy))
