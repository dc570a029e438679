"""Reads the values of a change by the rules of an orders file's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from models.invoicing.finding import Finding
from models.invoicing.source import Party, SourceLine, SourceOrder
from models.order_import.as_invoiced import source_line
from models.order_import.csv_file.cell_text import BadValue
from models.order_import.csv_file.columns import (
    HEAD,
    LINE,
    SPECIAL,
    Reader,
    optional_number,
)
from models.order_import.csv_file.order import Defaults, Line
from models.order_import.csv_file.order_rows import MAX_ORDER_LINES
from models.order_import.csv_file.special_rows import special_line

REMEDY: Final = "Correct the value here and save again; nothing of this change was stored."
OWN: Final = ("order_date", "currency", "status", "expected_gross")
# The buyer's fields by the column of an orders file that has them.
BUYER: Final[Mapping[str, str]] = {
    "name": "customer_name",
    "email": "customer_email",
    "street": "street",
    "city": "city",
    "postal_code": "postal_code",
    "country": "country",
    "vat_id": "vat_id",
}
# These may be empty here, because a row has one price or the other, or an amount.
_ROW: Final[Mapping[str, Reader]] = {
    **LINE,
    **SPECIAL,
    "quantity": optional_number,
    "unit_price": optional_number,
}


def changed_order(
    order: SourceOrder, given: Mapping[str, Any], defaults: Defaults
) -> tuple[SourceOrder, list[Finding]]:
    """The order with the given values, and a finding for each value that cannot be stored.

    `given` has what `OrderChange` has: the order's own fields, `buyer`, and all `lines`. A value
    that cannot be read leaves the order's own in place.
    """
    findings: list[Finding] = []
    own = read_values({name: given[name] for name in OWN if name in given}, HEAD, findings)
    if own.get("currency") == "":
        own["currency"] = defaults.currency
    if own.get("expected_gross") is not None:
        own["expected_gross"] = Decimal(own["expected_gross"])
    buyer = changed_party(order.buyer, given.get("buyer") or {}, findings)
    lines = order.lines
    if given.get("lines") is not None:
        read = read_lines(given["lines"], defaults, findings, order.lines)
        lines = lines if read is None else tuple(map(source_line, read))
    return replace(order, **own, buyer=buyer, lines=lines), findings


def changed_party(party: Party, given: Mapping[str, Any], findings: list[Finding]) -> Party:
    """The buyer with the given values; adds a finding for each that cannot be stored."""
    texts = {BUYER[name]: value for name, value in given.items()}
    read = read_values(texts, HEAD, findings)
    return replace(party, **{name: read[key] for name, key in BUYER.items() if key in read})


def read_values(
    given: Mapping[str, str | None], readers: Mapping[str, Reader], findings: list[Finding]
) -> dict[str, Any]:
    """The values by column, without those that cannot be read, of which each is a finding."""
    values: dict[str, Any] = {}
    for name, text in given.items():
        try:
            values[name] = readers[name](text or "")
        except BadValue as error:
            findings.append(Finding(error.code, error.message, _field(name), REMEDY))
    return values


def read_lines(
    rows: Sequence[Mapping[str, Any]],
    defaults: Defaults,
    findings: list[Finding],
    stored: Sequence[SourceLine] = (),
) -> list[Line] | None:
    """All rows in the order of their numbers; None if one cannot be stored, with findings.

    A net price beside a gross one must be what the gross one contains, or the `stored` line's.
    """
    before = len(findings)
    nets = {line.line_number: line.unit_price for line in stored}
    lines: dict[int, Line] = {}
    for place, row in enumerate(rows, 1):
        number = row.get("line_number")
        if number is None:
            number = max(lines, default=0) + 1
        line = _read_line({**row, "line_number": str(number)}, findings, f"lines[{number}]")
        if number in lines:
            message = f"Row {place} has the line number {number}, which another row has."
            field = f"lines[{number}].line_number"
            findings.append(Finding("duplicate_line_number", message, field, REMEDY))
        elif line is not None:
            lines[number] = defaults.fill_line(line)
            if _has_another_net(row, lines[number], nets.get(number)):
                message = "The row has a net and a gross price: leave one of them empty."
                field = f"lines[{number}].unit_price_gross"
                findings.append(Finding("two_prices", message, field, REMEDY))
    if len(rows) > MAX_ORDER_LINES:
        message = f"The order has more than {MAX_ORDER_LINES:,} lines."
        findings.append(Finding("too_many_lines", message, "lines", REMEDY))
    return [lines[number] for number in sorted(lines)] if len(findings) == before else None


def _read_line(row: Mapping[str, Any], findings: list[Finding], at: str) -> Line | None:
    found: list[Finding] = []
    values = read_values({name: row.get(name) for name in _ROW}, _ROW, found)
    if not found:
        line = special_line(_as_file_has_it(values))
        if isinstance(line, Line):
            return line
        found = [Finding(code, message, name, REMEDY) for name, code, message in line]
    findings.extend(replace(each, field=f"{at}.{each.field}") for each in found)
    return None


def _as_file_has_it(values: dict[str, Any]) -> dict[str, Any]:
    """A row as an order is shown has its amount as a price, and a net price beside a gross one."""
    if values["unit_price_gross"]:
        return values | {"unit_price": None}
    if values["row_type"] != "line" and not values["amount"]:
        return values | {"amount": values["unit_price"], "unit_price": None}
    return values


def _has_another_net(row: Mapping[str, Any], line: Line, stored: Decimal | None) -> bool:
    """Whether the row's net price is neither that of its gross price nor the stored one."""
    net = optional_number(row.get("unit_price") or "")
    if not net or line.unit_price_gross is None:
        return False
    return Decimal(net) not in (Decimal(line.unit_price), stored)


def _field(column: str) -> str:
    for name, of_file in BUYER.items():
        if of_file == column:
            return f"customer.{name}"
    return column
