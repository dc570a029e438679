"""The rules of invoicing as they apply to an organisation now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import blake2b
from pathlib import Path

from sqlalchemy.orm import Session

import models.invoicing
from models.invoices.numbers_and_dates import read_today
from models.invoicing.finding import Finding
from models.invoicing.source import Seller, SourceOrder
from models.invoicing.validation import validate
from models.orders.loading import load_seller


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The seller by whose data orders are checked, and the day."""

    seller: Seller
    today: date

    def findings(self, order: SourceOrder) -> tuple[Finding, ...]:
        """Everything that prevents an invoice for `order`, the most useful to show first."""
        return validate(order, self.seller, self.today)

    def attention(self, order: SourceOrder) -> Finding | None:
        """Why the order needs attention; see `attention_of`."""
        return attention_of(order, self.findings(order))

    @property
    def last_order_day(self) -> date:
        """The last day on which an order may be dated."""
        return self.today + timedelta(days=self.seller.order_date_days_ahead)

    @property
    def stamp(self) -> int:
        """Another number for each change of the rules or of the seller; never 0.

        The day is not part of it: it only makes orders right that were dated too far ahead.
        """
        digest = blake2b(repr(self.seller).encode(), key=_rules(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True) or 1


def attention_of(order: SourceOrder, findings: Sequence[Finding]) -> Finding | None:
    """Why a confirmed order cannot be invoiced: the first of its findings.

    None if it can, and for drafts and cancelled orders, which nobody wants to invoice.
    """
    return findings[0] if findings and order.status == "confirmed" else None


def load_rules(session: Session, organization_id: int) -> RuleBook:
    """The rules for the organisation's orders."""
    return RuleBook(load_seller(session, organization_id), read_today(session))


@cache
def _rules() -> bytes:
    """A key of the rules as installed: nobody has to remember to count a version up."""
    files = sorted(Path(models.invoicing.__path__[0]).glob("*.py"))
    return blake2b(b"".join(map(Path.read_bytes, files)), digest_size=32).digest()
