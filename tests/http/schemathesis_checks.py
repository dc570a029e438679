"""An additional check for schemathesis, and how many boundary cases it sends.

Schemathesis loads this file (`hooks` in schemathesis.toml).
"""

import json
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.generation.meta import TestPhase

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


# The codes with which a request that fits the description may still be refused, because no schema
# can express the rule. Any other refusal is a fault of the description.
BEYOND_SCHEMAS: dict[str, Callable[[Json], bool]] = {
    "invalid_cursor": _always,  # only a list knows its own cursors
    "no_orders_match": _always,  # depends on the stored orders
    "unknown_order_ids": _always,  # depends on the stored orders
    "idempotency_key_reused": _always,  # depends on the keys used before
    "invalid_filter": _always,  # `from` after `to`: a schema compares no fields
    "unreadable_file": _always,  # a schema does not describe the content of a CSV file
    "value_unreadable": _always,  # texts are read as in an orders file: dates, numbers, codes
    "unknown_mapping": _always,  # depends on the saved mappings
    "name_of_a_preset": _always,  # the presets' names fit the pattern, too
    "name_in_use": _always,  # depends on the saved mappings
    "mapping_not_complete": _always,  # depends on the file's columns
    "not_an_integer": _has_whole_float,  # for a schema 5.0 is an integer, for us it is not
}


@schemathesis.check
def refused_only_for_what_no_schema_says(ctx: CheckContext, response: Response, case: Case) -> None:
    """A request that fits the description is refused (422) only with one of these codes."""
    if response.status_code != 422 or case.meta is None or case.meta.generation.mode.is_negative:
        return
    code = json.loads(response.content)["code"]
    allowed = BEYOND_SCHEMAS.get(code, _never)
    assert allowed(case.body), f"{code} for a request that fits the description"


# Of each operation these first boundary cases are sent, and of the others each fourth: the bodies
# of a few operations have hundreds. With FUZZ_CASES all are.
FIRST_CASES, EACH = 16, 4
_boundary_cases: Counter[str] = Counter()


@schemathesis.hook
def filter_case(_context: HookContext, case: Case) -> bool:
    """Whether the case is sent."""
    is_boundary = case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE
    if not is_boundary or os.environ.get("FUZZ_CASES"):
        return True
    _boundary_cases[case.operation.label] += 1
    count = _boundary_cases[case.operation.label]
    return count <= FIRST_CASES or count % EACH == 0
