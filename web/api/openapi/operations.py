"""All operations: every route under /api that declares one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask

from web.api.openapi.describing import Operation, operation_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Described:
    """An operation with its route: `path` as in OpenAPI, `converters` by parameter."""

    operation: Operation
    method: str
    path: str
    converters: dict[str, str]


def described_operations(app: Flask) -> Iterator[Described]:
    """All operations, by path, then by method."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        operation = operation_of(app.view_functions[rule.endpoint])
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if operation:
                yield Described(
                    operation,
                    method,
                    path=re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule),
                    converters={
                        name: kind for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", rule.rule)
                    },
                )
