"""`billmill demo`: sample orders."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from models.accounts.password_login import account_by_password
from models.database import org_transaction, owner_transaction
from models.errors import InvalidCredentials
from models.invoicing.source import SourceOrder
from models.invoicing.validation import validate
from models.orders.loading import load_orders, load_seller
from models.orders.search import OrderFilter, oldest_matching
from models.settings import Settings, current_settings
from models.tables.order import Order
from models.tables.organization import Organization
from tests.cli.conftest import Type
from web.cli.demo import load_demo
from web.cli.demo_data.flaws import FLAWS
from web.cli.demo_data.orders import DAYS, DemoOrdersFile


def demo_id() -> int:
    with owner_transaction() as session:
        return session.scalars(select(Organization.id).where(Organization.slug == "demo")).one()


def demo_orders(organization_id: int) -> list[SourceOrder]:
    with org_transaction(organization_id) as session:
        ids = session.scalars(oldest_matching(session, OrderFilter())).all()
        return list(load_orders(session, ids).values())


def row_versions() -> list[str]:
    tables = ("organizations", "users", "memberships", "customers", "orders", "order_lines")
    with owner_transaction() as session:
        return [
            version
            for table in tables
            for version in session.scalars(text(f"SELECT ctid::text || xmin::text FROM {table}"))
        ]


def test_two_percent_of_the_thousand_orders_are_flawed_in_many_ways(
    settings: Settings,
) -> None:
    access = load_demo()
    organization_id = demo_id()
    assert account_by_password(access.email, access.password).organization_id == organization_id

    orders = demo_orders(organization_id)
    with org_transaction(organization_id) as session:
        seller = load_seller(session, organization_id)
    findings = [validate(order, seller, datetime.now(UTC).date()) for order in orders]
    flawed = [found for found in findings if found]
    assert len(orders) == 1_000
    assert len(flawed) == 20
    assert len({found[0].code for found in flawed}) >= 12
    assert 50 <= len({order.customer_id for order in orders}) <= 70
    assert len({order.buyer.country for order in orders} - {""}) >= 15
    assert {"EUR", "USD", "GBP", "CHF", "JPY"} < {order.currency for order in orders}
    categories = Counter(line.tax_category for order in orders for line in order.lines)
    assert {"S", "Z", "E", "AE", "K", "G"} < set(categories)
    assert {len(order.lines) for order in orders} == {1, 2, 3, 4, 5, 6, 8}
    today = datetime.now(UTC).date()
    assert today - timedelta(days=DAYS + 1) <= min(order.order_date for order in orders)
    assert max(order.order_date for order in orders) <= today


def test_a_second_call_changes_nothing(settings: Settings) -> None:
    first = load_demo(100)
    before = row_versions()
    assert load_demo(100) == first
    assert load_demo(50) == first
    assert row_versions() == before


def test_a_larger_demo_begins_with_the_smaller_one(settings: Settings) -> None:
    load_demo(100)
    before = row_versions()
    load_demo(250)
    after = row_versions()
    assert set(before) <= set(after)
    with org_transaction(demo_id()) as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 250


def test_every_kind_of_flaw_occurs_and_none_hides_another(settings: Settings) -> None:
    count = 50 * len(FLAWS)
    load_demo(count)
    organization_id = demo_id()
    with org_transaction(organization_id) as session:
        seller = load_seller(session, organization_id)
    flawed = [
        found
        for order in demo_orders(organization_id)
        if (found := validate(order, seller, datetime.now(UTC).date()))
    ]
    assert len(flawed) == len(FLAWS)
    assert {len(found) for found in flawed} == {1}


def test_the_password_belongs_to_this_installation(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is derived from SECRET_KEY, so only this installation knows it."""
    before = load_demo(10)
    monkeypatch.setenv("SECRET_KEY", "another-key-of-at-least-thirty-two-characters")
    current_settings.cache_clear()
    after = load_demo(10)
    assert after.password != before.password
    assert account_by_password(after.email, after.password)
    with pytest.raises(InvalidCredentials):
        account_by_password(before.email, before.password)


def test_the_command_prints_the_login(billmill: Type) -> None:
    result = billmill("demo", "--orders", "10")
    assert result.exit_code == 0
    access = load_demo(10)
    assert access.email in result.output
    assert access.password in result.output


def test_the_file_is_generated_while_it_is_read() -> None:
    file = DemoOrdersFile(1_000_000, date(2026, 3, 1))
    assert len(file.read(1)) < 200_000
