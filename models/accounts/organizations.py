"""Organisations: what invoices say about the seller, and how an operator adds or changes one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.audit import OPERATOR, Author, record_act
from models.database import crossing_transaction
from models.errors import InvalidRequest, NotFound
from models.invoicing.tax_category import TAX_CATEGORIES
from models.tables.organization import Organization

STANDARD_PERCENT: Final = Decimal(19)
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class OrganizationDetails:
    """What invoices say about the seller, the tax of order lines that name none, and what the
    seller has chosen: invoices over 0.00, and how far ahead of today an order may be dated."""

    name: str
    street: str
    city: str
    postal_code: str
    country: str
    vat_id: str | None
    currency: str
    tax_category: str
    tax_percent: Decimal
    payment_days: int
    tax_number: str | None = None
    allow_zero_totals: bool = False
    order_date_days_ahead: int = 30

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> OrganizationDetails:
        """The given details; without a `tax_percent` the category's usual one.

        Raises `InvalidRequest` if category and percentage disagree.
        """
        percent = given.get("tax_percent")
        usual = default_percent(given["tax_category"])
        return _checked(cls(**{**given, "tax_percent": usual if percent is None else percent}))

    def changed(self, changes: Mapping[str, Any]) -> OrganizationDetails:
        """The details with these changes; a new tax category brings its usual percentage.

        Raises `InvalidRequest` if category and percentage disagree.
        """
        category = changes.get("tax_category", self.tax_category)
        if category != self.tax_category:
            changes = {"tax_percent": default_percent(category), **changes}
        return _checked(replace(self, **changes))

    def as_dict(self) -> dict[str, str | int | bool | None]:
        """The details as JSON holds them; the percentage is a decimal string."""
        found = {name: getattr(self, name) for name in _DETAILS}
        return found | {"tax_percent": f"{self.tax_percent:f}"}


_DETAILS: Final = tuple(each.name for each in fields(OrganizationDetails))


def default_percent(tax_category: str) -> Decimal:
    """The usual percentage of the category: 19 if it is taxed, otherwise 0."""
    return STANDARD_PERCENT if TAX_CATEGORIES[tax_category].taxed else Decimal(0)


def _checked(details: OrganizationDetails) -> OrganizationDetails:
    category = details.tax_category
    taxed = TAX_CATEGORIES[category].taxed
    if (details.tax_percent > 0) != taxed:
        demanded = "more than 0" if taxed else "0"
        raise InvalidRequest(f"Tax category {category} takes {demanded} percent.")
    return replace(
        details,
        vat_id=(details.vat_id or "").strip() or None,
        tax_number=(details.tax_number or "").strip() or None,
    )


def details_of(organization: Organization) -> OrganizationDetails:
    """The details of a stored organisation."""
    return OrganizationDetails(**{name: getattr(organization, name) for name in _DETAILS})


def check_slug(slug: str) -> None:
    """Raises `InvalidRequest`."""
    if not _SLUG.fullmatch(slug):
        raise InvalidRequest(f"{slug!r} is not a slug: use up to 63 of a-z, 0-9 and hyphens.")


def find_organization(session: Session, slug: str) -> Organization | None:
    """The organisation with this slug."""
    return session.scalar(select(Organization).where(Organization.slug == slug))


def organization_named(session: Session, slug: str) -> Organization:
    """The organisation with this slug; raises `NotFound`."""
    found = find_organization(session, slug)
    if found is None:
        raise NotFound(f"There is no organisation {slug!r}: add it with `billmill org add`.")
    return found


def organization_id_of(slug: str) -> int:
    """The id of the organisation with this slug; raises `NotFound`."""
    with crossing_transaction("login") as session:
        return organization_named(session, slug).id


def list_organizations(session: Session) -> Sequence[Organization]:
    """All organisations, by slug."""
    return session.scalars(select(Organization).order_by(Organization.slug)).all()


def add_organization(session: Session, slug: str, details: OrganizationDetails) -> Organization:
    """Stores a new organisation; raises `InvalidRequest` for a slug that is malformed or taken."""
    check_slug(slug)
    if find_organization(session, slug) is not None:
        raise InvalidRequest(f"There is an organisation {slug!r} already.")
    added = Organization(slug=slug, **{name: getattr(details, name) for name in _DETAILS})
    session.add(added)
    session.flush()
    session.refresh(added, ["created_at"])
    record_act(session, added.id, OPERATOR, "org.added", slug=slug)
    return added


def change_organization(session: Session, slug: str, changes: Mapping[str, Any]) -> list[str]:
    """Changes some details and returns the names of those that differ from before.

    Issued invoices stay as they are. Raises `NotFound`, and `InvalidRequest` if category and
    percentage would disagree.
    """
    organization = organization_named(session, slug)
    wanted = details_of(organization).changed(changes)
    return store_details(session, organization, wanted, OPERATOR)


def store_details(
    session: Session, organization: Organization, wanted: OrganizationDetails, author: Author
) -> list[str]:
    """Stores the details and an act with the values before and after; returns the names of those
    that differ from before."""
    details = details_of(organization)
    before, after = details.as_dict(), wanted.as_dict()
    changed = [name for name in _DETAILS if before[name] != after[name]]
    if changed:
        for name in changed:
            setattr(organization, name, getattr(wanted, name))
        record_act(
            session,
            organization.id,
            author,
            "org.edited",
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return changed
