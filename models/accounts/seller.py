"""The organisation as the seller on its invoices: an admin checks and changes it.

What orders lack because of the seller is mended with it: their `attention_stamp` no longer fits, so
the sweeper checks them again within a minute.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.audit import Author
from models.accounts.organizations import OrganizationDetails, details_of, store_details
from models.database import org_transaction
from models.errors import ChangedMeanwhile, InvalidRequest, NotAllowed
from models.invoicing.finding import Finding
from models.invoicing.party_rules import seller_findings
from models.invoicing.source import Party, Seller
from models.order_import.csv_file.columns import HEAD, Reader, required
from models.orders.mending.one_order import UNREADABLE
from models.orders.mending.values import read_values
from models.tables.organization import Organization

TEXTS: Final[Mapping[str, Reader]] = {
    "name": required(HEAD["customer_name"]),
    "street": required(HEAD["street"]),
    "city": required(HEAD["city"]),
    "postal_code": required(HEAD["postal_code"]),
    "country": required(HEAD["country"]),
    "vat_id": HEAD["vat_id"],
    "tax_number": HEAD["vat_id"],
}
CHOICES: Final = ("payment_days", "allow_zero_totals", "order_date_days_ahead")
_NAMES: Final = (*TEXTS, *CHOICES)


@dataclass(frozen=True, slots=True)
class CheckedSeller:
    """An organisation as it is or would be; `findings` say what cannot be stored."""

    details: OrganizationDetails
    findings: tuple[Finding, ...] = ()

    @property
    def state(self) -> str:
        """A short text that differs for each state: its `ETag`."""
        values = json.dumps([getattr(self.details, name) for name in _NAMES])
        return blake2b(values.encode(), digest_size=12).hexdigest()


def read_seller(organization_id: int) -> CheckedSeller:
    """What invoices say of the organisation."""
    with org_transaction(organization_id, one_moment=True) as session:
        return CheckedSeller(details_of(_organization(session)))


def refuse_member(role: str) -> None:
    """Raises `NotAllowed` unless the role is admin: only they check and change it."""
    if role != "admin":
        raise NotAllowed("Only an admin of the organisation may change what its invoices say.")


def check_seller(organization_id: int, given: Mapping[str, Any]) -> CheckedSeller:
    """The organisation with these values; stores nothing."""
    return _changed(read_seller(organization_id).details, given)


def mend_seller(
    organization_id: int,
    given: Mapping[str, Any],
    author: Author,
    *,
    state: str | None = None,
) -> CheckedSeller:
    """Stores these values; issued invoices stay as they are.

    Raises `InvalidRequest` (value_unreadable) for values that cannot be stored, and
    `ChangedMeanwhile` unless `state`, if given, is the organisation's.
    """
    with org_transaction(organization_id) as session:
        organization = _organization(session, lock=True)
        before = CheckedSeller(details_of(organization))
        if state is not None and state != before.state:
            raise ChangedMeanwhile("The organisation was changed meanwhile.", before)
        after = _changed(before.details, given)
        if after.findings:
            raise InvalidRequest(after.findings[0].message, code=UNREADABLE, errors=after.findings)
        store_details(session, organization, after.details, author)
    return after


def _organization(session: Session, *, lock: bool = False) -> Organization:
    """That of the transaction: row-level security shows no other."""
    wanted = select(Organization)
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    return session.scalars(wanted).one()


def _changed(details: OrganizationDetails, given: Mapping[str, Any]) -> CheckedSeller:
    found: list[Finding] = []
    texts = {name: value for name, value in given.items() if name in TEXTS}
    values = read_values(texts, TEXTS, found)
    choices = {name: given[name] for name in CHOICES if given.get(name) is not None}
    after = details.changed({**values, **choices})
    # What was wrong before and is not touched does not stand against the other values.
    wrong = [each for each in _findings(after) if each.field.removeprefix(_PREFIX) in values]
    named = [Finding(f.code, f.message, f"{_PREFIX}{_own(f.field)}", f.remedy) for f in found]
    return CheckedSeller(after, (*named, *wrong))


_PREFIX: Final = "organization."


def _own(field: str) -> str:
    """`read_values` names the buyer's fields, which have the same names."""
    return field.removeprefix("customer.")


def _findings(details: OrganizationDetails) -> list[Finding]:
    address = (details.street, details.city, details.postal_code, details.country)
    party = Party(details.name, *address, details.vat_id)
    return list(seller_findings(Seller(party, details.payment_days, details.tax_number), {}))
