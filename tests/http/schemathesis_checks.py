"""An additional check for schemathesis, and how many boundary cases it sends.

Schemathesis loads this file (`hooks` in schemathesis.toml).
"""

import itertools
import json
import os
from collections.abc import Callable
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.generation.meta import CoveragePhaseData

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


# Of each operation the first case of each kind is sent (a text too long, a field missing; in the
# body, in the path, ...), and of the others each fortieth: the bodies of a few operations have
# hundreds. With FUZZ_CASES all are.
EACH = 40
_kinds: set[tuple[str, object, object]] = set()
_others = itertools.count()


@schemathesis.hook
def filter_case(_context: HookContext, case: Case) -> bool:
    """Whether the case is sent."""
    phase = case.meta.phase.data if case.meta is not None else None
    if not isinstance(phase, CoveragePhaseData) or os.environ.get("FUZZ_CASES"):
        return True
    kind = (case.operation.label, phase.scenario, phase.parameter_location)
    is_first = kind not in _kinds
    _kinds.add(kind)
    return is_first or next(_others) % EACH == 0
