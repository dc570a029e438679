"""Test data: organisations, and orders that can or cannot be invoiced."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.database import org_transaction, owner_transaction
from models.tables.customer import Customer
from models.tables.membership import Membership
from models.tables.order import Order, OrderLine
from models.tables.organization import Organization
from models.tables.user import User


@dataclass(frozen=True)
class Account:
    """An organisation and a user who works in it."""

    organization_id: int
    user_id: int
    slug: str
    email: str


def new_account(slug: str = "alpha", *, vat_id: str | None = "DE123456789") -> Account:
    """A German seller with one user, `clerk@<slug>.example`, who cannot log in."""
    email = f"clerk@{slug}.example"
    with owner_transaction() as session:
        organization_id = session.scalars(
            insert(Organization)
            .values(
                slug=slug,
                name=f"{slug.title()} GmbH",
                street="Lindenstraße 5",
                city="Köln",
                postal_code="50674",
                country="DE",
                vat_id=vat_id,
            )
            .returning(Organization.id)
        ).one()
        user_id = session.scalars(
            insert(User).values(email=email, password_hash="-").returning(User.id)
        ).one()
        session.execute(insert(Membership).values(organization_id=organization_id, user_id=user_id))
    return Account(organization_id, user_id, slug, email)


def new_orders(
    account: Account,
    count: int,
    *,
    flawed: Sequence[int] = (),
    prefix: str = "A",
    lines: int = 2,
    status: str = "confirmed",
) -> list[int]:
    """`count` orders of one customer, 19 % tax, and their ids in order of their numbers.

    Line n costs 10.00 times n. The orders whose place (from 0) is in `flawed` have a first line
    with quantity 0.
    """
    with org_transaction(account.organization_id) as session:
        customer_id = _customer(session, account)
        order_ids = list(
            session.scalars(
                insert(Order).returning(Order.id, sort_by_parameter_order=True),
                [
                    {
                        "organization_id": account.organization_id,
                        "order_number": f"{prefix}{place:05d}",
                        "order_date": date(2026, 3, 1),
                        "customer_id": customer_id,
                        "currency": "EUR",
                        "status": status,
                    }
                    for place in range(count)
                ],
            )
        )
        without_quantity = {id_ for place, id_ in enumerate(order_ids) if place in flawed}
        _insert_lines(session, account, order_ids, lines, without_quantity)
    return order_ids


def _customer(session: Session, account: Account) -> int:
    known = session.scalar(select(Customer.id).where(Customer.customer_number == "C1"))
    if known is not None:
        return known
    return session.scalars(
        insert(Customer)
        .values(
            organization_id=account.organization_id,
            customer_number="C1",
            name="Berglund & Söhne",
            street="Hafenweg 2",
            city="Hamburg",
            postal_code="20457",
            country="DE",
        )
        .returning(Customer.id)
    ).one()


def _insert_lines(
    session: Session,
    account: Account,
    order_ids: Sequence[int],
    lines: int,
    without_quantity: Collection[int],
) -> None:
    session.execute(
        insert(OrderLine),
        [
            {
                "organization_id": account.organization_id,
                "order_id": order_id,
                "line_number": number,
                "description": f"Article {number}",
                "quantity": Decimal(0 if order_id in without_quantity and number == 1 else 1),
                "unit_price": Decimal(10 * number),
                "tax_category": "S",
                "tax_percent": Decimal(19),
            }
            for order_id in order_ids
            for number in range(1, lines + 1)
        ],
    )
