"""Takes in orders from JSON: the same rules and the same storing as those of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.audit import Author, record_acts
from models.id_arrays import any_text_of
from models.invoicing.finding import Finding
from models.order_import.batch import BatchOutcome, write_batch
from models.order_import.changes import OrderChange
from models.order_import.csv_file.columns import HEAD, MAX_ORDER_NUMBER, required, text
from models.order_import.csv_file.order import Defaults, FileOrder, Head
from models.order_import.importer import defaults_of, transact
from models.order_import.returning_orders import Allowed
from models.orders.loading import load_orders
from models.orders.mending.values import BUYER, REMEDY, read_lines, read_values
from models.orders.rule_book import load_rules
from models.tables.order import Order

Outcome = Literal["created", "updated", "unchanged", "rejected"]
_READERS: Final = {**HEAD, "order_number": required(text(MAX_ORDER_NUMBER))}


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The outcome of one order, with its id if it is stored.

    `findings` say why it was rejected; of a stored order, what prevents an invoice. `change` is
    what changed on an order that came again, and what stays as a person has mended it.
    """

    order_number: str
    outcome: Outcome
    order_id: int | None = None
    findings: tuple[Finding, ...] = ()
    change: OrderChange | None = None


def take_in(
    organization_id: int,
    given: Sequence[Mapping[str, Any]],
    author: Author,
    allowed: Allowed,
) -> list[TakenIn]:
    """Stores each order that can be stored, and says for each in turn what was done."""
    defaults = defaults_of(organization_id)
    read = [_read(order, defaults) for order in given]
    numbers = Counter(order.number for order, _, _ in read if order.number)
    for order, _head, findings in read:
        if numbers[order.number] > 1:
            message = f"Order {order.number} is in the request more than once."
            findings.append(Finding("duplicate_order", message, "order_number", REMEDY))
    sound = [(order, head) for order, head, findings in read if head and not findings]
    work = partial(
        _store, organization_id=organization_id, orders=sound, allowed=allowed, author=author
    )
    stored = transact(organization_id, work) if sound else {}
    rejected = {id(order): tuple(findings) for order, _, findings in read if findings}
    return [
        TakenIn(order.number, "rejected", None, rejected[id(order)])
        if id(order) in rejected
        else stored[order.number]
        for order, _, _ in read
    ]


def _read(
    given: Mapping[str, Any], defaults: Defaults
) -> tuple[FileOrder, Head | None, list[Finding]]:
    """The order, its head unless a value cannot be stored, and a finding for each such value."""
    findings: list[Finding] = []
    texts = {name: given.get(name) for name in (*HEAD, "order_number")}
    buyer = given.get("buyer") or {}
    texts |= {column: buyer.get(name) for name, column in BUYER.items()}
    values = read_values(texts, _READERS, findings)
    lines = read_lines(given.get("lines") or (), defaults, findings) or []
    order = FileOrder(values.pop("order_number", given["order_number"].strip()), 0)
    order.lines = {line.line_number: line for line in lines}
    head = None if findings else defaults.fill_head(Head(**values))
    return order, head, findings


def _store(
    session: Session,
    *,
    organization_id: int,
    orders: Sequence[tuple[FileOrder, Head]],
    allowed: Allowed,
    author: Author,
) -> dict[str, TakenIn]:
    """What was done with each order, by number."""
    outcome = write_batch(session, organization_id, orders, allowed)
    ids = _ids(session, [order.number for order, _ in orders])
    _record(session, organization_id, author, outcome, ids)
    rules = load_rules(session, organization_id)
    found = load_orders(session, sorted(ids.values()))
    findings = {order.order_number: rules.findings(order) for order in found.values()}
    kinds: tuple[tuple[Outcome, list[FileOrder]], ...] = (
        ("created", outcome.created),
        ("updated", outcome.updated),
        ("unchanged", outcome.unchanged),
    )
    changes = {change.order_number: change for change in outcome.changes}
    taken = {
        number: TakenIn(number, kind, ids[number], findings[number], changes.get(number))
        for kind, each in kinds
        for number in (order.number for order in each)
    }
    for order, finding in outcome.rejected:
        taken[order.number] = TakenIn(order.number, "rejected", ids[order.number], (finding,))
    return taken


def _record(
    session: Session,
    organization_id: int,
    author: Author,
    outcome: BatchOutcome,
    ids: Mapping[str, int],
) -> None:
    """Adds what was stored to the audit log; of a replaced order its first hundred values."""
    created: list[tuple[int, dict[str, Any]]] = [
        (ids[order.number], {"order_number": order.number}) for order in outcome.created
    ]
    replaced: list[tuple[int, dict[str, Any]]] = [
        (
            ids[change.order_number],
            {
                "order_number": change.order_number,
                "changes": [
                    {"field": each.what, "old": each.before, "new": each.after}
                    for each in change.differences
                ],
            },
        )
        for change in outcome.changes
        if change.differences
    ]
    record_acts(session, organization_id, author, "order.created", created)
    record_acts(session, organization_id, author, "order.replaced", replaced)


def _ids(session: Session, numbers: Sequence[str]) -> dict[str, int]:
    named = select(Order.order_number, Order.id).where(Order.order_number == any_text_of(numbers))
    return dict(session.execute(named).all())
