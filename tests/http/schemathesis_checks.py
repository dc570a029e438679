"""What schemathesis does not check by itself; it reads this file (`hooks` in schemathesis.toml)."""

import json
from collections.abc import Callable
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response

Json = Any


def _always(body: Json) -> bool:
    return True


def _never(body: Json) -> bool:
    return False


def _has_whole_float(body: Json) -> bool:
    """Whether a number is written as 5.0."""
    if isinstance(body, dict | list):
        return any(map(_has_whole_float, body.values() if isinstance(body, dict) else body))
    return isinstance(body, float) and body.is_integer()


# Why a request that fits the description may be refused all the same, by code; what no schema can
# say. Anything else would be a fault of the description.
BEYOND_SCHEMAS: dict[str, Callable[[Json], bool]] = {
    "invalid_cursor": _always,  # only a list knows the cursors that it gave out
    "no_orders_match": _always,  # which orders there are
    "unknown_order_ids": _always,  # which orders there are
    "idempotency_key_reused": _always,  # which keys were used
    "invalid_filter": _always,  # `from` after `to`: a schema compares no fields
    "unreadable_file": _always,  # a schema says nothing of the inside of a CSV file
    "not_an_integer": _has_whole_float,  # to a schema 5.0 is an integer, to us it is none
}


@schemathesis.check
def refused_only_for_what_no_schema_says(ctx: CheckContext, response: Response, case: Case) -> None:
    """A request that fits the description gets 422 with one of these codes alone."""
    if response.status_code != 422 or case.meta is None or case.meta.generation.mode.is_negative:
        return
    code = json.loads(response.content)["code"]
    allowed = BEYOND_SCHEMAS.get(code, _never)
    assert allowed(case.body), f"{code} for a request that fits the description"
